"""wip"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import autograd as ag


def gaussian_mixture(parameters, x, k, gamma, m):
    n, d = len(x), len(x[0])
    alphas = parameters[:k]
    means = [parameters[k + d * i : k + d * (i + 1)] for i in range(k)]
    size = d * (d + 1) // 2
    factors = [parameters[k + d * k + size * i : k + d * k + size * (i + 1)] for i in range(k)]
    Qs = [lower_triangular(f, d) for f in factors]
    log_dets = [ag.total(f[:d]) for f in factors]
    lik = []
    for point in x:
        terms = []
        for i in range(k):
            dev = [a - b for a, b in zip(point, means[i])]
            Qd = [ag.dot(row, dev[:len(row)]) for row in Qs[i]]
            terms.append(alphas[i] + log_dets[i] - 0.5 * ag.total(q**2 for q in Qd))
        lik.append(ag.logsumexp(terms))
    frob = ag.total(q**2 for Q in Qs for row in Q for q in row)
    dof = d + m + 1
    prior = 0.5 * gamma**2 * frob - m * ag.total(log_dets) - k * (dof * d * (math.log(gamma) - 0.5 * math.log(2)) - log_gamma(0.5 * dof, d))
    return ag.total(lik) - n * ag.logsumexp(alphas) + prior - n * d * 0.5 * math.log(2 * 3.14159265359)


def log_gamma(a, p):
    return 0.25 * p * (p - 1) * math.log(3.14159265359) + sum(math.lgamma(a - 0.5 * j) for j in range(p))


def lower_triangular(f, d):
    rows = [[None] * (i + 1) for i in range(d)]
    rest = iter(f[d:])
    for j in range(d):
        rows[j][j] = ag.exp(f[j])
        for i in range(j + 1, d):
            rows[i][j] = next(rest)
    return rows


def cross(a, b):
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]

def rotate(r, p):
    sq = ag.dot(r, r)
    theta = ag.sqrt(sq)
    w = [c / theta for c in r]
    s, c = ag.sin(theta), ag.cos(theta)
    tmp = ag.dot(w, p) * (1 - c)
    return [ag.dot([pi, ci, wi], [c, s, tmp]) for pi, ci, wi in zip(p, cross(w, p), w)]

def project(camera, X):
    rotation, center, focal, principal, k = camera[:3], camera[3:6], camera[6], camera[7:9], camera[9:11]
    x, y, z = rotate(rotation, [a - b for a, b in zip(X, center)])
    p = [x / z, y / z]
    r2 = ag.dot(p, p)
    L = 1 + k[0] * r2 + k[1] * r2**2
    return [c * L * focal + o for c, o in zip(p, principal)]

def reprojection(inputs, feat):
    w = inputs[14]
    return [w * (p - f) for p, f in zip(project(inputs[:11], inputs[11:14]), feat)]

def weight_error(w):
    return 1 - w**2


def lstm(parameters, state, sequence, b, fused):
    sigmoid = ag.sigmoid if fused else lambda x: 1 / (1 + ag.exp(-x))
    vec = [parameters[i:i + b] for i in range(0, len(parameters), b)]
    *gates, w_in, w_out, b_out = vec
    layers = [gates[i:i+8] for i in range(0, len(gates), 8)]
    st = [state[i:i + b] for i in range(0, len(state), b)]
    mem = [(st[i], st[i+1]) for i in range(0, len(st), 2)]
    loss = []
    for inp, target in pairwise(sequence):
        x = [a * w for a, w in zip(inp, w_in)]
        new = []
        for g, (h, c) in zip(layers, mem):
            wf, wi, wo, wc, bf, bi, bo, bc = g
            hh, cc = [], []
            for i in range(b):
                forget = sigmoid(x[i] * wf[i] + bf[i])
                ingate = sigmoid(h[i] * wi[i] + bi[i])
                outgate = sigmoid(x[i] * wo[i] + bo[i])
                change = ag.tanh(h[i] * wc[i] + bc[i])
                cc.append(c[i] * forget + ingate * change)
                hh.append(outgate * ag.tanh(cc[-1]))
            new.append((hh, cc))
            x = hh
        mem = new
        out = [a * w + o for a, w, o in zip(x, w_out, b_out)]
        lse = ag.log(2 + ag.total(ag.exp(o) for o in out))
        loss += [t * (o - lse) for t, o in zip(target, out)]
    return -ag.total(loss) / len(loss)
