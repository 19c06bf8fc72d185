"""What can go wrong, and what to do next.

What the caller got wrong is raised; what the data got wrong is returned as a
`Problem` beside the good rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs


class CrmkitError(Exception):
    """The root of everything crmkit raises."""


class InvalidValue(CrmkitError, ValueError):
    """An argument or a field holds something it cannot hold."""


class UnknownName(CrmkitError, LookupError):
    """A name that nothing answers to.

    Attributes:
        what: What was looked for: "stage", "column", "activity kind".
        name: The name as it was given.
        known: Every name that would have been right, sorted.
    """

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        self.what = what
        self.name = name
        self.known = tuple(sorted(known))
        super().__init__(f"no {what} is called {name!r}. {suggestion(name, self.known)}".rstrip())

    def __reduce__(self) -> tuple[type[UnknownName], tuple[str, str, tuple[str, ...]]]:
        return UnknownName, (self.what, self.name, self.known)


class Contradiction(CrmkitError, ValueError):
    """Two statements that cannot both hold; the message names both."""


class OutOfDate(CrmkitError, RuntimeError):
    """A writer knows less, or more, of a log than there is; nothing was written.

    Attributes:
        known: How many facts the writer knows.
        length: How many there are.
    """

    def __init__(self, known: int, length: int) -> None:
        self.known = known
        self.length = length
        what_to_do = (
            "another wrote meanwhile; read the log from there on, and try again"
            if known < length
            else "what was written was undone; read the log again from its beginning"
        )
        super().__init__(f"{known:,} facts are known and the log holds {length:,}: {what_to_do}")

    def __reduce__(self) -> tuple[type[OutOfDate], tuple[int, int]]:
        return OutOfDate, (self.known, self.length)


class MissingExtra(CrmkitError, ImportError):
    """An optional dependency is not installed.

    Attributes:
        extra: The extra that brings it.
        purpose: What it is needed for.
    """

    def __init__(self, extra: str, purpose: str) -> None:
        self.extra = extra
        self.purpose = purpose
        super().__init__(f"{purpose} needs the extra {extra!r}: pip install 'crmkit[{extra}]'")

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        return MissingExtra, (self.extra, self.purpose)


@final
@attrs.frozen(kw_only=True, order=True)
class Problem:
    """One thing that is wrong with the data, beside the rows that are right.

    It never holds the offending value: the source and the row, or the id of
    the record or activity, lead back to it.

    Attributes:
        source: The file or source the row came from.
        row: Its number there, the first data row being 1; 0 for the whole
            source, and where the reason names a record or an activity.
        field: The field at fault, or "" for the whole row.
        reason: A sentence that says what is wrong and what to do.
        kept: True when the row was kept without the field, False when it was left out.
    """

    source: str
    row: int = 0
    field: str = ""
    reason: str
    kept: bool = False

    def __str__(self) -> str:
        place = f"{self.source}, row {self.row}" if self.row else self.source
        return f"{place}{f', {self.field}' if self.field else ''}: {self.reason}"


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that *name* was most likely meant to be, or None if none is near.

    What is no text, as None for a name that was forgotten, is near to nothing.
    """
    if not isinstance(name, str):
        return None
    from rapidfuzz import fuzz, process, utils

    best = process.extractOne(
        name, sorted(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=60
    )
    return best[0] if best else None


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return a sentence that helps someone who wrote *name*: the closest known name, or the list."""
    names = sorted(known)
    near = closest(name, names)
    if near is not None:
        return f"Did you mean {near!r}?"
    return f"Known: {', '.join(names[:12])}{', …' if len(names) > 12 else ''}." if names else ""
