"""Field values: what a field, a prop or a custom field may hold, frozen."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final, TypeAlias

from crmkit.errors import InvalidValue
from crmkit.model.instants import instant

Scalar: TypeAlias = str | int | float | bool | dt.date | dt.datetime
FieldValue: TypeAlias = Scalar | tuple[Scalar, ...]
Fields: TypeAlias = tuple[tuple[str, FieldValue], ...]

_ALWAYS_FROZEN: Final = frozenset((bool, int, dt.date))


def frozen_fields(fields: Mapping[str, object] | Iterable[tuple[str, object]]) -> Fields:
    """Return *fields* as pairs sorted by name, hashable; None and empty collections are left out.

    Raises:
        InvalidValue: If a value is of a type a field cannot hold, is NaN or
            infinite, or if a name is empty or stands twice.
    """
    if type(fields) is tuple and _are_frozen(fields):
        return fields
    pairs = fields.items() if type(fields) is dict or isinstance(fields, Mapping) else fields
    frozen: dict[str, FieldValue] = {}
    for name, value in pairs:
        if not isinstance(name, str) or not name:
            raise InvalidValue(f"a field's name must be a non-empty string, got {name!r}")
        if name in frozen:
            raise InvalidValue(f"the field {name!r} stands twice")
        # plain text, which is most of what there is, needs no second look
        clean = value if type(value) is str and value.isascii() else _frozen_value(name, value)
        if type(clean) is str or (clean is not None and clean != ()):
            frozen[name] = clean
    return tuple(sorted(frozen.items()))


def meanings_of(meanings: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Return names, each with what it means, as pairs in the order in which they are given.

    Raises:
        InvalidValue: If they are anything but texts by names.
    """
    given: object = meanings.items() if isinstance(meanings, Mapping) else meanings
    pairs = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    for pair in pairs:
        is_pair = isinstance(pair, (tuple, list)) and len(pair) == 2
        if not is_pair or not all(isinstance(one, str) for one in pair):
            raise InvalidValue(f"write names with what each means, {{'name': 'its meaning'}}, got {pair!r}")
    return tuple((name, meaning) for name, meaning in pairs)


def field_of(fields: Fields, name: str) -> FieldValue | None:
    """Return the value called *name*, or None if it is unknown."""
    place = bisect_left(fields, name, key=itemgetter(0))
    return fields[place][1] if place < len(fields) and fields[place][0] == name else None


def texts_of(fields: Fields, name: str) -> tuple[str, ...]:
    """Return every value of the field *name* as text, in order; none if it is unknown."""
    value = field_of(fields, name)
    if value is None:
        return ()
    return tuple(str(one) for one in (value if isinstance(value, tuple) else (value,)))


def exactly(fields: Fields) -> tuple[tuple[str, object], ...]:
    """Return what *fields* are compared by: 1, 1.0 and True differ here as they do in JSON."""
    return tuple((name, exactly_one(value)) for name, value in fields)


def exactly_one(value: FieldValue) -> object:
    """Return what one value is compared by: the value with its type."""
    if isinstance(value, tuple):
        return tuple((type(one), one) for one in value)
    return type(value), value


def is_unicode(text: str) -> bool:
    """Return whether *text* can be written as UTF-8, which a lone surrogate cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def plain_text(text: str) -> str:
    """Return *text*, an id or a name that every store can keep.

    Raises:
        InvalidValue: If it is no text, or cannot be written as UTF-8.
    """
    if type(text) is str and text.isascii():
        return text
    if not isinstance(text, str):
        raise InvalidValue(f"an id or a name is text, got {type(text).__name__}; give str() of it")
    if not is_unicode(text):
        raise InvalidValue("an id or a name holds text that is no Unicode; give it without lone surrogates")
    return text if type(text) is str else str.__str__(text)


def maybe_text(text: str | None) -> str | None:
    """Return `plain_text`, or None for None."""
    return None if text is None else plain_text(text)


def names_of(fields: Fields) -> str:
    """Return the names of *fields* without their values, for a `repr` that tells nothing personal."""
    return f"<{', '.join(name for name, _ in fields)}>"


def _are_frozen(fields: tuple[object, ...]) -> bool:
    """Return whether *fields* are surely as `frozen_fields` gives them, as those of another record are."""
    last = ""
    for pair in fields:
        if type(pair) is not tuple or len(pair) != 2:
            return False
        name, value = pair
        if type(name) is not str or name <= last:
            return False
        if type(value) is str:
            if not value.isascii() and not is_unicode(value):
                return False
        elif not _is_frozen(value):
            return False
        last = name
    return True


def _is_frozen(value: object) -> bool:
    if type(value) is str:
        return is_unicode(value)
    if type(value) is tuple:
        return value != () and all(type(one) is not tuple and _is_frozen(one) for one in value)
    return type(value) in _ALWAYS_FROZEN or (type(value) is dt.datetime and value.tzinfo is dt.UTC)


def _frozen_value(name: str, value: object) -> FieldValue | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple, set, frozenset)):
        many = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
        return tuple(_frozen_scalar(name, one) for one in many if one is not None)
    return _frozen_scalar(name, value)


def _frozen_scalar(name: str, value: object) -> Scalar:
    if isinstance(value, str):
        if not is_unicode(value):
            raise InvalidValue(f"the field {name!r} holds text that is no Unicode; leave it out")
        return value if type(value) is str else str.__str__(value)
    if isinstance(value, dt.datetime):
        return instant(value)
    if isinstance(value, (bool, dt.date)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidValue(f"the field {name!r} holds {value}; leave it out if it is unknown")
        return float(value) + 0.0  # no negative zero: it equals zero but reads otherwise
    raise InvalidValue(
        f"the field {name!r} holds a {type(value).__name__}; "
        "give text, a number, a boolean, a date, an aware datetime, or several of these"
    )
