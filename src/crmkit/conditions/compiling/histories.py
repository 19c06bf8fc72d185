"""Terms over activities as functions of a history: what the reference says, only sooner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, TypeAlias

from crmkit.calendars import earlier
from crmkit.conditions.evaluate import summary_of, value_of
from crmkit.conditions.nodes import FactTerm
from crmkit.conditions.subject import Subject
from crmkit.conditions.terms import (
    AMOUNT,
    Age,
    Count,
    Distinct,
    Facts,
    Field,
    First,
    Greatest,
    Last,
    Least,
    Sum,
    Until,
)
from crmkit.model import Activity

OfHistory: TypeAlias = Callable[[dt.datetime | None, Sequence[Activity] | None], object]
Where: TypeAlias = Callable[[Activity, dt.datetime], bool | None]

_Facts: TypeAlias = Sequence[Activity]

HELD: Final = Field(name="held")
"""The field that stands in place of a term whose value is known already."""

_TEXTS: Final = frozenset({"id", "kind", "channel", "currency", "account_id", "source"})
"""Fields of an activity that hold text and nothing else."""


def of_history(term: FactTerm, where: Where | None) -> OfHistory:
    """Return the function that gives *term*'s value; *where* is the one of its facts, compiled."""
    choose, summarize = _choosing(term.facts, where), _summarizing(term)

    def value(at: dt.datetime | None, activities: _Facts | None) -> object:
        if at is None or activities is None:  # the reference says what is missing
            return value_of(term, Subject(read=_nothing, as_of=at, activities=activities))
        return summarize(choose(at, activities), at)

    return value


def elapsed(span: Age | Until) -> Callable[[object, dt.datetime | None], object]:
    """Return the function that gives *span*'s value of what it is measured from, and an instant."""
    reference, sign = type(span)(of=HELD), 1 if isinstance(span, Age) else -1

    def value(mark: object, at: dt.datetime | None) -> object:
        if at is not None and type(mark) is dt.datetime and mark.tzinfo is dt.UTC:
            return sign * (at - mark)
        return value_of(reference, Subject(read=lambda _: mark, as_of=at))

    return value


def _nothing(_: str) -> None:
    return None


def _choosing(facts: Facts, where: Where | None) -> Callable[[dt.datetime, _Facts], _Facts]:
    kinds, within, before = frozenset(facts.kinds), facts.within, facts.before

    def chosen(at: dt.datetime, activities: _Facts) -> _Facts:
        since = None if within is None else earlier(at, within)
        until = at if before is None else earlier(at, before)
        found = [fact for fact in activities if fact.kind in kinds] if kinds else activities
        if since is None:
            found = [fact for fact in found if fact.at <= until]
        else:
            found = [fact for fact in found if since < fact.at <= until]
        return found if where is None else [fact for fact in found if where(fact, at)]

    return chosen


def _summarizing(term: FactTerm) -> Callable[[_Facts, dt.datetime], object]:
    match term:
        case Count():
            return lambda facts, _: len(facts)
        case First():
            return lambda facts, _: facts[0].at if facts else None
        case Last():
            return lambda facts, _: facts[-1].at if facts else None
        case Sum(of=name) if name == AMOUNT:
            return lambda facts, _: None if (found := _amounts(facts)) is None else sum(found)
        case Least(of=name) if name == AMOUNT:
            return lambda facts, _: min(_amounts(facts) or (), default=None)
        case Greatest(of=name) if name == AMOUNT:
            return lambda facts, _: max(_amounts(facts) or (), default=None)
        case Distinct(of=name) if name in _TEXTS:
            read = attrgetter(name)
            return lambda facts, _: len({read(fact) for fact in facts} - {None})
        case _:
            return lambda facts, at: summary_of(term, facts, Subject(read=_nothing, as_of=at))


def _amounts(facts: _Facts) -> list[int] | None:
    """Return the amounts, or None if they are of more than one currency."""
    paid = [(fact.currency, amount) for fact in facts if (amount := fact.amount_minor) is not None]
    return None if len({currency for currency, _ in paid}) > 1 else [amount for _, amount in paid]
