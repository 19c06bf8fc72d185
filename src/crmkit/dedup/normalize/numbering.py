"""Numbering plans: which numbers each country has, as `phonenumbers` describes them, ready to be asked many times.

`phonenumbers` answers for any number; what is read here is what is plain to
see, and it is read as the library would, from the same descriptions.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final, NamedTuple

FIXED: Final = "fixed"
"""A line that leads to a place."""
_BOTH: Final = "both"
_MOBILE: Final = "mobile"
_SPECIAL: Final = "special"
_SPECIAL_SORTS: Final = (
    "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan", "voicemail",
)  # fmt: skip
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_NEVER: Final = "(?!)"


class _Plan(NamedTuple):
    """How numbers are dialled in a region.

    Attributes:
        code: The code of its country.
        elsewhere: What numbers of other countries begin with, or the code itself.
        before: What is dialled before national numbers, and is no part of them.
        national: National numbers.
        lengths: How many digits they may have.
    """

    code: int
    elsewhere: re.Pattern[str]
    before: re.Pattern[str]
    national: re.Pattern[str]
    lengths: frozenset[int]


def dialled_anywhere(digits: str) -> tuple[int, str] | None:
    """Return the code of the country and the national number in E.164, or None if they are not plain to see.

    >>> dialled_anywhere("+861065529988"), dialled_anywhere("1065529988")
    ((86, '1065529988'), None)
    """
    if _E164.fullmatch(digits) is None:
        return None
    codes = _codes()
    for end in (2, 3, 4):
        code = int(digits[1:end])
        if code in codes:
            return _plain(_plan(code, codes[code][0]), digits[end:])
    return None


def dialled_in(region: str, digits: str) -> tuple[int, str] | None:
    """Return the code of the country and the national number that is dialled in *region*, or None if not plain to see.

    >>> dialled_in("CN", "01065529988"), dialled_in("CN", "861065529988")
    ((86, '1065529988'), None)
    """
    code = _code_of().get(region)
    if code is None or not digits.isdecimal():
        return None
    plan = _plan(code, region)
    if plan.elsewhere.match(digits):
        return None
    return _plain(plan, digits)


def sort_of(code: int, national: str) -> str:
    """Return what a national number is, as the plans with that *code* have it; "" if none of them has it.

    >>> sort_of(86, "1065529988"), sort_of(86, "13812345678"), sort_of(86, "12")
    ('fixed', 'mobile', '')
    """
    for region in _codes()[code]:
        leading, sorts = _sorts(code, region)
        if leading is not None and leading.match(national) is None:
            continue
        found = sorts.fullmatch(national)
        if found is not None:
            return str(found.lastgroup)
        if leading is not None:
            return ""
    return ""


def _plain(plan: _Plan, digits: str) -> tuple[int, str] | None:
    """Return a national number with its code, without what is dialled before it, or None if that is not plain."""
    before = plan.before.match(digits)
    if before is None:
        national = digits
    elif before.lastindex is None:
        bare = digits[before.end() :]
        national = digits if plan.national.fullmatch(digits) and not plan.national.fullmatch(bare) else bare
    else:
        return None
    if national[:1] == "0" or len(national) not in plan.lengths:
        return None
    possible = _plan(plan.code, _codes()[plan.code][0]).lengths
    return (plan.code, national) if len(national) in possible else None


@cache
def _codes() -> dict[int, tuple[str, ...]]:
    """Return the regions of each country's code, the main one first."""
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

    return dict(COUNTRY_CODE_TO_REGION_CODE)


@cache
def _code_of() -> dict[str, int]:
    """Return the code of each region that is a country's or a part of one."""
    from phonenumbers import SUPPORTED_REGIONS

    return {
        region: code
        for code, regions in _codes().items()
        for region in regions
        if region in SUPPORTED_REGIONS
    }


@cache
def _plan(code: int, region: str) -> _Plan:
    told = _described(code, region)
    return _Plan(
        code,
        re.compile(f"{code}|{told.international_prefix or _NEVER}"),
        re.compile(told.national_prefix_for_parsing or _NEVER),
        re.compile(told.general_desc.national_number_pattern or _NEVER),
        frozenset(told.general_desc.possible_length)
        - frozenset(told.general_desc.possible_length_local_only),
    )


@cache
def _sorts(code: int, region: str) -> tuple[re.Pattern[str] | None, re.Pattern[str]]:
    """Return how the numbers of *region* begin, if that tells them, and what they are, in a group of its name.

    As in `phonenumbers.number_type`, the first sort that has a number is its sort.
    """
    told = _described(code, region)
    special = "|".join(_pattern(getattr(told, sort)) for sort in _SPECIAL_SORTS)
    fixed, mobile = _pattern(told.fixed_line), _pattern(told.mobile)
    both = fixed if told.same_mobile_and_fixed_line_pattern else rf"(?={mobile}\Z){fixed}"
    groups = ((_SPECIAL, special), (_BOTH, both), (FIXED, fixed), (_MOBILE, mobile))
    sorts = "|".join(f"(?P<{name}>{pattern})" for name, pattern in groups)
    return told.leading_digits and re.compile(told.leading_digits), re.compile(
        rf"(?={_pattern(told.general_desc)}\Z)(?:{sorts})"
    )


def _pattern(numbers: Any) -> str:
    """Return a pattern of *numbers*, which the library describes by a pattern and by lengths."""
    if numbers is None or not numbers.national_number_pattern:
        return _NEVER
    lengths = "|".join(rf"\d{{{length}}}" for length in numbers.possible_length if length > 0) or r"\d*"
    return rf"(?:(?=(?:{lengths})\Z)(?:{numbers.national_number_pattern}))"


def _described(code: int, region: str) -> Any:
    from phonenumbers import PhoneMetadata

    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)
