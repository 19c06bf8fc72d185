"""Names of organisations: the name itself, its legal form, its place, and which part of an organisation it is.

"Kestrel Foods Ltd, Leeds Branch" is the Leeds branch of Kestrel Foods; its legal
form says nothing of who it is.  A part (a branch, a shop, a department) and a
holding are told apart from the organisation itself by a *unit*; a place that is
merely told, as in 上海明达科技有限公司, is kept beside the name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, NewType

from crmkit.dedup.forms import OTHER, OWN, Form, cell_of
from crmkit.dedup.normalize.chinese import reading, simplified
from crmkit.dedup.normalize.company_words import (
    AND_WORDS,
    BRANCH_WORDS,
    CHINA_IN_LATIN,
    CHINESE_PLACES,
    CITIES,
    DEPARTMENT_WORDS,
    DEPARTMENTS,
    GROUP_WORDS,
    LEGAL_PHRASES,
    LEGAL_WORDS,
    LINK_WORDS,
    NUMBER_WORDS,
    OFFICE_WORDS,
    PLACES,
    PROVINCES,
    SHOP_WORDS,
    TRADES,
    VAGUE_TRADES,
    WORDS,
    any_of,
)
from crmkit.dedup.normalize.text import is_chinese, text_key, words_of

CompanyKey = NewType("CompanyKey", str)
"""The normalised name of an organisation, without its legal form."""

GROUP: Final = "group"
"""The unit of a company that owns others: a group, a holding."""
KEPT: Final = 65_536
"""So many names are remembered."""
_LONGEST_PLACE: Final = 4


class CompanyName(NamedTuple):
    """What the name of an organisation says, normalised.

    Attributes:
        core: The name without legal form, place and unit.
        place: The city, province or country it tells, also as that of a branch, or "".
        unit: Which part it is: the place of a branch, the number of a shop, a
            department, `GROUP`; "" for the organisation itself, None where a
            place behind the name leaves open which.
    """

    core: str
    place: str = ""
    unit: str | None = ""


@lru_cache(maxsize=KEPT)
def split_company(name: str) -> CompanyName:
    """Return what the name of an organisation says: itself, its place, and which part of one it is.

    >>> split_company("Kestrel Foods GmbH, Niederlassung München")
    CompanyName(core='kestrel food', place='munich', unit='munich')
    >>> split_company("上海市明达科技有限公司")
    CompanyName(core='明达科技', place='shanghai', unit='')
    """
    key = text_key(name)
    if is_chinese(key):
        return _split_chinese(simplified(key).replace(" ", ""))
    return _split_latin(key)


@lru_cache(maxsize=KEPT)
def company_forms(name: str) -> tuple[Form, ...]:
    """Return the ways to write an organisation's name; its unit or place is told apart from the name.

    >>> [form.text for form in company_forms("Data Soft Inc")]
    ['data soft', 'datasoft']
    >>> [form.text for form in company_forms("明达科技（上海分公司）")]
    ['明达科技 @shanghai', 'mingda technology @shanghai', 'mingda keji @shanghai']
    """
    said = split_company(name)
    if not said.core:
        return ()
    abroad = _in_latin(said.core)
    if said.unit:
        mark = f" @{said.unit}"
        return cell_of([Form(said.core + mark, OWN), *(Form(one + mark, OTHER) for one in abroad)])
    mark = f" @{said.place}" if said.place else ""
    others = [one + end for one in (said.core, *abroad) for end in dict.fromkeys((mark, ""))]
    joined = said.core.replace(" ", "")
    return cell_of(
        [Form(said.core + mark, OWN), *(Form(one, OTHER) for one in (*others, *([] if mark else [joined])))]
    )


def bare_names(name: str) -> tuple[str, ...]:
    """Return the ways to write an organisation's name without any unit or place.

    >>> bare_names("明达科技（上海分公司）"), bare_names("Data Soft Inc")
    (('明达科技', 'mingda technology', 'mingda keji'), ('data soft',))
    """
    core = split_company(name).core
    return tuple(dict.fromkeys((core, *_in_latin(core)))) if core else ()


def brand_of(core: str) -> str:
    """Return what sets the name of an organisation apart: its first word; in Chinese what stands before the trade.

    >>> brand_of("kestrel food"), brand_of("明达科技")
    ('kestrel', '明达')
    """
    return core[: _trade_start(core)] if is_chinese(core) else core.partition(" ")[0]


def trades_of(name: CompanyName) -> frozenset[str]:
    """Return what an organisation does as far as its name says it, in English; few words are known.

    >>> sorted(trades_of(split_company("明达餐饮管理有限公司"))), sorted(trades_of(split_company("Kestrel Foods Ltd")))
    (['catering'], ['food'])
    """
    if is_chinese(name.core):
        said = {TRADES[word] for word in _TRADE.findall(name.core[_trade_start(name.core) :])}
    else:
        said = set(name.core.split()[1:]) & _IN_ENGLISH
    return frozenset(said - VAGUE_TRADES)


def _in_latin(core: str) -> list[str]:
    """Return how a Chinese name is written abroad: the brand in pinyin, the trade in English or in pinyin."""
    if not is_chinese(core):
        return []
    start = _trade_start(core)
    brand, trade = reading(core[:start]), core[start:]
    if not brand.isascii():
        return []
    english = [TRADES[word] for word in _TRADE.findall(trade)]
    return [
        " ".join((brand, *rest))
        for rest in dict.fromkeys((tuple(english), (reading(trade),) if trade else ()))
    ]


def _trade_start(core: str) -> int:
    """Return where in a Chinese name the words begin that say what the company does; the brand comes before."""
    found = _TRADES_AT_END.search(core, 1)
    return found.start() if found else len(core)


# names in Latin letters


def _split_latin(key: str) -> CompanyName:
    plain = _HASH.sub(" no ", _undotted(LEGAL_PHRASES.sub(" ltd ", key)))
    first, *others = [words for part in _PARTS.split(plain) if (words := words_of(part))] or [[]]
    if others and all(word in LEGAL_WORDS for word in first):
        first, *others = others
    unit, place, trailing = "", "", False
    for words in others:
        mine = _without_legal(words)
        if not mine:
            trailing = False
        elif found := _unit(mine, apart=True):
            unit = unit or found
        elif found := PLACES.get(" ".join(mine), ""):
            place, trailing = found, mine is words or len(mine) == len(words)
        elif not _is_aside(plain, words):
            first = [*first, *words]
    rest = _without_legal(first)
    if not unit:
        rest, unit = _unit_at_end(rest)
    rest, mine_at_end = _place_at_end(_without_legal(rest))
    if mine_at_end:
        place, trailing = mine_at_end, True
    if len(rest) > 1 and rest[0] in CHINA_IN_LATIN:
        rest, place, trailing = rest[1:], rest[0], False
    words = [word for word in rest if word not in AND_WORDS] or rest
    core, is_group = _without_group(words)
    named = " ".join(WORDS.get(word, word) for word in core) or " ".join(words_of(key))
    if unit:
        return CompanyName(named, unit if unit in CITIES else place, unit)
    if is_group:
        return CompanyName(named, place, GROUP)
    return CompanyName(named, place, None if trailing else "")


def _without_legal(words: Sequence[str]) -> list[str]:
    """Return *words* without legal forms: the short ones only at either end, where they are no part of the name."""
    kept = [word for word in words if len(word) < 3 or word not in LEGAL_WORDS]
    while len(kept) > 1 and kept[-1] in LEGAL_WORDS:
        kept.pop()
    if len(kept) == 1 and kept[0] in LEGAL_WORDS:
        return []
    return kept


def _unit(words: Sequence[str], *, apart: bool) -> str:
    """Return the unit that *words* are the name of, or "" if of none.

    Words that mean a part of a company only where they stand *apart* from its name do so there only.
    """
    number = [word for word in words if word not in SHOP_WORDS and word not in NUMBER_WORDS]
    if len(number) == 1 and number[0].isdecimal() and len(words) > 1:
        return str(int(number[0]))
    markers = BRANCH_WORDS | OFFICE_WORDS if apart else BRANCH_WORDS
    if any(word in DEPARTMENT_WORDS for word in words) and apart:
        return _department(
            [word for word in words if word not in DEPARTMENT_WORDS and word not in LINK_WORDS]
        )
    if words[0] in markers or words[-1] in markers:
        left = [word for word in words if word not in BRANCH_WORDS and word not in OFFICE_WORDS]
        while left and left[0] in LINK_WORDS and len(left) > 1:
            left = left[1:]
        return PLACES.get(" ".join(left), " ".join(left)) or "branch"
    return ""


def _department(words: Sequence[str]) -> str:
    said = " ".join(words)
    return DEPARTMENTS.get(said, said) or "department"


def _unit_at_end(words: list[str]) -> tuple[list[str], str]:
    """Return *words* without the unit they end in, and the unit; a name needs a word of its own before it."""
    for start in range(1, len(words)):
        tail = words[start:]
        begins = tail[0] in BRANCH_WORDS or (tail[0] in SHOP_WORDS | NUMBER_WORDS and tail[-1].isdecimal())
        if begins and len(tail) > 1 and len(tail) <= _LONGEST_PLACE and (found := _unit(tail, apart=False)):
            return words[:start], found
    if len(words) > 2 and words[-1] in BRANCH_WORDS | OFFICE_WORDS:
        end = len(words) - 1
        for start in range(max(1, end - _LONGEST_PLACE + 1), end):
            place = PLACES.get(" ".join(words[start:end]))
            if place:
                return words[:start], place
        if words[-1] in BRANCH_WORDS:
            return words[: end - 1], words[end - 1]
    return words, ""


def _place_at_end(words: list[str]) -> tuple[list[str], str]:
    """Return *words* without the place they end in, and the place; "Bank of London" is a name as a whole."""
    for start in range(max(1, len(words) - 3), len(words)):
        place = PLACES.get(" ".join(words[start:]))
        if place and words[start - 1] not in LINK_WORDS | AND_WORDS:
            return words[:start], place
    return words, ""


def _without_group(words: list[str]) -> tuple[list[str], bool]:
    """Return *words* without those for a group at either end, and whether there were any."""
    start, end = 0, len(words)
    while end - start > 1 and words[end - 1] in GROUP_WORDS:
        end -= 1
    while end - start > 1 and words[start] in GROUP_WORDS:
        start += 1
    return words[start:end], end - start < len(words)


def _is_aside(name: str, words: Sequence[str]) -> bool:
    """Return whether *words* stand in brackets in *name*."""
    return any(words_of(aside) == list(words) for aside in _IN_BRACKETS.findall(name))


def _undotted(name: str) -> str:
    """Return *name* with the dots of G.m.b.H. and the like taken out."""
    return re.sub(r"(?<=\b\w)\.(?=\w\b|\s|$|[,)])", "", name)


_HASH: Final = re.compile(r"#(?= ?\d)")
_PARTS: Final = re.compile(r"[,;|/()]| [-–—] ")
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)")

# names in Chinese characters


def _split_chinese(name: str) -> CompanyName:
    bare = _LEGAL_CHINESE.sub("|", name)
    unit, place, trailing = "", "", False
    for aside in _IN_BRACKETS.findall(bare):
        said = aside[1:-1].strip("|")
        behind = bare.partition(aside)[2].strip("|") == "" and "|" not in bare.partition(aside)[2]
        unit = unit or _chinese_unit(said, apart=True)
        if not unit and (found := _chinese_place(said)):
            place, trailing = found, behind
        bare = bare.replace(aside, "" if not behind else "|", 1)
    head, *tails = [part for part in re.split(r"\|+", bare) if part] or [""]
    for tail in tails:
        found = _chinese_unit(tail, apart=True)
        if found:
            unit = unit or found
        elif named := _chinese_place(tail):
            place, trailing = named, True
        else:
            head += tail
    if not unit:
        head, unit = _chinese_unit_at_end(head)
    head, before = _without_chinese_place(head)
    group = _GROUP_CHINESE.search(head)
    core = "".join(words_of(head[: group.start()] if group else head)) or "".join(words_of(name))
    if unit:
        return CompanyName(core, unit if unit in CITIES else "", unit)
    if group:
        return CompanyName(core, before or place, GROUP)
    return CompanyName(core, before or place, None if trailing and not before else "")


def _chinese_unit(said: str, *, apart: bool) -> str:
    """Return the unit that *said* is the name of, or "" if of none."""
    if found := _SHOP_NUMBER.fullmatch(said):
        return _number(found["number"])
    if found := _DEPARTMENT_CHINESE.fullmatch(said):
        return DEPARTMENTS.get(found["name"], found["name"])
    if apart and (found := _BRANCH_CHINESE.fullmatch(said)):
        return _chinese_place(found["place"]) or found["place"] or "branch"
    return ""


def _chinese_unit_at_end(name: str) -> tuple[str, str]:
    """Return *name* without the unit it ends in, and the unit, where no legal form stands between them."""
    for pattern in (_SHOP_NUMBER, _DEPARTMENT_CHINESE):
        found = re.search(f"(?<=..)(?:{pattern.pattern})$", name)
        if found and (unit := _chinese_unit(found[0], apart=False)):
            return name[: found.start()], unit
    found = _PLACE_AND_BRANCH.search(name, 2)
    if found:
        return name[: found.start()], _chinese_place(found["place"])
    found = _BRANCH_AT_END.search(name, 2)
    if not found:
        return name, ""
    start = _trade_end(name[: found.start()]) or max(found.start() - 2, 2)
    return name[:start], name[start : found.start()] or "branch"


def _trade_end(name: str) -> int:
    """Return where the last word ends that says what a company does, 0 if there is none."""
    return max((found.end() for found in _TRADE.finditer(name, 1)), default=0)


def _chinese_place(said: str) -> str:
    """Return the city or province that *said* is, or ""."""
    name = said.removesuffix("市").removesuffix("省")
    found = _PLACE_AT_HEAD.fullmatch(said)
    if found is None:
        return CHINESE_PLACES.get(name, "")
    return CHINESE_PLACES.get(found["city"] or "", "") or (name if name in PROVINCES else "")


def _without_chinese_place(name: str) -> tuple[str, str]:
    """Return *name* without the province and city it begins with, and the city or, without one, the province."""
    found = _PLACE_AT_HEAD.match(name)
    if not found or not found[0] or len(name) - found.end() < 2:
        return name, ""
    return name[found.end() :], _chinese_place(found[0])


def _number(digits: str) -> str:
    """Return a number in digits, also of Chinese ones below a hundred."""
    if digits.isdecimal():
        return str(int(digits))
    tens, ten, ones = digits.rpartition("十")
    value = (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)
    return str(value) if value else digits


_DIGITS: Final = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
_LEGAL_CHINESE: Final = re.compile(
    r"\(?(?:股份)?\)?\(?(?:有限(?:责任|合伙)?)?"
    r"(?:有限责任公司|股份有限公司|有限公司|股份公司|总公司|(?:株式|有限|合同)会社|(?<!分)(?<!支)公司|株\)|有限合伙)\)?"
)
_PLACE_AT_HEAD: Final = re.compile(
    f"(?:(?P<province>{any_of(PROVINCES)})(?:省|自治区)?)?(?:(?P<city>{any_of(CHINESE_PLACES)})市?)?"
)
_BRANCH: Final = (
    "分公司|支公司|分行|支行|分店|办事处|代表处|营业部|营业所|营业处|分部|分院|分校|分厂|支店|支社|出张所"
)
_BRANCH_CHINESE: Final = re.compile(
    f"(?P<place>.{{0,12}}?)市?(?:{_BRANCH}|服务部|经营部|门店|专卖店|旗舰店|体验店|直营店|店)"
)
_PLACE_AND_BRANCH: Final = re.compile(
    f"(?P<place>{any_of(CHINESE_PLACES)})市?(?:{_BRANCH}|门店|旗舰店|专卖店|店)$"
)
_BRANCH_AT_END: Final = re.compile(f"(?:{_BRANCH}|旗舰店|专卖店)$")
_SHOP_NUMBER: Final = re.compile(r"第?(?P<number>\d+|[一二三四五六七八九十]{1,3})号?(?:分|门|分门)?店")
_DEPARTMENT_CHINESE: Final = re.compile(
    f"(?P<name>{any_of(word for word in DEPARTMENTS if is_chinese(word))})(?:管理)?(?:部门?|处|科|中心)"
)
_GROUP_CHINESE: Final = re.compile(r"(?<=..)(?:集团|控股)+(?:股份)?$")
_IN_ENGLISH: Final = frozenset(TRADES.values())
_TRADE: Final = re.compile(any_of(TRADES))
_TRADES_AT_END: Final = re.compile(f"(?:{_TRADE.pattern})+$")
