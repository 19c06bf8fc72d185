"""Verdicts: what is to be said of one value, beside what was made of it."""

from __future__ import annotations

from typing import Final, NamedTuple

from crmkit.dedup.forms import Form

GOOD: Final = "good"
EMPTY: Final = "empty"
SENTINEL: Final = "sentinel"
MALFORMED: Final = "malformed"


class Verdict(NamedTuple):
    """What is to be said of one value of a kind.

    Attributes:
        word: "good"; "empty" if nothing is there; "sentinel" if something stands
            there for nothing; "malformed" if it cannot be, or not wholly, what the kind says.
        forms: Every normalised form it is compared by, its own first; none where it counts as unknown.
        reason: What is wrong, what became of it and what to do; "" if nothing is wrong.
    """

    word: str
    forms: tuple[Form, ...] = ()
    reason: str = ""
