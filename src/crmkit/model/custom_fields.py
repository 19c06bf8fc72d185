"""Declared fields: the model's own and what a host adds to it, typed, documented and checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue, Problem, UnknownName, suggestion
from crmkit.model.values import Fields, frozen_fields, is_unicode

FIELD_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "date": (dt.date,),
    "instant": (dt.datetime,),
    "choice": (str,),
}


def _choices(choices: Iterable[str]) -> tuple[str, ...]:
    if isinstance(choices, str):
        raise InvalidValue(f"choices are several texts, got one: write ({choices!r},)")
    return tuple(choices)


@final
@attrs.frozen(kw_only=True)
class CustomField:
    """One declared field: what a host adds, or one of the model's own, such as those of `FIELDS`.

    Attributes:
        name: Its name.
        type: One of `FIELD_TYPES`.
        meaning: What it says, in a sentence: it goes into the data dictionary.
        unit: Unit of a number, or None.
        choices: The values a choice may have, in order.
        least: The smallest value an integer may have, or None.
        most: The largest value an integer may have, or None.
        required: True if a record without it is a problem.
        many: True if it may hold several values.

    Raises:
        UnknownName: If there is no such type.
        InvalidValue: If it has no name, choices that its type has not, lacks or that stand twice,
            bounds that are not an integer's, or a least above its most.
    """

    name: str
    type: str = attrs.field(default="text")
    meaning: str
    unit: str | None = None
    choices: tuple[str, ...] = attrs.field(default=(), converter=_choices)
    least: int | None = None
    most: int | None = None
    required: bool = False
    many: bool = False

    @type.validator
    def _known(self, _: object, type_name: str) -> None:
        if type_name not in FIELD_TYPES:
            raise UnknownName("field type", type_name, FIELD_TYPES)

    def __attrs_post_init__(self) -> None:
        if not self.name:
            raise InvalidValue("a field needs a name")
        if (self.type == "choice") != bool(self.choices):
            raise InvalidValue(f"the field {self.name!r} needs choices if, and only if, its type is 'choice'")
        if self.type != "integer" and (self.least, self.most) != (None, None):
            raise InvalidValue(f"the field {self.name!r} has a least or a most; only an integer has one")
        if len({*self.choices}) < len(self.choices):
            raise InvalidValue(f"the field {self.name!r} names a choice twice; name each once")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise InvalidValue(
                f"the field {self.name!r} goes {self.bounds}, so it can hold nothing; swap them"
            )

    @property
    def bounds(self) -> str:
        """Where its values lie, in words: "from 1 to 5"; "" if anywhere."""
        ends = (("from", self.least), ("to", self.most))
        return " ".join(f"{word} {end}" for word, end in ends if end is not None)

    def within(self, number: int) -> bool:
        """Return whether *number* lies between its least and its most."""
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)


def check_fields(
    values: Mapping[str, object], schema: Iterable[CustomField], *, source: str, row: int = 0
) -> tuple[Fields, list[Problem]]:
    """Return the values that fit *schema*, and a problem for each that does not.

    An unknown field is refused with the closest known name, a value of the
    wrong type is left out, and a required field that is missing is reported.
    Values are not converted: "7" is no integer.
    """
    known = {field.name: field for field in schema}
    good: dict[str, object] = {}
    problems: list[Problem] = []

    def refuse(name: str, reason: str) -> None:
        problems.append(Problem(source=source, row=row, field=str(name), reason=reason, kept=True))

    for name, value in values.items():
        field = known.get(name)
        if field is None:
            refuse(name, f"no such field. {suggestion(name, known)}".rstrip())
        elif (reason := _misfit(value, field)) is not None:
            refuse(name, reason)
        else:
            good[name] = value
    for field in known.values():
        if field.required and values.get(field.name) in (None, (), [], set(), frozenset()):
            refuse(field.name, f"is required: {field.meaning}")
    return frozen_fields(good), problems


def _misfit(value: object, field: CustomField) -> str | None:
    if value is None:
        return None
    if isinstance(value, (list, tuple, set, frozenset)):
        if not field.many:
            return "holds one value only"
        return next((reason for one in value if (reason := _misfit_one(one, field))), None)
    return _misfit_one(value, field)


def _misfit_one(value: object, field: CustomField) -> str | None:
    fits = isinstance(value, FIELD_TYPES[field.type])
    if isinstance(value, bool) and field.type != "boolean":
        fits = False
    if isinstance(value, dt.datetime) and field.type == "date":
        fits = False
    if not fits:
        return f"must be of type {field.type}"
    if isinstance(value, dt.datetime) and value.utcoffset() is None:
        return "must carry a time zone"
    if isinstance(value, str) and not is_unicode(value):
        return "must be Unicode text"
    if isinstance(value, int) and not field.within(value):
        return f"must lie in the range {field.bounds}"
    if field.choices and value not in field.choices:
        return f"must be one of the choices. {suggestion(str(value), field.choices)}"
    return None
