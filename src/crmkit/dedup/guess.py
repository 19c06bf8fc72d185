"""Guessing: what a column of an unknown table holds, from its name and its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from crmkit.dedup.kinds import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    FULL_NAME,
    ID,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Kind,
)
from crmkit.dedup.normalize.dates import is_date
from crmkit.dedup.normalize.emails import email_key
from crmkit.dedup.normalize.numbers import number_key
from crmkit.dedup.normalize.standard import STANDARD_KINDS
from crmkit.dedup.table import texts_of_value
from crmkit.model import FIELD_NAMES

GIVEN: Final = "given"
FAMILY: Final = "family"

_SAYS_LITTLE: Final = FIELD_NAMES - STANDARD_KINDS.keys() - {"gender"}
"""Standard fields that say little of who someone is."""

_NAMED: Final[tuple[tuple[str, Kind], ...]] = (
    (r"e-?mail|邮箱|电邮|邮件", EMAIL),
    (r"phone|mobile|(^|_)tel|cell|fax|手机|电话", PHONE),
    (r"(^|_)dob($|_)|birth_?(date|day)|date_?of_?birth|born|生日|出生", DATE),
    (
        r"soc_?sec|(^|_)ssn|passport|national_?id|(^|_)tax|(^|_)vat|licen[cs]e|wechat|unionid|openid|device|card|身份证",
        ID,
    ),
    (r"zip|post_?code|postal|plz|邮编", ID),
    (r"compan|organi[sz]ation|employer|(^|_)firm|公司|单位|企业", COMPANY),
    (r"full_?name|^name$|contact_?name|customer_?name|person_?name|姓名|名字", FULL_NAME),
    (r"street_?(no|num)|house_?(no|num)", ID),
    (r"address|street|(^|_)addr|地址|住址", ADDRESS),
    (r"city|town|suburb|place|城市", NAME),
)
_PLACE: Final = re.compile("zip|post|plz|邮编|street|house|addr|地址|住址|city|town|suburb|place|城市")
_GIVEN: Final = re.compile(r"given_?name|first_?name|fore_?name|vorname|prenom")
_FAMILY: Final = re.compile(r"sur_?name|last_?name|family_?name|nachname|nom_de_famille")
_NOT_IDENTITY: Final = re.compile(
    r"^((true|real|ground|gold)_)?"
    r"(cluster|label|truth|entity|match|is_match|duplicate|group|master|golden|customer|party|person|household)"
    r"(_?(id|key|no|of|group))?$|^(true|real|gold)_?id$"
    r"|^(source|source_?dataset|source_?id|kind|recorded_at|index|row|row_?(id|no|num))$"
    r"|(created|updated|modified|changed|inserted|imported)(_?(at|on|date|time))?$"
)
"""Columns that tell who is who already, or when and where a row was written; nothing is learnt from them."""
_FEW: Final = 40
_ENOUGH: Final = 10
"""A column in which so many records say the same says nothing; fewer may just be one party."""
_MOST_LOOKED_AT: Final = 3_000


class Guess(NamedTuple):
    """What a column is taken for.

    Attributes:
        field: Name of the column.
        kind: What it holds.
        part: "given" or "family" if it is a part of a person's name.
        place: True if it says where someone is, so that neighbours have it in common.
    """

    field: str
    kind: Kind
    part: str = ""
    place: bool = False


def guess(field: str, values: Sequence[object]) -> Guess | None:
    """Return what the column *field* is taken for, or None if it says nothing of who someone is.

    A name that is a standard field or says what it holds decides; else the values do.
    """
    texts = _texts(values)
    known = list(islice(texts, _MOST_LOOKED_AT))
    constant = len(set(known)) < 2 and all(text == known[0] for text in texts)
    if not known or (len(known) >= _ENOUGH and constant):
        return None
    name = re.sub(r"[^\w]+", "_", field.strip().lower())
    if name in STANDARD_KINDS:
        part = {"given_name": GIVEN, "family_name": FAMILY}.get(name, "")
        return Guess(field, STANDARD_KINDS[name], part, place=name in ("city", "postcode", "address"))
    if name in _SAYS_LITTLE or _NOT_IDENTITY.search(name):
        return None
    for pattern, part in ((_GIVEN, GIVEN), (_FAMILY, FAMILY)):
        if pattern.search(name):
            return Guess(field, NAME, part)
    for named, kind in _NAMED:
        if re.search(named, name):
            return Guess(field, kind, place=bool(_PLACE.search(name)))
    return _by_values(field, known, unique=_all_differ(known) and _all_differ(list(_texts(values))))


def _texts(values: Iterable[object]) -> Iterator[str]:
    """Yield what each of *values* says, those that say nothing left out."""
    said = (" ".join(texts_of_value(value)).strip() for value in values if value is not None)
    return (text for text in said if text)


def _all_differ(texts: Sequence[str]) -> bool:
    return len(set(texts)) == len(texts)


def _by_values(field: str, known: Sequence[str], *, unique: bool) -> Guess | None:
    """Return what the values look like; a column in which no value occurs twice links nothing exactly."""
    if _share(known, lambda text: email_key(text) is not None) > 0.7:
        return Guess(field, EMAIL)
    if _share(known, is_date) > 0.7:
        return Guess(field, DATE)
    if len(set(known)) <= _FEW:
        return Guess(field, EXACT)
    if _share(known, lambda text: number_key(text) is not None) > 0.9:
        same_width = len({len(text) for text in known}) == 1 and len(known[0]) >= 5
        if same_width:
            return None if unique else Guess(field, ID)
        return Guess(field, NUMBER)
    if unique and _share(known, lambda text: " " not in text) == 1:
        return None
    return Guess(field, TEXT)


def _share(texts: Sequence[str], fits: Callable[[str], bool]) -> float:
    return sum(fits(text) for text in texts) / len(texts)
