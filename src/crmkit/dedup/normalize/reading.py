"""Reading fields: every form of what a field holds, and what in it could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple, TypeAlias

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
from crmkit.dedup.normalize.dates import date_key, is_on_calendar
from crmkit.dedup.normalize.emails import email_forms, email_keys, mailbox, misspelt_key, plain_email
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
from crmkit.dedup.normalize.phones import is_bent, is_unplanned, phone_forms, plain_phone
from crmkit.dedup.normalize.places import address_key
from crmkit.dedup.normalize.sentinels import is_sentinel
from crmkit.dedup.normalize.text import LONGEST, text_key, words_in, words_of
from crmkit.dedup.normalize.verdict import EMPTY, GOOD, MALFORMED, SENTINEL, Verdict
from crmkit.errors import InvalidValue

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
_AN_ADDRESS: Final = re.compile(r"\w@\w")
_A_NUMBER: Final = re.compile(r"\d{5}|^[\W\d_]*\d[\W\d_]*$")
_NOTHING: Final = "has nothing in it that can be compared; it counts as unknown"
_TOO_MANY: Final = f"holds more than {MOST_VALUES} values; the first {MOST_VALUES} are compared"
_OTHER_FIELD: Final = (
    "holds an e-mail address where a name should be; move it to its own field. It counts as unknown"
)
_NUMBER: Final = (
    "holds a number where a name should be; move it to its own field. It is compared as it stands"
)
_MISSPELT: Final = "is no e-mail address; write it as in ann@example.com. It is compared as it stands"
_UNPLANNED: Final = (
    "is a number that its country does not have; write it with the country, as in +86 138 1234 5678. "
    "It is compared as it stands"
)
_BENT: Final = (
    "was written as 1.38E+10 by a spreadsheet, so its digits are lost; give the column the format text there. "
    "It counts as unknown"
)
_NO_DAY: Final = "is no day of the calendar; write it as yyyy-mm-dd. It is compared as it stands"
_TOO_LONG: Final = f"is longer than {LONGEST} characters; the rest is not compared"


KnownKeys: TypeAlias = Mapping[tuple[Kind, str], Mapping[str, tuple[str, ...]]]
"""What `value_keys` says of values that were read already, by kind and region."""


class Reading(NamedTuple):
    """What was made of a field.

    Attributes:
        cells: The forms of its values; of a full name those of the whole, the
            family and the given name.  Empty where unknown.
        faults: What was wrong, each once, with the place of the field it was wrong in: of a full
            name the whole is 0, the given name 1 and the family name 2.
    """

    cells: tuple[Cell, ...]
    faults: tuple[tuple[int, str], ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """What was wrong, each once."""
        return tuple(dict.fromkeys(reason for _, reason in self.faults))


def normalise(values: Iterable[str], kind: Kind, *, region: str = "CN") -> Cell:
    """Return every form of *values*, one field of one record; values that say nothing have none.

    >>> [form.text for form in normalise(["Ana@X.PT", "n/a"], Kind.EMAIL)]
    ['ana@x.pt']
    >>> [form.text for form in normalise(["王小明"], Kind.FULL_NAME)]
    ['王小明', 'wangxiaoming']

    Raises:
        InvalidValue: If it is one text instead of several, or one of them is no text.
    """
    if isinstance(values, str):
        raise InvalidValue(
            "a field holds several values; put one alone in brackets: normalise([value], kind)"
        )
    return read_field(tuple(map(_text, values)), kind, region=region).cells[0]


def verdict(value: str, kind: Kind, *, region: str = "CN", one_mailbox: bool = False) -> Verdict:
    """Return what is to be said of *value* in a field of *kind*: whether it is good, and if not, what to do.

    >>> verdict("Ana <ana@x.pt>", Kind.EMAIL).word, verdict("2024-02-31", Kind.DATE).word
    ('good', 'malformed')
    >>> verdict("noreply@x.pt", Kind.EMAIL)
    Verdict(word='sentinel', forms=(), reason='holds a placeholder; it counts as unknown')

    Args:
        value: What stands in the field.
        kind: What the field holds.
        region: ISO 3166 code of the country in which a phone number without one is read.
        one_mailbox: True if e-mail addresses of one mailbox are one (see `Comparison`).

    Raises:
        InvalidValue: If it is no text.
    """
    key = text_key(_text(value))
    if not key:
        return _nothing(value)
    if is_sentinel(key, NAME if kind is FULL_NAME else kind):
        return Verdict(SENTINEL, (), PLACEHOLDER)
    if kind is FULL_NAME and _AN_ADDRESS.search(key):
        return Verdict(MALFORMED, (), _OTHER_FIELD)
    forms, reason = _forms(value, key, kind, region, one_mailbox=one_mailbox)
    if not forms:
        return Verdict(MALFORMED, (), reason or _UNREADABLE.get(kind, _NOTHING))
    fakes = [
        form for form in forms if form.way != OTHER and form.text != key and is_sentinel(form.text, kind)
    ]
    if fakes:
        forms = tuple(form for form in forms if form not in fakes)
        if all(form.way == OTHER for form in forms):
            return Verdict(SENTINEL, (), PLACEHOLDER)
        reason = reason or PLACEHOLDER
    reason = _TOO_LONG if len(value) > LONGEST else reason
    return Verdict(MALFORMED if reason else GOOD, forms, reason)


@lru_cache(maxsize=KEPT)
def value_keys(value: str, kind: Kind, *, region: str = "CN") -> tuple[str, ...]:
    """Return what tells *value* from others: the forms that `normalise` gives it, without the other ways to write it.

    >>> value_keys("Ana@X.PT", Kind.EMAIL), value_keys("王 小明", Kind.FULL_NAME), value_keys("n/a", Kind.EMAIL)
    (('ana@x.pt',), ('王小明',), ())
    """
    if kind in (EMAIL, PHONE):
        return tuple(form.text for form in verdict(value, kind, region=region).forms if form.way != OTHER)
    key = text_key(value)
    if not key or is_sentinel(key, NAME if kind is FULL_NAME else kind):
        return ()
    if kind is FULL_NAME and _AN_ADDRESS.search(key):
        return ()
    own = _KEYS[kind](key) or ""
    return (own,) if own and (own == key or not is_sentinel(own, kind)) else ()


@lru_cache(maxsize=KEPT)
def read_field(
    values: tuple[str, ...], kind: Kind, *, region: str = "CN", one_mailbox: bool = False
) -> Reading:
    """Return every form of *values*, one field of one record, and what was wrong with them.

    A phone number without a country is read as someone in *region* dials it.
    """
    if len(values) == 1 and (plain := _plain(values[0], kind, region, one_mailbox=one_mailbox)):
        return Reading((plain,))
    found = [verdict(value, kind, region=region, one_mailbox=one_mailbox) for value in values[:MOST_VALUES]]
    reasons = [one.reason for one in found if one.reason]
    if len(values) > MOST_VALUES:
        reasons.insert(0, _TOO_MANY)
    forms = found[0].forms if len(found) == 1 else chain.from_iterable(one.forms for one in found)
    return Reading((cell_of(forms),), tuple([(0, reason) for reason in dict.fromkeys(reasons)]))


@lru_cache(maxsize=KEPT)
def read_full_name(
    whole: tuple[str, ...], given: tuple[str, ...] = (), family: tuple[str, ...] = ()
) -> Reading:
    """Return every form of a full name, of its family and of its given name.

    Parts that the source tells apart are taken as they are; a missing part is
    taken from the whole.
    """
    faults: dict[tuple[int, str], None] = {}
    told: list[list[str]] = [[], [], []]
    for place, part in enumerate((whole, given, family)):
        for value in part[:MOST_VALUES]:
            reason, meant = _reason_of_name(value)
            if reason:
                faults[place, reason] = None
            if meant:
                told[place].append(value)
    wholes, givens, families = told
    names = list(map(split_name, wholes)) or [PersonName("", "")]
    if givens or families:
        names = [_as_told(one, givens, families) for one in names]
    others = [] if givens and families else [other for one in names if (other := turned(one)) is not None]
    if len(names) == 1 and not others:
        cells = [read(names[0]) for read in _NAME_CELLS]
    else:
        cells = [
            cell_of(
                [
                    *(form for one in names for form in read(one)),
                    *_as_other(form for one in others for form in read(one)),
                ]
            )
            for read in _NAME_CELLS
        ]
    return Reading(tuple(cells), tuple(faults))


def _as_told(name: PersonName, givens: list[str], families: list[str]) -> PersonName:
    """Return *name* with the first of the parts that the source tells apart."""
    return PersonName(
        name_key(families[0]) if families else name.family,
        name_key(givens[0]) if givens else name.given,
        "" if givens else name.middle,
        name.suffix,
    )


_NAME_CELLS: Final = (whole_cell, family_cell, given_cell)


def _as_other(forms: Iterable[Form]) -> list[Form]:
    return [Form(form.text, OTHER) for form in forms]


def _reason_of_name(value: str) -> tuple[str, bool]:
    """Return what is wrong with a name or a part of one, "" if nothing is, and whether it is compared."""
    key = text_key(value)
    if not key:
        return _nothing(value).reason, False
    if is_sentinel(key, NAME):
        return PLACEHOLDER, False
    if key.isalpha():
        return _TOO_LONG if len(value) > LONGEST else "", True
    if "@" in key and _AN_ADDRESS.search(key):
        return _OTHER_FIELD, False
    if not words_in(key):
        return _NOTHING, False
    return _TOO_LONG if len(value) > LONGEST else _NUMBER if _A_NUMBER.search(key) else "", True


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidValue(
            f"a value is text, got {type(value).__name__}; give it as it is written, or leave it out"
        )
    return value


def _plain(value: str, kind: Kind, region: str, *, one_mailbox: bool) -> Cell:
    """Return the forms of a good value that is plain to see, as most are, and none where it needs a closer look."""
    if kind is PHONE:
        return plain_phone(value, region)
    return plain_email(value) if kind is EMAIL and not one_mailbox else ()


def _nothing(value: str) -> Verdict:
    """Return the verdict on a value that has nothing visible in it."""
    return Verdict(MALFORMED, (), _NOTHING) if value.strip() else Verdict(EMPTY)


def _forms(
    value: str, key: str, kind: Kind, region: str, *, one_mailbox: bool
) -> tuple[tuple[Form, ...], str]:
    """Return the forms of one value, and what is wrong with it though it may have some."""
    if kind is PHONE:
        numbers = phone_forms(key, region=region)
        if not numbers:
            return (), _BENT if is_bent(key) else ""
        return numbers, _UNPLANNED if any(is_unplanned(one.text) for one in numbers) else ""
    if kind is EMAIL:
        addresses = email_keys(value)
        if not addresses:
            near = misspelt_key(value)
            return (email_forms(near), _MISSPELT) if near else ((), "")
        known = map(mailbox, addresses) if one_mailbox else addresses
        return tuple(chain.from_iterable(map(email_forms, known))), ""
    forms = _READERS[kind](key)
    if kind is FULL_NAME:
        return forms, _NUMBER if _A_NUMBER.search(key) else ""
    return forms, _NO_DAY if kind is DATE and forms and not is_on_calendar(forms[0].text) else ""


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
    COMPANY: company_forms,
}
"""Every form of a value, the first being its key."""
