"""Custom objects and statuses: what a host keeps beside the model, typed, documented and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import final

import attrs

from crmkit.errors import InvalidValue, Problem, UnknownName
from crmkit.model.custom_fields import CustomField, check_fields
from crmkit.model.values import Fields, meanings_of


@final
@attrs.frozen(kw_only=True)
class CustomStatus:
    """A status with its own values, in order, each with its meaning.

    >>> warranty = CustomStatus(
    ...     name="warranty",
    ...     meaning="whether a repair is free",
    ...     statuses={"running": "repairs are free", "over": "repairs are paid"},
    ... )
    >>> warranty.field.choices, warranty.place("over")
    (('running', 'over'), 1)

    Attributes:
        name: Its name.
        meaning: What it says, in a sentence.
        statuses: Its values, each once, with what each means; a mapping when given.
        required: True if a record without it is a problem.

    Raises:
        InvalidValue: If there is no value, or one stands twice or has no meaning.
    """

    name: str
    meaning: str
    statuses: tuple[tuple[str, str], ...] = attrs.field(converter=meanings_of)
    required: bool = False

    def __attrs_post_init__(self) -> None:
        if not self.statuses:
            raise InvalidValue(f"the status {self.name!r} needs at least one value")
        names = [name for name, _ in self.statuses]
        for name, meaning in self.statuses:
            if names.count(name) > 1:
                raise InvalidValue(f"the status {self.name!r} has the value {name!r} twice; name it once")
            if not meaning:
                raise InvalidValue(f"the value {name!r} of the status {self.name!r} needs a meaning")

    @property
    def field(self) -> CustomField:
        """The field that holds it, for `check_fields` and the vocabulary."""
        names = tuple(name for name, _ in self.statuses)
        return CustomField(
            name=self.name, type="choice", meaning=self.meaning, choices=names, required=self.required
        )

    def place(self, name: str) -> int:
        """Return the place of the value *name*, 0 first.

        Raises:
            UnknownName: If there is no such value.
        """
        names = [one for one, _ in self.statuses]
        if name not in names:
            raise UnknownName(f"value of {self.name!r}", name, names)
        return names.index(name)


@final
@attrs.frozen(kw_only=True)
class CustomObject:
    """A kind of thing that a host keeps: a vehicle, a pet, a site.

    Attributes:
        name: What one of them is called.
        meaning: What it is, in a sentence.
        fields: Its fields.
        statuses: Its statuses.

    Raises:
        InvalidValue: If it has no name, two fields or statuses share one, or there is none.
    """

    name: str
    meaning: str
    fields: tuple[CustomField, ...] = attrs.field(default=(), converter=tuple[CustomField, ...])
    statuses: tuple[CustomStatus, ...] = attrs.field(default=(), converter=tuple[CustomStatus, ...])

    def __attrs_post_init__(self) -> None:
        if not self.name:
            raise InvalidValue("an object needs a name: what one of them is called")
        names = [field.name for field in self.schema]
        if not names:
            raise InvalidValue(f"the object {self.name!r} needs a field or a status")
        for name in names:
            if names.count(name) > 1:
                raise InvalidValue(f"the object {self.name!r} has the field {name!r} twice; declare it once")

    @property
    def schema(self) -> tuple[CustomField, ...]:
        """Every field of it, then those that hold its statuses."""
        return (*self.fields, *(status.field for status in self.statuses))


def check_objects(
    rows: Iterable[Mapping[str, object]], custom_object: CustomObject, *, source: str
) -> tuple[list[Fields], list[Problem]]:
    """Return what fits *custom_object* of each row, row by row, and a problem for each value that does not.

    Each row is checked as `check_fields` does, and named in its problems by its
    number, the first being 1.  No row is left out: one without a good value, or that is
    no mapping, is empty.

    >>> car = CustomObject(
    ...     name="car", meaning="what they drive", fields=[CustomField(name="plate", meaning="number plate")]
    ... )
    >>> good, [problem] = check_objects([{"plate": "B-1"}, {"plat": "B-2"}], car, source="garage")
    >>> good, str(problem)
    ([(('plate', 'B-1'),), ()], "garage, row 2, plat: no such field. Did you mean 'plate'?")
    """
    schema = custom_object.schema
    checked = [_checked(row, schema, source, place) for place, row in enumerate(rows, 1)]
    return [good for good, _ in checked], [problem for _, problems in checked for problem in problems]


def _checked(
    row: object, schema: tuple[CustomField, ...], source: str, place: int
) -> tuple[Fields, list[Problem]]:
    if isinstance(row, Mapping):
        return check_fields(row, schema, source=source, row=place)
    return (), [Problem(source=source, row=place, reason="is no mapping of names to values")]
