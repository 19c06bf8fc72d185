"""Asking: a condition as statements that ask it, and then go one of three ways."""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Final

import attrs

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.compiling.histories import HELD, OfHistory, Where, elapsed, of_history
from crmkit.conditions.compiling.pieces import assign, call, code_of, constant, leave, once
from crmkit.conditions.compiling.reading import Draft, history, read, subject
from crmkit.conditions.compiling.values import of_tags, of_value
from crmkit.conditions.compiling.ways import Ways, by, by_answer, remembered, returning
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    Condition,
    Contains,
    FactTerm,
    In,
    Known,
    Leaf,
    Not,
    Or,
)
from crmkit.conditions.terms import Age, Arithmetic, Constant, Field, Term, TrueSince, Until

_DEEPEST: Final = 12
"""Joined conditions within each other become code down to here: Python nests 20 loops at most."""


def asking(condition: Condition, draft: Draft, ways: Ways, depth: int = 0) -> list[ast.stmt]:
    """Return the statements that ask *condition* and then go one of the ways."""
    if depth < _DEEPEST:
        match condition:
            case And() | Or():
                return _joined(condition, draft, ways, depth)
            case Not(part=part):
                return asking(part, draft, Ways(ways.false, ways.true, ways.unknown), depth + 1)
    if draft.traces:
        ways = remembered(ways, f"part_{len(draft.parts)}")
        draft.parts.append(condition)
    match condition:
        case And() | Or() | Not():
            return _by_reference("verdict", condition, draft, ways)
        case Always(verdict=answer):
            return by(draft.given(answer), ways)
        case _:
            return _leaf(condition, draft, ways)


def _joined(condition: And | Or, draft: Draft, ways: Ways, depth: int) -> list[ast.stmt]:
    """Return the statements that ask part by part until the answer is decided."""
    so_far, both = f"so_far_{depth}", isinstance(condition, And)
    decided: list[ast.stmt] = [assign(so_far, constant(not both)), leave()]
    unknown: list[ast.stmt] = [assign(so_far, constant(None))]
    of_part = Ways([], decided, unknown) if both else Ways(decided, [], unknown)
    asked = [step for part in condition.parts for step in asking(part, draft, of_part, depth + 1)]
    return [assign(so_far, constant(both)), once(asked), by_answer(ways, so_far)]


# --- conditions without parts: the term that they ask about, and what they say of its value


def _leaf(leaf: Leaf, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that ask a leaf of the value of its one term."""
    match leaf:
        case Contains(container=Field(name="tags"), item=tag) if type(tag) is str and draft.of == "profile":
            return of_tags(draft.given(tag), ways)
    asked = _about_held(leaf)
    value = None if asked is None else _value_of(asked[0], draft)
    if asked is None or value is None:
        return _by_reference("leaf_verdict", leaf, draft, ways)
    return [assign("value", value), *of_value(asked[1], draft, ways)]


def _about_held(leaf: Leaf) -> tuple[Term, Leaf] | None:
    """Return the term that *leaf* compares with a constant, and *leaf* about a field that holds its value."""
    match leaf:
        case Compare(
            left=Age(of=term) | Until(of=term) as span, right=Constant(value=LocalDays() | Months())
        ):
            return term, attrs.evolve(leaf, left=attrs.evolve(span, of=HELD))
        case Compare(left=term, right=Constant()):
            return term, attrs.evolve(leaf, left=HELD)
        case In(value=term) | Known(value=term):
            return term, attrs.evolve(leaf, value=HELD)
        case Contains(container=term):
            return term, attrs.evolve(leaf, container=HELD)
        case _:
            return None


def _value_of(term: Term, draft: Draft) -> ast.expr | None:
    """Return the expression for the value of *term*, or None if the reference has to be asked."""
    match term:
        case Field(name=field):
            return read(field, draft)
        case Age(of=mark) | Until(of=mark):
            of = _value_of(mark, draft)
            return None if of is None else call(draft.given(elapsed(term)), of, history(draft)[0])
        case Constant() | Arithmetic() | TrueSince():
            return None
        case _:
            return call(draft.given(_of_history(term)), *history(draft))


def _of_history(term: FactTerm) -> OfHistory:
    where = term.facts.where
    return of_history(term, None if where is None else _of_activities(where))


def _of_activities(where: Condition) -> Where:
    """Return *where* as a function of one activity and the instant that is asked at."""
    draft = Draft("fact")
    body = asking(where, draft, returning())
    return FunctionType(code_of(("fact", "at"), body), draft.names, "compiled")


def _by_reference(function: str, condition: Condition, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that ask a function of the reference about the whole subject."""
    return by(call(function, draft.given(condition), subject(draft)), ways)
