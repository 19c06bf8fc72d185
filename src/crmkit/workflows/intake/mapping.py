"""Mapping: which column says what, recognised by name and by content, and overruled by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, final

import attrs

from crmkit.display import html_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model.identity import free_id
from crmkit.workflows.intake.cells import text_of
from crmkit.workflows.intake.contents import (
    is_date,
    is_email,
    is_phone,
    looks_like,
    looks_like_birthdays,
)
from crmkit.workflows.intake.headings import ACTIVITY_HEADINGS, RECORD_HEADINGS, SEVERAL, rank
from crmkit.workflows.intake.kinds import party_kind
from crmkit.workflows.intake.overruling import Overrule
from crmkit.workflows.intake.tables import Table

RECORDS: Final = "records"
ACTIVITIES: Final = "activities"
PROPS: Final = frozenset(("order_id", "product_id", "quantity", "cost_minor", "guests", "lines"))
"""Props that intake writes itself."""

_RESERVED: Final = {RECORDS: frozenset(RECORD_HEADINGS), ACTIVITIES: PROPS}
"""Names that mean something; a column of such a name that was not recognised gets another."""


@final
@attrs.frozen
class Recognised:
    """One column that was recognised.

    Attributes:
        field: What it says.
        column: Its name in the file.
        how: "by name", "by content" or "by --map".
    """

    field: str
    column: str
    how: str

    def __str__(self) -> str:
        return f"{self.column} → {self.field}, {self.how}"


@final
@attrs.frozen(kw_only=True)
class ColumnMap:
    """Which column of a table says what.

    Attributes:
        subject: "records" or "activities".
        recognised: The columns with a meaning, in the order of the table.
        custom: The others as pairs of custom field (or prop) and column, in order;
            each name stands once, and none is one that means something.
    """

    subject: str
    recognised: tuple[Recognised, ...] = ()
    custom: tuple[tuple[str, str], ...] = attrs.field(default=())

    @custom.validator
    def _told_apart(self, _: object, custom: tuple[tuple[str, str], ...]) -> None:
        taken = set(_RESERVED.get(self.subject, ()))
        for name, column in custom:
            if name in taken:
                raise InvalidValue(
                    f"the column {column!r} cannot be kept as {name!r}, which says something else; "
                    "give it a name of its own"
                )
            taken.add(name)

    def __str__(self) -> str:
        others = [f"{column} → {name}, as it is" for name, column in self.custom]
        return "\n".join([*(str(one) for one in self.recognised), *others])

    def _repr_html_(self) -> str:
        rows = [(one.column, one.field, one.how) for one in self.recognised]
        others = [(column, name, "as it is") for name, column in self.custom]
        return html_table(("column", "field", "recognised"), [*rows, *others], caption=self.subject)

    def columns(self, field: str) -> tuple[str, ...]:
        """Return the columns that say *field*, in the order of the table."""
        return tuple(one.column for one in self.recognised if one.field == field)


def map_records(table: Table, *, overrule: Overrule | None = None) -> ColumnMap:
    """Return what each column of *table* says of a record.

    Columns are recognised by name, then the rest by content: e-mails, phones,
    birthdays.  *overrule* maps a field to the column that says it, and wins; a
    field that may have several columns may be given several.  What is left
    over becomes custom fields under its own name, or as "kind (as given)"
    where that name means something.

    Raises:
        UnknownName: If *overrule* names a field or a column that is not there.
        InvalidValue: If it gives a field several columns that has one, or a column two fields.
    """
    by_hand = _by_hand(table, overrule or {}, RECORD_HEADINGS)
    named = [*by_hand, *_by_name(table, by_hand, RECORD_HEADINGS, fits=_says_parties)]
    return _column_map(RECORDS, table, [*named, *_records_by_content(table, named)])


def map_activities(table: Table, *, overrule: Overrule | None = None) -> ColumnMap:
    """Return what each column of *table* says of an activity, as `map_records` does.

    By content only the time is recognised.  What is left over becomes props.

    Raises:
        UnknownName: If *overrule* names a field or a column that is not there.
        InvalidValue: If it gives a field two columns, or a column two fields.
    """
    by_hand = _by_hand(table, overrule or {}, ACTIVITY_HEADINGS)
    named = [*by_hand, *_by_name(table, by_hand, ACTIVITY_HEADINGS)]
    return _column_map(ACTIVITIES, table, [*named, *_activities_by_content(table, named)])


_Headings = Mapping[str, Mapping[str, int]]


def _by_hand(table: Table, overrule: Overrule, headings: _Headings) -> list[Recognised]:
    found: list[Recognised] = []
    for field, given in overrule.items():
        columns = (given,) if isinstance(given, str) else tuple(given)
        if field not in headings:
            raise UnknownName("field", field, headings)
        if field not in SEVERAL and len(columns) > 1:
            raise InvalidValue(
                f"{table.source}: {field!r} has one column, not {_and(columns)}; give one of them"
            )
        for column in columns:
            if column not in table.columns:
                raise UnknownName("column", column, table.columns)
            other = next((one.field for one in found if one.column == column), None)
            if other is not None:
                raise InvalidValue(
                    f"{table.source}: the column {column!r} cannot be both {other!r} and {field!r}; "
                    "give it one field, or a copy of it in the file the other"
                )
            found.append(Recognised(field, column, "by --map"))
    return found


def _and(columns: Sequence[str]) -> str:
    return " and ".join(map(repr, columns))


def _by_name(
    table: Table,
    taken: Sequence[Recognised],
    headings: _Headings,
    *,
    fits: Callable[[str, Sequence[object]], bool] = lambda field, values: True,  # noqa: ARG005
) -> list[Recognised]:
    fields = {one.field for one in taken}
    free = [column for column in table.columns if column not in {one.column for one in taken}]
    found: list[Recognised] = []
    for field in headings:
        if field in fields:
            continue
        ranked = sorted(
            (place, free.index(column), column)
            for column in free
            if (place := rank(column, field, headings)) is not None and fits(field, table.column(column))
        )
        best = ranked if field in SEVERAL else ranked[:1]
        found += [Recognised(field, column, "by name") for _, _, column in best]
    return found


def _says_parties(field: str, values: Sequence[object]) -> bool:
    """Return whether a column can be what its name says; "kind" is too common a word to be trusted.

    Marks such as "?" say nothing for it or against it.
    """
    if field != "kind":
        return True
    words = [value for value in values if any(map(str.isalnum, text_of(value) or ""))]
    return looks_like(words, lambda text: party_kind(text) is not None)


def _records_by_content(table: Table, taken: Sequence[Recognised]) -> list[Recognised]:
    fields = {one.field for one in taken if one.how == "by --map"}
    tests: list[tuple[str, Callable[[Sequence[object]], bool]]] = [
        ("email", lambda values: looks_like(values, is_email)),
        ("phone", lambda values: looks_like(values, is_phone)),
    ]
    if not any(one.field == "born_on" for one in taken):
        tests.append(("born_on", looks_like_birthdays))
    return _by_content(table, taken, [test for test in tests if test[0] not in fields])


def _activities_by_content(table: Table, taken: Sequence[Recognised]) -> list[Recognised]:
    if any(one.field == "at" for one in taken):
        return []
    return _by_content(table, taken, [("at", lambda values: looks_like(values, is_date))])


def _by_content(
    table: Table,
    taken: Sequence[Recognised],
    tests: Sequence[tuple[str, Callable[[Sequence[object]], bool]]],
) -> list[Recognised]:
    columns = {one.column for one in taken}
    found: list[Recognised] = []
    for column in table.columns:
        if column in columns:
            continue
        for field, test in tests:
            alone = field not in SEVERAL and any(one.field == field for one in found)
            if not alone and test(table.column(column)):
                found.append(Recognised(field, column, "by content"))
                break
    return found


def _column_map(subject: str, table: Table, found: Sequence[Recognised]) -> ColumnMap:
    order = {column: place for place, column in enumerate(table.columns)}
    recognised = {one.column for one in found}
    reserved = _RESERVED[subject]
    return ColumnMap(
        subject=subject,
        recognised=tuple(sorted(found, key=lambda one: order[one.column])),
        custom=tuple(
            (free_id(f"{column} (as given)", order) if column in reserved else column, column)
            for column in table.columns
            if column not in recognised
        ),
    )
