"""Alone: one crmkit at a time in a folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from crmkit.errors import InvalidValue

LOCK: Final = ".lock"


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Keep every other crmkit out of the folder *out*; a lock that a killed process held is free again.

    The folder is made if it is not there.  The lock is that of a data base of
    its own, which works alike on every system.

    Raises:
        InvalidValue: If another crmkit is at work there, or the folder cannot be had.
    """
    if out.exists() and not out.is_dir():
        raise InvalidValue(f"{out} is a file; --out names a folder")
    out.mkdir(parents=True, exist_ok=True)
    try:
        connection = sqlite3.connect(out / LOCK, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise _unlocked(out, error) from error
    with closing(connection):
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise _unlocked(out, error) from error
        yield


def _unlocked(out: Path, error: sqlite3.Error) -> InvalidValue:
    """Return what to say where the lock of *out* cannot be had."""
    if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:  # the rest says which kind of busy
        return InvalidValue(f"another crmkit is at work in {out}; wait until it is done")
    return InvalidValue(
        f"{out / LOCK} cannot be locked: {error}; give an --out that may be written to, "
        f"and in which nothing else is called {LOCK!r}"
    )
