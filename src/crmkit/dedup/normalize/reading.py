"""Reading fields: every form of what a field holds, and what in it could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from crmkit.dedup.forms import OTHER, OWN, Cell, Form, cell_of
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
from crmkit.dedup.normalize.chinese import simplified
from crmkit.dedup.normalize.companies import company_forms
from crmkit.dedup.normalize.contact import email_forms, email_key, phone_forms, phone_key
from crmkit.dedup.normalize.dates import date_key
from crmkit.dedup.normalize.names import (
    PersonName,
    family_cell,
    given_cell,
    name_forms,
    name_key,
    split_name,
    turned,
    whole_cell,
)
from crmkit.dedup.normalize.numbers import number_key
from crmkit.dedup.normalize.places import address_key
from crmkit.dedup.normalize.sentinels import is_sentinel
from crmkit.dedup.normalize.text import LONGEST, text_key, words_of

MOST_VALUES: Final = 20
"""More values of one field are not compared."""

KEPT: Final = 65_536
"""So many readings are remembered: proposing, preparing and golden records read the same values."""
PLACEHOLDER: Final = "holds a placeholder; it counts as unknown"
_UNREADABLE: Final = {
    EMAIL: "is no e-mail address; it counts as unknown",
    PHONE: "is no phone number; it counts as unknown",
    DATE: "is no date; write it as yyyy-mm-dd. It counts as unknown",
    NUMBER: "is no number; it counts as unknown",
}
_NOTHING: Final = "has nothing in it that can be compared; it counts as unknown"
_TOO_MANY: Final = f"holds more than {MOST_VALUES} values; the first {MOST_VALUES} are compared"
_TOO_LONG: Final = f"is longer than {LONGEST} characters; the rest is not compared"


class Reading(NamedTuple):
    """What was made of a field.

    Attributes:
        cells: The forms of its values; of a full name those of the whole, the
            family and the given name.  Empty where unknown.
        reasons: What was wrong with it, each once.
    """

    cells: tuple[Cell, ...]
    reasons: tuple[str, ...] = ()


def normalise(values: Iterable[str], kind: Kind, *, region: str = "CN") -> Cell:
    """Return every form of *values*, one field of one record; values that say nothing have none.

    >>> [form.text for form in normalise(["Ana@X.PT", "n/a"], Kind.EMAIL)]
    ['ana@x.pt']
    >>> [form.text for form in normalise(["王小明"], Kind.FULL_NAME)]
    ['王小明', 'wangxiaoming']
    """
    return read_field(tuple(values), kind, region=region).cells[0]


@lru_cache(maxsize=KEPT)
def value_key(value: str, kind: Kind, *, region: str = "CN") -> str:
    """Return the first form that `normalise` gives one value, without the work for the others; "" if it has none.

    >>> value_key("Ana@X.PT", Kind.EMAIL), value_key("王 小明", Kind.FULL_NAME), value_key("n/a", Kind.EMAIL)
    ('ana@x.pt', '王小明', '')
    """
    key = text_key(value)
    if not key or is_sentinel(key, NAME if kind is FULL_NAME else kind):
        return ""
    own = (phone_key(key, region=region) if kind is PHONE else _KEYS[kind](key)) or ""
    return "" if own != key and is_sentinel(own, kind) else own


@lru_cache(maxsize=KEPT)
def read_field(values: tuple[str, ...], kind: Kind, *, region: str = "CN") -> Reading:
    """Return every form of *values*, one field of one record, and what was wrong with them.

    A phone number without a country is read as someone in *region* dials it.
    """
    forms: list[Form] = []
    reasons: dict[str, None] = {_TOO_MANY: None} if len(values) > MOST_VALUES else {}
    for value in values[:MOST_VALUES]:
        found, reason = _read_one(value, kind, region)
        forms += found
        reasons.update({reason: None} if reason else {})
    return Reading((cell_of(forms),), tuple(reasons))


@lru_cache(maxsize=KEPT)
def read_full_name(
    whole: tuple[str, ...], given: tuple[str, ...] = (), family: tuple[str, ...] = ()
) -> Reading:
    """Return every form of a full name, of its family and of its given name.

    Parts that the source tells apart are taken as they are; a missing part is
    taken from the whole.
    """
    values = [value for value in (*whole, *given, *family) if value.strip()]
    said = [value for value in values if is_sentinel(text_key(value), NAME)]
    givens, families = ([name_key(value) for value in _meant(part)] for part in (given, family))
    names = [
        PersonName(
            families[0] if families else one.family,
            givens[0] if givens else one.given,
            "" if givens else one.middle,
            one.suffix,
        )
        for one in [split_name(value) for value in _meant(whole)] or [PersonName("", "")]
    ]
    others = [] if givens and families else [other for one in names if (other := turned(one)) is not None]
    cells = [
        cell_of(
            [
                *(form for one in names for form in read(one)),
                *_as_other(form for one in others for form in read(one)),
            ]
        )
        for read in (whole_cell, family_cell, given_cell)
    ]
    return Reading(tuple(cells), _reasons(values, said))


def _as_other(forms: Iterable[Form]) -> list[Form]:
    return [Form(form.text, OTHER) for form in forms]


def _meant(values: Sequence[str]) -> list[str]:
    return [
        value for value in values[:MOST_VALUES] if value.strip() and not is_sentinel(text_key(value), NAME)
    ]


def _reasons(values: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    long = any(len(value) > LONGEST for value in values)
    return ((PLACEHOLDER,) if said else ()) + ((_TOO_LONG,) if long else ())


def _read_one(value: str, kind: Kind, region: str) -> tuple[tuple[Form, ...], str]:
    """Return the forms of one value, or none and the reason; an empty value has neither."""
    key = text_key(value)
    if not key:
        return (), ""
    if is_sentinel(key, NAME if kind is FULL_NAME else kind):
        return (), PLACEHOLDER
    forms = _phone(key, region) if kind is PHONE else _READERS[kind](key)
    if not forms:
        return (), _UNREADABLE.get(kind, _NOTHING)
    if forms[0].text != key and is_sentinel(forms[0].text, kind):
        return (), PLACEHOLDER
    return forms, _TOO_LONG if len(value) > LONGEST else ""


def _phone(value: str, region: str) -> tuple[Form, ...]:
    key = phone_key(value, region=region)
    return phone_forms(key) if key else ()


def _email(value: str) -> tuple[Form, ...]:
    key = email_key(value)
    return email_forms(key) if key else ()


def _own(text: str | None) -> tuple[Form, ...]:
    return (Form(text, OWN),) if text else ()


def _whole_key(value: str) -> str:
    """Return the text of the first form of `whole_cell`."""
    name = split_name(value)
    whole = f"{name.family}{name.given}"
    return whole.replace(" ", "") if name.family and name.given else whole


_KEYS: Final[dict[Kind, Callable[[str], str | None]]] = {
    EXACT: simplified,
    NAME: name_key,
    FULL_NAME: _whole_key,
    EMAIL: email_key,
    DATE: date_key,
    COMPANY: lambda value: next((form.text for form in company_forms(value)), None),
    ADDRESS: address_key,
    TEXT: lambda value: " ".join(sorted(words_of(simplified(value)))),
    NUMBER: number_key,
    ID: lambda value: "".join(words_of(value)).upper(),
}
"""What makes two ways to write a value one."""

_READERS: Final[dict[Kind, Callable[[str], tuple[Form, ...]]]] = {
    **{kind: lambda value, read=read: _own(read(value)) for kind, read in _KEYS.items()},  # type: ignore[misc]
    NAME: lambda value: name_forms(name_key(value)),
    FULL_NAME: lambda value: tuple(whole_cell(split_name(value))),
    EMAIL: _email,
    COMPANY: company_forms,
}
"""Every form of a value, the first being its key."""
