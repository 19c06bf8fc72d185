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
from typing import Final, final

import attrs

_SELDOM: Final = (100_000, 50, 100)
_LOCK: Final = Lock()


@final
@attrs.define
class _Asked:
    """How many ask for it now, and what was usual before, None where nothing was changed."""

    by: int = 0
    usual: tuple[int, int, int] | None = None


_ASKED: Final = _Asked()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let garbage be looked for a hundred times as seldom, in all threads, until every one that asked for it is done.

    What a host has set itself, as seldom or seldomer, stays, and so does what
    it sets meanwhile; a collector that is off stays off.

    >>> with seldom_collected():
    ...     gc.get_threshold()[0] >= 100_000
    True
    """
    with _LOCK:
        _ASKED.by += 1
        found = gc.get_threshold()
        if 0 < found[0] < _SELDOM[0]:
            _ASKED.usual = found
            gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        with _LOCK:
            _ASKED.by -= 1
            if not _ASKED.by and _ASKED.usual is not None:
                if gc.get_threshold()[0] == _SELDOM[0]:
                    gc.set_threshold(*_ASKED.usual)
                _ASKED.usual = None
