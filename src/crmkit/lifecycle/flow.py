"""Flows: how many customers went from which stage to which, between two instants."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import final

import attrs

from crmkit.display import html_table, text_table
from crmkit.errors import InvalidValue
from crmkit.lifecycle.machine import Lifecycle
from crmkit.lifecycle.replay import stage_at
from crmkit.model import Activity, CustomerId, instant

_NOTHING_KNOWN: Mapping[str, object] = {}


@final
@attrs.frozen(kw_only=True)
class Flows:
    """Where customers stood at two instants, counted; `picture`, `diagram` and `table` draw it.

    A notebook shows the picture and the numbers.

    Attributes:
        machine: Name of the lifecycle.
        since: The first instant.
        as_of: The second.
        stages: The stages of the lifecycle, in its order.
        counts: How many stood in each stage at *since* (a row) and in each at *as_of* (a
            column), in the order of *stages*; who stayed stands on the diagonal.
    """

    machine: str
    since: dt.datetime
    as_of: dt.datetime
    stages: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def before(self) -> dict[str, int]:
        """How many stood in each stage at the first instant."""
        return dict(zip(self.stages, map(sum, self.counts), strict=True))

    @property
    def after(self) -> dict[str, int]:
        """How many stand in each stage at the second instant."""
        return dict(zip(self.stages, map(sum, zip(*self.counts, strict=True)), strict=True))

    @property
    def between(self) -> dict[tuple[str, str], int]:
        """How many went from one stage to another or stayed, by both; what nobody did is left out."""
        return {
            (source, target): count
            for source, row in zip(self.stages, self.counts, strict=True)
            for target, count in zip(self.stages, row, strict=True)
            if count
        }

    def __str__(self) -> str:
        return text_table(*matrix(self))

    def _repr_html_(self) -> str:
        from crmkit.lifecycle.drawing import picture

        return picture(self).svg + html_table(*matrix(self), caption=self.machine)


def flows(
    machine: Lifecycle,
    activities: Iterable[Activity],
    *,
    since: dt.datetime,
    as_of: dt.datetime,
    fields: Mapping[str, Mapping[str, object]] | None = None,
) -> Flows:
    """Return how the customers whose *activities* these are went through *machine* between two instants.

    Every customer counts once, in the initial stage where nothing has happened
    yet.  *fields* are the records' fields, by customer id, for guards that read them.

    >>> from crmkit.lifecycle import RETAIL
    >>> new_year, june = (dt.datetime(2024, month, 1, tzinfo=dt.UTC) for month in (1, 6))
    >>> visits = [("1", "ann", new_year), ("2", "bob", new_year), ("3", "bob", june)]
    >>> bought = [Activity(id=key, customer_id=who, kind="purchase", at=at) for key, who, at in visits]
    >>> flows(RETAIL, bought, since=new_year, as_of=june).between
    {('new', 'new'): 1, ('new', 'mature'): 1}

    Raises:
        InvalidValue: If an instant is naive, or *as_of* is not after *since*.
        Contradiction: If moves of equal priority could be made at once.
    """
    first, second = check_instants(since, as_of)
    histories: dict[CustomerId, list[Activity]] = {}
    for fact in activities:
        histories.setdefault(fact.customer_id, []).append(fact)
    pairs = Counter(
        tuple(
            stage_at(machine, facts, as_of=at, fields=(fields or {}).get(customer, _NOTHING_KNOWN))
            for at in (first, second)
        )
        for customer, facts in histories.items()
    )
    counts = tuple(tuple(pairs[source, target] for target in machine.stages) for source in machine.stages)
    return Flows(machine=machine.name, since=first, as_of=second, stages=machine.stages, counts=counts)


def check_instants(since: dt.datetime, as_of: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """Return two instants in UTC.

    Raises:
        InvalidValue: If one is naive, or the second is not after the first.
    """
    first, second = instant(since), instant(as_of)
    if first >= second:
        raise InvalidValue(f"as_of must be after since, which is {first.isoformat()}")
    return first, second


def days_of(found: Flows) -> tuple[str, str]:
    """Return the two instants as text that tells them apart: days, if two, else to the microsecond."""
    since, as_of = found.since, found.as_of
    if since.date() != as_of.date():
        return since.date().isoformat(), as_of.date().isoformat()
    return since.isoformat(sep=" "), as_of.isoformat(sep=" ")


def matrix(found: Flows) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the headings and rows of a table: from which stage, to each, and together."""
    rows = [
        (stage, *(f"{count:,}" if count else "" for count in row), f"{sum(row):,}")
        for stage, row in zip(found.stages, found.counts, strict=True)
    ]
    after = found.after.values()
    together = ("together", *(f"{count:,}" for count in after), f"{sum(after):,}")
    return (" → ".join(days_of(found)), *found.stages, "together"), [*rows, together]
