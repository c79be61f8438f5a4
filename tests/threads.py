"""Calls at the same time."""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


def interrupted(call: Callable[[], object], delay: float = 0.02) -> KeyboardInterrupt:
    """Press Ctrl-C while the call runs, and return the KeyboardInterrupt that it ends with, or that comes after it."""
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    gc.disable()  # Python drops what is raised in a callback of the cycle collector, and Hypothesis has one
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        call()
        time.sleep(60.0)
    except KeyboardInterrupt as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    raise AssertionError("no KeyboardInterrupt came")


def at_once(function: Callable[[Argument], Result], arguments: Iterable[Argument]) -> list[Result]:
    """What the function returns for each, in a thread for each; the interpreter changes threads as often as it can."""
    arguments = list(arguments)
    results: dict[int, Result] = {}
    errors: list[BaseException] = []

    def call(i: int) -> None:
        try:
            results[i] = function(arguments[i])
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(arguments))]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if errors:
        raise errors[0]
    return [results[i] for i in range(len(arguments))]
