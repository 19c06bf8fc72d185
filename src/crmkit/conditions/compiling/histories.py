"""Terms over activities as functions of a history: what the reference says, only sooner."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from types import FunctionType
from typing import Any, Final, TypeAlias

from crmkit.calendars import Duration, earlier
from crmkit.conditions.compiling.pieces import (
    attribute,
    between,
    call,
    code_of,
    compare,
    give_back,
    name,
    those,
)
from crmkit.conditions.evaluate import summary_of, value_of
from crmkit.conditions.nodes import FactTerm
from crmkit.conditions.subject import Subject
from crmkit.conditions.terms import (
    AMOUNT,
    Age,
    Count,
    Distinct,
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
    within, before = term.facts.within, term.facts.before
    # the end of a history is found without the rest, unless asking the rest may raise
    lazily = where is None and isinstance(term, (First, Last))
    choose = _choosing(term, where, lazily=lazily)
    summarize = _end if lazily else _summarizing(term)

    def value(at: dt.datetime | None, activities: _Facts | None) -> object:
        if at is None or activities is None:  # the reference says what is missing
            return value_of(term, Subject(read=_nothing, as_of=at, activities=activities))
        since = None if within is None else _before(at, within)
        until = at if before is None else _before(at, before)
        return summarize(choose(activities, since, until, at), at)

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


def _before(at: dt.datetime, duration: Duration) -> dt.datetime:
    """Return `earlier`, which says what is wrong; *at* is in UTC already."""
    try:
        return at - duration if type(duration) is dt.timedelta else earlier(at, duration)
    except OverflowError:
        return earlier(at, duration)


def _choosing(term: FactTerm, where: Where | None, *, lazily: bool) -> Callable[..., Any]:
    """Return the function that chooses facts, as a list, or lazily one by one: of `Last`, the last one first."""
    facts, happened = term.facts, attribute("fact", "at")
    kinds: object = facts.kinds[0] if len(facts.kinds) == 1 else frozenset(facts.kinds)
    tests: list[ast.expr] = []
    if facts.kinds:
        tests.append(
            compare(attribute("fact", "kind"), "==" if len(facts.kinds) == 1 else "in", name("kinds"))
        )
    if facts.within is None:
        tests.append(compare(happened, "<=", name("until")))
    else:
        tests.append(between(name("since"), happened, name("until")))
    if where is not None:
        tests.append(call("where", name("fact"), name("at")))
    backwards = lazily and isinstance(term, Last)
    activities = call("reversed", name("activities")) if backwards else name("activities")
    code = code_of(
        ("activities", "since", "until", "at"),
        give_back(those("fact", activities, tests, lazily=lazily)),
    )
    given = {"__builtins__": {}, "reversed": reversed, "kinds": kinds, "where": where}
    return FunctionType(code, given, "chosen")


def _end(facts: Iterator[Activity], _: dt.datetime) -> dt.datetime | None:
    """Return the instant of the first of *facts* as they come."""
    return getattr(next(facts, None), "at", None)


def _summarizing(term: FactTerm) -> Callable[[_Facts, dt.datetime], object]:
    match term:
        case Count():
            return lambda facts, _: len(facts)
        case Sum(of=field) if field == AMOUNT:
            return lambda facts, _: None if (found := _amounts(facts)) is None else sum(found)
        case Least(of=field) if field == AMOUNT:
            return lambda facts, _: min(_amounts(facts) or (), default=None)
        case Greatest(of=field) if field == AMOUNT:
            return lambda facts, _: max(_amounts(facts) or (), default=None)
        case Distinct(of=field) if field in _TEXTS:
            read = attrgetter(field)
            return lambda facts, _: len({read(fact) for fact in facts} - {None})
        case _:
            return lambda facts, at: summary_of(term, facts, Subject(read=_nothing, as_of=at))


def _amounts(facts: _Facts) -> list[int] | None:
    """Return the amounts, or None if they are of more than one currency."""
    paid = [(fact.currency, amount) for fact in facts if (amount := fact.amount_minor) is not None]
    return None if len({currency for currency, _ in paid}) > 1 else [amount for _, amount in paid]
