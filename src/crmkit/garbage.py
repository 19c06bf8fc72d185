"""Garbage: looked for seldom while much is built that stays.

Python's collector looks through everything that lives whenever many objects
were made, which is a third of the time in which a table becomes values, and in
vain: what is built there stays, and holds no cycles.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_SELDOM: Final = (100_000, 50, 100)
_LOCK: Final = Lock()
_usual: list[tuple[int, int, int]] = []
"""What was usual when each of those within began; the last to leave brings back the first."""


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let garbage be looked for a hundred times as seldom, in all threads, until every one that asked for it is done.

    What a host has set itself, as seldom or seldomer, stays; a collector that is off stays off.

    >>> with seldom_collected():
    ...     gc.get_threshold()[0] >= 100_000
    True
    """
    with _LOCK:
        usual = gc.get_threshold()
        _usual.append(usual)
        if 0 < usual[0] < _SELDOM[0]:
            gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _LOCK:
            first = _usual[0]
            _usual.pop()
            if not _usual:
                gc.set_threshold(*first)
