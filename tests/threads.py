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
    """Press Ctrl-C while the call runs, and return the KeyboardInterrupt that it ends with, or that comes after it.

    Args:
        call: the call.
        delay: seconds of CPU time of this process until then, so that a loaded machine changes nothing.
    """
    before, collects = signal.signal(signal.SIGVTALRM, signal.default_int_handler), gc.isenabled()
    # Python swallows an exception in a callback of the collector, and Hypothesis has one.
    gc.disable()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, delay)
        call()
        end = time.process_time() + 60.0
        while time.process_time() < end:
            pass
    except KeyboardInterrupt as error:
        return error
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)
        if collects:
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
