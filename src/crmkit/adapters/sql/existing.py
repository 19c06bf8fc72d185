"""Existing: whether a file is a data base of crmkit, asked without touching it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from crmkit.adapters.sql.tables import schema
from crmkit.errors import InvalidValue

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"


def check_ours(path: Path) -> None:
    """Check that the file *path* is a data base of crmkit, and leave it as it is.

    To open a file as a storage changes it: an empty one becomes a data base,
    and one of something else gets another journal.

    Raises:
        InvalidValue: If it is none.
    """
    if schema.name not in _tables(path):
        raise InvalidValue(f"{path} is no data base of crmkit; give another")


def check_usable(path: Path) -> None:
    """Check that the file *path* may become a data base of crmkit, or is one, and leave it as it is.

    Raises:
        InvalidValue: If it is something else, or a data base of something else.
    """
    if path.exists() and (names := _tables(path)) and schema.name not in names:
        raise InvalidValue(f"{path.name} is the data base of something else; give another --db or --out")


def _tables(path: Path) -> list[str]:
    # Immutable means that not even a lock is taken; what waits in a log beside the file is not read then.
    mode = "ro" if path.with_name(f"{path.name}-wal").exists() else "ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True)) as connection:
            return [name for (name,) in connection.execute(_TABLES)]
    except sqlite3.Error as error:
        raise InvalidValue(f"{path} cannot be opened as a data base: {error}; give another") from None
