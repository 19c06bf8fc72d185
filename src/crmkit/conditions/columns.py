"""Columns of customers: the one columnar form of what conditions read, for bulk functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, final

import attrs
import numpy as np

from crmkit.conditions.arrays.column import Column, Numbers, as_codes, as_numbers, column_of
from crmkit.conditions.arrays.tables import columns_in
from crmkit.conditions.nodes import Condition, Node, field_names, uses_facts, uses_time, walk
from crmkit.conditions.operands import identity, observed
from crmkit.conditions.subject import Subject, instant_of, same_instant, subject_of
from crmkit.conditions.terms import Distinct, Facts, Greatest, Least, Sum
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import ActivityColumns, Profile, instant
from crmkit.model.columns import UNKNOWN_AMOUNT, Coded, Ints, coded, columns_of_each

__all__ = [
    "HELD",
    "Column",
    "Numbers",
    "ProfileColumns",
    "activity_column",
    "activity_names",
    "at_one_instant",
    "profile_columns_from",
    "profile_columns_of",
]

HELD: Final = frozenset({"id", "kind", "at", "amount_minor", "currency", "channel", "account_id"})
"""What the columns of activities hold without being asked."""


@final
@attrs.frozen(kw_only=True, eq=False)
class ProfileColumns:
    """What is known of many customers at one instant, as columns.

    Attributes:
        fields: Columns by name, each of shape ``(size,)``.
        size: Number of customers.
        as_of: The instant it is true of, or None if nothing asks about time.
        activities: Their histories, or None if nothing asks about them.
        place: Shape ``(size,)``: the place of each customer in ``activities.customers``,
            -1 for one without a history.
    """

    fields: Mapping[str, Column]
    size: int
    as_of: dt.datetime | None = attrs.field(default=None, converter=attrs.converters.optional(instant))
    activities: ActivityColumns | None = None
    place: Ints | None = None

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        return f"ProfileColumns({self.size:,} customers; {', '.join(sorted(self.fields))})"


def profile_columns_of(
    profiles: Iterable[Profile | Mapping[str, object]],
    *conditions: Condition,
    as_of: dt.datetime | None = None,
) -> ProfileColumns:
    """Return *profiles* as columns that hold what *conditions* ask about, in their order.

    >>> from crmkit.conditions import F
    >>> profile_columns_of([{"tier": 4}, {}], F.tier >= 3)
    ProfileColumns(2 customers; tier)

    Raises:
        InvalidValue: As `conditions.evaluate` of one of them.
        Contradiction: If they are true of different instants.
    """
    subjects = [subject_of(profile, as_of=as_of) for profile in profiles]
    instants = {subject.as_of for subject in subjects}
    if len(instants - {None}) > 1:
        raise Contradiction("the profiles are true of different instants; make profiles as of one instant")
    if len(instants) > 1 and any(uses_time(one) for one in conditions):
        raise InvalidValue("the conditions ask about time, and some profiles have no instant; pass as_of=…")
    names = sorted(frozenset().union(*(field_names(one) for one in conditions)))
    facts = None
    if any(uses_facts(one) for one in conditions):
        props = frozenset().union(*(activity_names(one) for one in conditions)) - HELD
        facts = columns_of_each([_history(subject) for subject in subjects], props=sorted(props))
    return ProfileColumns(
        fields={name: column_of(subject.read(name) for subject in subjects) for name in names},
        size=len(subjects),
        as_of=next(iter(instants - {None}), as_of),
        activities=facts,
        place=None if facts is None else _places((f"{row:012d}" for row in range(len(subjects))), facts),
    )


def profile_columns_from(
    table: Any,
    *,
    fields: Collection[str] | None = None,
    as_of: dt.datetime | None = None,
    activities: ActivityColumns | None = None,
    key: str = "id",
) -> ProfileColumns:
    """Return a table of customers, a row each, as columns, in its order.

    Args:
        table: Any data frame, lazy ones are collected; or lists or arrays by
            name.  Instants are aware, lists of texts are sets.
        fields: The columns to hold; all if None.
        as_of: The instant it is true of.
        activities: The histories of the customers.
        key: The column that holds the customers' ids, needed with *activities*.

    >>> profile_columns_from({"id": ["c1", "c2"], "tier": [4, None]})
    ProfileColumns(2 customers; id, tier)

    Raises:
        UnknownName: If there is no column *key*; the closest there is is offered.
        InvalidValue: If a column holds NaN, naive instants or whole numbers that pandas
            has made decimal, columns differ in length, or the table is none.
    """
    asked = None if fields is None else {*fields, *([key] if activities is not None else [])}
    columns, size = columns_in(table, asked)
    place = None
    if activities is not None:
        if key not in columns:
            raise UnknownName("column", key, columns)
        ids = as_codes(columns[key])
        place = np.append(_places(map(str, ids.values), activities), -1)[ids.codes]
    return ProfileColumns(
        fields=columns if fields is None else {name: columns[name] for name in fields if name in columns},
        size=size,
        as_of=as_of,
        activities=activities,
        place=place,
    )


def activity_column(activities: ActivityColumns, name: str) -> Column:
    """Return what activities say under *name*: their own attributes, then their props.

    Raises:
        InvalidValue: If the columns do not hold it.
    """
    match name:
        case "at":
            return Numbers(sort="instant", values=activities.at)
        case "amount_minor":
            amounts = activities.amount_minor
            return Numbers(sort="number", values=amounts, known=amounts != UNKNOWN_AMOUNT)
        case "kind":
            return Coded(codes=activities.kind, values=activities.kinds)
        case "currency":
            return Coded(codes=activities.currency, values=activities.currencies)
        case "channel":
            return Coded(codes=activities.channel, values=activities.channels)
        case "account_id":
            return Coded(codes=activities.account, values=activities.accounts)
        case "id":
            return coded(activities.id.tolist())
    held = activities.props.get(name)
    if held is None:
        raise InvalidValue(
            f"the condition reads the activities' {name!r}, which the columns do not hold; "
            f"make them with columns_of(activities, props=({name!r},))"
        )
    return as_numbers(_merged(held))


def activity_names(node: Node) -> frozenset[str]:
    """Return the names under which *node* reads activities."""
    names: set[str] = set()
    for one in walk(node):
        if isinstance(one, Facts) and one.where is not None:
            names |= field_names(one.where)
        elif isinstance(one, (Sum, Least, Greatest, Distinct)):
            names.add(one.of)
    return frozenset(names)


def at_one_instant(columns: ProfileColumns, as_of: dt.datetime | None) -> ProfileColumns:
    """Return *columns* as of the instant that is asked about.

    Raises:
        Contradiction: If they are true of another.
    """
    same_instant(columns.as_of, as_of)
    return columns if as_of is None else attrs.evolve(columns, as_of=as_of)


def _history(subject: Subject) -> Sequence[Any]:
    until = instant_of(subject)
    if subject.activities is None:
        raise InvalidValue("the condition asks about activities: give each mapping the key 'activities'")
    return [fact for fact in subject.activities if fact.at <= until]


def _places(ids: Iterable[str], activities: ActivityColumns) -> Ints:
    place = {name: place for place, name in enumerate(activities.customers)}
    return np.array([place.get(one, -1) for one in ids], np.int64)


def _merged(column: Coded) -> Coded:
    """Return *column* as conditions observe it: what they cannot tell apart has one code."""
    seen = [observed(value) for value in column.values]
    merged: dict[object, int] = {}
    places = [merged.setdefault(identity(value), len(merged)) for value in seen]
    if len(merged) == len(seen):
        return attrs.evolve(column, values=tuple(seen))
    return Coded(
        codes=np.array([*places, -1], np.int64)[column.codes],
        values=tuple(seen[places.index(place)] for place in range(len(merged))),
    )
