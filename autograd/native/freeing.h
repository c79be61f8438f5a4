/* Frees graphs of any depth without recursion.

mypyc ends the deallocation of every native class in CPython's trashcan, which defers deep ones by a link in the
header of the cycle collector.  Nodes have no such header, as they are declared acyclic, so that the link would
overwrite whatever lies before them in memory.  Instead, a node that dies while another is being freed waits in a list
that runs through the first word of the dead, their reference count, until the outermost has been cleared.

The interpreter's lock guards the list: nothing here runs without it. */

#pragma once

#include "CPy.h"
#include "blocks.h"

#ifdef Py_GIL_DISABLED
#error "without the interpreter's lock the engine stays in Python"
#endif

static PyObject *autograd_waiting = NULL;
static PyObject *autograd_current = NULL;

#define AUTOGRAD_NEXT(op) (*(PyObject **)(op))

#undef CPy_TRASHCAN_BEGIN
#undef CPy_TRASHCAN_END

#define CPy_TRASHCAN_BEGIN(op, dealloc)                                \
    if (autograd_current != NULL && autograd_current != (PyObject *)(op)) { \
        AUTOGRAD_NEXT(op) = autograd_waiting;                          \
        autograd_waiting = (PyObject *)(op);                           \
        goto done;                                                     \
    }                                                                  \
    const int autograd_outermost = autograd_current == NULL;           \
    if (autograd_outermost)                                            \
        autograd_current = (PyObject *)(op);

#define CPy_TRASHCAN_END(op)                                           \
    if (autograd_outermost) {                                          \
        while (autograd_waiting != NULL) {                             \
            PyObject *dead = autograd_current = autograd_waiting;      \
            autograd_waiting = AUTOGRAD_NEXT(dead);                    \
            AUTOGRAD_NEXT(dead) = NULL;                                \
            Py_TYPE(dead)->tp_dealloc(dead);                           \
        }                                                              \
        autograd_current = NULL;                                       \
    }
