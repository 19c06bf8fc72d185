"""Company names in Chinese characters: what they say of the organisation, its place and its part."""

from __future__ import annotations

import re
from typing import Final

from crmkit.dedup.normalize.company_name import GROUP, CompanyName
from crmkit.dedup.normalize.company_words import (
    CHINESE_PLACES,
    CITIES,
    DEPARTMENTS,
    PROVINCES,
    TRADE_WORD,
    any_of,
)
from crmkit.dedup.normalize.text import is_chinese, words_of


def split_chinese_company(name: str) -> CompanyName:
    """Return what a simplified name in Chinese characters without spaces says."""
    rest, unit, place, is_open = _apart(_LEGAL.sub("|", name))
    if not unit:
        rest, unit = _unit_at_end(rest)
    rest, before = _without_place(rest)
    group = _GROUP.search(rest)
    core = "".join(words_of(rest[: group.start()] if group else rest)) or "".join(words_of(name))
    if unit:
        return CompanyName(core, unit if unit in CITIES else "", unit)
    if group:
        return CompanyName(core, before or place, GROUP)
    return CompanyName(core, before or place, None if is_open and not before else "")


def _apart(name: str) -> tuple[str, str, str, bool]:
    """Return a name without what stands apart from it, and the unit and the place that do.

    Apart is what stands in brackets or behind a legal form, written "|".  The
    last is True where nothing stands behind the place, which then may be that of a branch.
    """
    unit, place, is_open = "", "", False
    for aside in _IN_BRACKETS.findall(name):
        before, _, behind = name.partition(aside)
        said = aside[1:-1].strip("|")
        unit = unit or _unit(said)
        if not unit and (found := _place(said)):
            place, is_open = found, not behind
        name = f"{before}{behind}"
    head, *tails = [part for part in name.split("|") if part] or [""]
    for tail in tails:
        if found := _unit(tail):
            unit = unit or found
        elif found := _place(tail):
            place, is_open = found, True
        else:
            head += tail
    return head, unit, place, is_open


def _unit(said: str) -> str:
    """Return the unit that *said* is the name of, or "" if of none."""
    if found := _SHOP_NUMBER.fullmatch(said):
        return _number(found["number"])
    if found := _DEPARTMENT.fullmatch(said):
        return DEPARTMENTS[found["name"]]
    if found := _PLACE_OF_BRANCH.fullmatch(said):
        return _place(found["place"]) or found["place"] or "branch"
    return ""


def _unit_at_end(name: str) -> tuple[str, str]:
    """Return *name* without the unit it ends in, and the unit, where no legal form stands between them."""
    for pattern in (_SHOP_NUMBER_AT_END, _DEPARTMENT_AT_END):
        found = pattern.search(name)
        if found and (unit := _unit(found[0])):
            return name[: found.start()], unit
    found = _PLACE_AND_BRANCH.search(name, 2)
    if found:
        return name[: found.start()], _place(found["place"])
    found = _BRANCH_AT_END.search(name, 2)
    if not found:
        return name, ""
    start = _trade_end(name[: found.start()]) or max(found.start() - 2, 2)
    return name[:start], name[start : found.start()] or "branch"


def _trade_end(name: str) -> int:
    """Return where the last word ends that says what a company does, 0 if there is none."""
    return max((found.end() for found in TRADE_WORD.finditer(name, 1)), default=0)


def _place(said: str) -> str:
    """Return the city or province that *said* is, or ""."""
    name = said.removesuffix("市").removesuffix("省")
    found = _PLACE_AT_HEAD.fullmatch(said)
    if found is None:
        return CHINESE_PLACES.get(name, "")
    return CHINESE_PLACES.get(found["city"] or "", "") or (name if name in PROVINCES else "")


def _without_place(name: str) -> tuple[str, str]:
    """Return *name* without the province and city it begins with, and the city or, without one, the province."""
    found = _PLACE_AT_HEAD.match(name)
    if not found or not found[0] or len(name) - found.end() < 2:
        return name, ""
    return name[found.end() :], _place(found[0])


def _number(digits: str) -> str:
    """Return a number in digits, also of Chinese ones below a hundred."""
    if digits.isdecimal():
        return str(int(digits))
    tens, ten, ones = digits.rpartition("十")
    value = (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
    return str(value) if value else digits


_DIGITS: Final = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
_LEGAL: Final = re.compile(
    r"\(?(?:股份)?\)?\(?(?:有限(?:责任|合伙)?)?"
    r"(?:有限责任公司|股份有限公司|有限公司|股份公司|总公司|(?:株式|有限|合同)会社|(?<!分)(?<!支)公司|株\)|有限合伙)\)?"
)
_PLACE_AT_HEAD: Final = re.compile(
    f"(?:(?P<province>{any_of(PROVINCES)})(?:省|自治区)?)?(?:(?P<city>{any_of(CHINESE_PLACES)})市?)?"
)
_BRANCH: Final = (
    "分公司|支公司|分行|支行|分店|办事处|代表处|营业部|营业所|营业处|分部|分院|分校|分厂|支店|支社|出张所"
)
_PLACE_OF_BRANCH: Final = re.compile(
    f"(?P<place>.{{0,12}}?)市?(?:{_BRANCH}|服务部|经营部|门店|专卖店|旗舰店|体验店|直营店|店)"
)
_PLACE_AND_BRANCH: Final = re.compile(
    f"(?P<place>{any_of(CHINESE_PLACES)})市?(?:{_BRANCH}|门店|旗舰店|专卖店|店)$"
)
_BRANCH_AT_END: Final = re.compile(f"(?:{_BRANCH}|旗舰店|专卖店)$")
_SHOP_NUMBER: Final = re.compile(r"第?(?P<number>\d+|[一二三四五六七八九十]{1,3})号?(?:分|门|分门)?店")
_DEPARTMENT: Final = re.compile(
    f"(?P<name>{any_of(word for word in DEPARTMENTS if is_chinese(word))})(?:管理)?(?:部门?|处|科|中心)"
)
_SHOP_NUMBER_AT_END: Final = re.compile(f"(?<=..)(?:{_SHOP_NUMBER.pattern})$")
_DEPARTMENT_AT_END: Final = re.compile(f"(?<=..)(?:{_DEPARTMENT.pattern})$")
_GROUP: Final = re.compile(r"(?<=..)(?:集团|控股)+(?:股份)?$")
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")
