"""Overruling: what a person says that columns mean, for the files that have them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from crmkit.errors import InvalidValue, UnknownName
from crmkit.workflows.intake.headings import ACTIVITY_HEADINGS, RECORD_HEADINGS
from crmkit.workflows.intake.tables import Table

Overrule: TypeAlias = Mapping[str, str | Sequence[str]]
"""The column that says a field, or the columns."""

_Headings: TypeAlias = Mapping[str, Mapping[str, int]]
_Pair: TypeAlias = tuple[str, str]
_Place: TypeAlias = tuple[Table, _Headings, list[_Pair]]


def overrules(
    texts: Iterable[str], *, records: Sequence[Table] = (), activities: Sequence[Table] = ()
) -> tuple[list[dict[str, tuple[str, ...]]], list[dict[str, tuple[str, ...]]]]:
    """Return "field=column" texts as the *overrule* of each table of records, and of activities.

    Each goes to the tables that have the column, where their subject has the
    field.  Where one column would so be two fields of a table, the field that
    only this subject has is meant: with ``id=cust`` and ``customer_id=cust``,
    "cust" is the id of a record and the customer of an activity.

    Raises:
        InvalidValue: If a text is not of the form "field=column".
        UnknownName: If no subject given has the field, or no table of it the column.
    """
    places: list[_Place] = [(table, RECORD_HEADINGS, []) for table in records]
    places += [(table, ACTIVITY_HEADINGS, []) for table in activities]
    for text in texts:
        field, equals, column = (part.strip() for part in text.partition("="))
        if not (field and equals and column):
            raise InvalidValue("--map takes field=column, such as --map email=Contact")
        with_field = [place for place in places if field in place[1]]
        if not with_field:
            raise UnknownName("field", field, {name for _, headings, _ in places for name in headings})
        with_column = [place for place in with_field if column in place[0].columns]
        if not with_column:
            raise UnknownName(
                "column", column, {name for table, _, _ in with_field for name in table.columns}
            )
        for _, _, pairs in with_column:
            pairs.append((field, column))
    found = [
        _overrule(
            pairs, elsewhere=[pair for _, other, there in places if other is not headings for pair in there]
        )
        for _, headings, pairs in places
    ]
    return found[: len(records)], found[len(records) :]


def _overrule(pairs: Sequence[_Pair], *, elsewhere: Collection[_Pair]) -> dict[str, tuple[str, ...]]:
    """Return the columns by field, without fields that are meant for the other subject."""
    own = {column for field, column in pairs if (field, column) not in elsewhere}
    columns: dict[str, tuple[str, ...]] = {}
    for field, column in dict.fromkeys(pairs):
        if (field, column) not in elsewhere or column not in own:
            columns[field] = (*columns.get(field, ()), column)
    return columns
