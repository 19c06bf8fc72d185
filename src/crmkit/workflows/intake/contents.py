"""Contents: what the values of a column look like, for columns whose heading says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from crmkit.workflows.intake.cells import text_of

_SAMPLE: Final = 200
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]{2,}")
# With a country's or a trunk prefix, a Chinese mobile, or in North American form: a bare number is no phone.
_PHONE = re.compile(
    r"(\+|00)[1-9][\d\s\-()./]{5,18}\d|\(?0\d{1,4}\)?[\s\-/]\d[\d\s\-]{4,12}\d"
    r"|(86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|\(?[2-9]\d{2}\)?[\s.-]\s?\d{3}[\s.-]\d{4}"
)
_DATE = re.compile(
    r"(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
    r"|(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))([T\s].*)?"
)
_BIRTH_SPREAD: Final = 15


def is_email(text: str) -> bool:
    """Return whether *text* looks like an e-mail address."""
    return _EMAIL.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """Return whether *text* looks like a phone number, and like nothing else that has many digits."""
    return _PHONE.fullmatch(text) is not None


def is_date(text: str) -> bool:
    """Return whether *text* looks like a date, with or without a time."""
    return _DATE.fullmatch(text) is not None


def looks_like(values: Sequence[object], test: Callable[[str], bool]) -> bool:
    """Return whether nine in ten of the first 200 values that are there pass *test*."""
    sample = _sample(values)
    return bool(sample) and 10 * sum(map(test, sample)) >= 9 * len(sample)


def looks_like_birthdays(values: Sequence[object]) -> bool:
    """Return whether the values are plain dates whose years are as far apart as people's births."""
    if not looks_like(values, lambda text: is_date(text) and len(text) <= 11):
        return False
    years = sorted(int(found[0]) for text in _sample(values) if (found := re.search(r"\d{4}", text)))
    return years[0] >= 1900 and years[-1] - years[0] >= _BIRTH_SPREAD


def _sample(values: Iterable[object]) -> list[str]:
    sample: list[str] = []
    for value in values:
        text = text_of(value)
        if text is not None:
            sample.append(text)
            if len(sample) == _SAMPLE:
                break
    return sample
