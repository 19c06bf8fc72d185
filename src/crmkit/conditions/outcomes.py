"""Outcomes: which verdicts several conditions can come to together, of whomever they are asked.

Each term is taken to hold any value, and of each stretch of values that no
comparison tells apart one stands for all; the reference evaluates the
conditions for each combination of these.  Terms are taken to be independent, so
that every combination of verdicts that can happen is found, and a few that
cannot: what never comes out here never happens.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Final, TypeAlias, cast, get_args

import attrs

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.evaluate import verdict
from crmkit.conditions.nodes import Always, And, Compare, Condition, In, Known, Leaf, Not, Or
from crmkit.conditions.operands import ORDERED, OperandOrSet, identity, sort_of
from crmkit.conditions.subject import Subject
from crmkit.conditions.terms import Constant, Count, Distinct, Field, Streak, Term, term_sort

Verdicts: TypeAlias = tuple[bool | None, ...]

# A term, or a whole leaf about which nothing more is known than its three verdicts.
_Thing: TypeAlias = Term | Leaf

MOST_COMBINATIONS: Final = 20_000
_MICROSECOND: Final = dt.timedelta(microseconds=1)
# A decimal number is of no sort: known, and like nothing that a condition can state.
_SOMETHING_ELSE: Final = 0.5
_NEXT: Final[dict[str, Callable[[Any], object]]] = {
    "number": lambda value: value + 1,
    "text": lambda value: value + "\0",
    "instant": lambda value: value + _MICROSECOND,
    "date": lambda value: value + dt.timedelta(days=1),
    "duration": lambda value: value + _MICROSECOND,
}
_BELOW: Final[dict[str, Callable[[Any], object]]] = {
    "number": lambda value: value - 1,
    "text": lambda _: "",
    "instant": lambda value: value - _MICROSECOND,
    "date": lambda value: value - dt.timedelta(days=1),
    "duration": lambda value: value - _MICROSECOND,
}


def outcomes(conditions: Sequence[Condition]) -> frozenset[Verdicts] | None:
    """Return the combinations of verdicts of *conditions*, or None if too many values would have to be tried.

    >>> from crmkit.conditions import F
    >>> sorted(outcomes([F.tier >= 3, F.tier < 2]), key=str)
    [(False, False), (False, True), (None, None), (True, False)]
    """
    compared = _compared(conditions)
    pools = [_stand_ins(thing, constants) for thing, constants in compared.items()]
    if math.prod(len(pool) for pool in pools) > MOST_COMBINATIONS:
        return None
    fields = {thing: Field(name=str(place)) for place, thing in enumerate(compared)}
    asked = [_about(condition, fields) for condition in conditions]
    names = [field.name for field in fields.values()]
    return frozenset(
        tuple(verdict(one, subject) for one in asked)
        for values in product(*pools)
        for subject in (Subject(read=dict(zip(names, values, strict=True)).get),)
    )


def effort(conditions: Sequence[Condition]) -> int:
    """Return about how many comparisons `outcomes` makes of *conditions*."""
    compared = _compared(conditions)
    stated = sum(1 + len(constants) for constants in compared.values())
    combinations = math.prod(len(_stand_ins(thing, constants)) for thing, constants in compared.items())
    return stated * (1 + combinations if combinations <= MOST_COMBINATIONS else 1)


def may_depend(one: Condition, other: Condition) -> bool:
    """Return whether the verdict of *one* could tell anything of that of *other*: they ask about one thing, or none.

    >>> from crmkit.conditions import F
    >>> may_depend(F.tier >= 3, F.tier < 2), may_depend(F.tier >= 3, F.stage == "new")
    (True, False)
    """
    things, others = _compared([one]).keys(), _compared([other]).keys()
    return not things or not others or not things.isdisjoint(others)


def _compared(conditions: Iterable[Condition]) -> dict[_Thing, list[OperandOrSet]]:
    """Return what *conditions* ask about, each with the values that it is compared with."""
    compared: dict[_Thing, list[OperandOrSet]] = {}
    for condition in conditions:
        for leaf in _leaves(condition):
            thing, constants = _asked(leaf)
            if thing is not None:
                compared.setdefault(thing, []).extend(constants)
    return compared


def _leaves(condition: Condition) -> Iterator[Leaf]:
    match condition:
        case And() | Or():
            for part in condition.parts:
                yield from _leaves(part)
        case Not():
            yield from _leaves(condition.part)
        case _:
            yield condition


def _asked(leaf: Leaf) -> tuple[_Thing | None, tuple[OperandOrSet, ...]]:
    """Return what *leaf* asks about, None if that is a constant, and what it is compared with."""
    match leaf:
        case Always() | Known(value=Constant()) | In(value=Constant()):
            return None, ()
        case Compare(left=Constant(), right=Constant()):
            return None, ()
        case Known(value=value):
            return value, ()
        case In(value=value, options=options) if not any(_is_calendar(one) for one in options):
            return value, tuple(options)
        case Compare(left=left, right=Constant(value=value)) if not _is_calendar(value):
            return left, (value,)
        case Compare(left=Constant(value=value), right=right):
            return right, (value,)
        case _:
            return leaf, (True,)


def _is_calendar(value: object) -> bool:
    return isinstance(value, (LocalDays, Months))


def _about(condition: Condition, fields: Mapping[_Thing, Field]) -> Condition:
    """Return *condition* with a field in place of each thing that it asks about."""
    match condition:
        case And() | Or():
            return attrs.evolve(condition, parts=tuple(_about(part, fields) for part in condition.parts))
        case Not():
            return Not(part=_about(condition.part, fields))
    thing, _ = _asked(condition)
    if thing is None:
        return condition
    field = fields[thing]
    match condition:
        case Compare(left=left) if left == thing:
            return attrs.evolve(condition, left=field)
        case Compare(right=right) if right == thing:
            return attrs.evolve(condition, right=field)
        case In() | Known() if condition.value == thing:
            return attrs.evolve(condition, value=field)
        case _:
            return Compare(op="==", left=field, right=Constant(value=True))


def _stand_ins(thing: _Thing, constants: Sequence[OperandOrSet]) -> list[object]:
    """Return one value for each stretch that *constants* cannot tell apart, and None if it can be unknown."""
    counted = isinstance(thing, (Count, Distinct, Streak))
    only = "truth" if isinstance(thing, get_args(Leaf)) else term_sort(cast("Term", thing))
    by_sort: dict[str, list[OperandOrSet]] = {"number": [0]} if counted else {}
    for constant in constants:
        by_sort.setdefault(str(sort_of(constant)), []).append(constant)
    values: list[object] = []
    for sort, stated in by_sort.items():
        if only in {None, sort}:
            values += _points(sort, stated)
    if counted:
        values = [value for value in values if isinstance(value, int) and value >= 0]
    if only is None or not values:
        values.append(_SOMETHING_ELSE)
    return values if counted else [*values, None]


def _points(sort: str, stated: Sequence[Any]) -> list[object]:
    """Return *stated*, what follows each of them, and what lies below them all."""
    if sort == "truth":
        return [True, False]
    found: list[object] = list(stated)
    if sort in ORDERED:
        found += _reached(_BELOW[sort], min(stated))
        for one in stated:
            found += _reached(_NEXT[sort], one)
    else:
        found.append(frozenset({_SOMETHING_ELSE}))
    return list({identity(one): one for one in found}.values())


def _reached(step: Callable[[Any], object], value: object) -> list[object]:
    try:
        return [step(value)]
    except OverflowError:  # the end of the calendar: nothing lies beyond
        return []
