"""Asking: a condition as statements that ask it, and then go one of three ways."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterable
from types import FunctionType
from typing import Final

import attrs

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.compiling.histories import HELD, OfHistory, Where, elapsed, of_history
from crmkit.conditions.compiling.pieces import (
    all_hold,
    among,
    any_holds,
    assign,
    attribute,
    call,
    code_of,
    each,
    first_of,
    give_back,
    is_,
    is_none,
    name,
    once,
    when,
)
from crmkit.conditions.compiling.reading import Draft, history, read, subject
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    FactTerm,
    In,
    Known,
    Leaf,
    Not,
    Or,
)
from crmkit.conditions.terms import Age, Arithmetic, Constant, Field, Term, Until

_DEEPEST: Final = 12
"""Joined conditions within each other become code down to here: Python nests 20 loops at most."""

_ORDER: Final[dict[CompareOp, type[ast.cmpop]]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}
_PLAIN: Final[frozenset[type | None]] = frozenset({str, int, bool, dt.date, dt.timedelta})
"""Types whose values are observed as they are, and compare as Python compares them."""
_SIMPLE: Final = _PLAIN | {dt.datetime}
"""Types of constants that become code; of instants, only those in UTC are compared there."""


@attrs.frozen
class Ways:
    """What is done if a condition is true, false, or unknown."""

    true: list[ast.stmt]
    false: list[ast.stmt]
    unknown: list[ast.stmt]


def returning(beside: ast.expr | None = None) -> Ways:
    """Return the ways that return the verdict, with something *beside* it if that is given."""
    answers: list[ast.expr] = [ast.Constant(one) for one in (True, False, None)]
    told = answers if beside is None else [ast.Tuple([one, beside], ast.Load()) for one in answers]
    return Ways(*(give_back(one) for one in told))


def asking(condition: Condition, draft: Draft, ways: Ways, depth: int = 0) -> list[ast.stmt]:
    """Return the statements that ask *condition* and then go one of the ways."""
    if depth < _DEEPEST:
        match condition:
            case And() | Or():
                return _joined(condition, draft, ways, depth)
            case Not(part=part):
                return asking(part, draft, Ways(ways.false, ways.true, ways.unknown), depth + 1)
    if draft.traces:
        ways = _remembered(ways, f"part_{len(draft.parts)}")
        draft.parts.append(condition)
    match condition:
        case And() | Or() | Not():
            return _by_reference("verdict", condition, draft, ways)
        case Always(verdict=answer):
            return _by(draft.given(answer), ways)
        case _:
            return _leaf(condition, draft, ways)


def _remembered(ways: Ways, part: str) -> Ways:
    """Return *ways* that keep in *part* which of them was gone."""
    kept = [assign(part, ast.Constant(one)) for one in (True, False, None)]
    return Ways([kept[0], *ways.true], [kept[1], *ways.false], [kept[2], *ways.unknown])


def _joined(condition: And | Or, draft: Draft, ways: Ways, depth: int) -> list[ast.stmt]:
    """Return the statements that ask part by part until the answer is decided."""
    so_far, both = f"so_far_{depth}", isinstance(condition, And)
    decided: list[ast.stmt] = [assign(so_far, ast.Constant(not both)), ast.Break()]
    unknown: list[ast.stmt] = [assign(so_far, ast.Constant(None))]
    of_part = Ways([], decided, unknown) if both else Ways(decided, [], unknown)
    asked = [step for part in condition.parts for step in asking(part, draft, of_part, depth + 1)]
    return [assign(so_far, ast.Constant(both)), once(asked), _by_answer(ways, so_far)]


# --- conditions without parts: straight code for the values one expects, else the reference


def _leaf(leaf: Leaf, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that ask a leaf of the value of its one term."""
    match leaf:
        case Contains(container=Field(name="tags"), item=tag) if type(tag) is str and draft.of == "profile":
            return _of_tags(draft.given(tag), ways)
    asked = _about_held(leaf)
    value = None if asked is None else _value_of(asked[0], draft)
    if asked is None or value is None:
        return _by_reference("leaf_verdict", leaf, draft, ways)
    return [assign("value", value), *_of_value(asked[1], draft, ways)]


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
        case Constant() | Arithmetic():
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


def _of_value(leaf: Leaf, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that ask a leaf about `HELD` of the value that was read."""
    rare, none = _by(_rare(leaf, draft), ways), (is_none(name("value")), ways.unknown)
    match leaf:
        case Compare(op=op, left=Field(), right=Constant(value=constant)) if type(constant) in _SIMPLE:
            test: ast.expr = ast.Compare(name("value"), [_ORDER[op]()], [draft.given(constant)])
            return first_of([(_is_a(type(constant), draft), [_either(test, ways)]), none], rare)
        case In(options=options) if _type_of_all(options) in _PLAIN:
            test = among(name("value"), draft.given(options))
            return first_of([(_is_a(_type_of_all(options), draft), [_either(test, ways)]), none], rare)
        case Contains(item=item) if type(item) is str:
            return _of_container(leaf, draft, ways)
        case Known():
            plain = among(call("type", name("value")), draft.given(_PLAIN))
            return first_of([(plain, ways.true)], rare)
        case _:
            return rare


def _of_tags(text: ast.expr, ways: Ways) -> list[ast.stmt]:
    """Return the statements that look for a tag of a profile, without making the set of those that hold."""
    is_it = ast.Compare(attribute("tag", "name"), [ast.Eq()], [text])
    holds = all_hold(is_it, call("holds", name("tag"), name("profile")))
    found = when(holds, [assign("answer", ast.Constant(value=True)), ast.Break()], [])
    not_found = [assign("answer", ast.Constant(value=False))]
    look = each("tag", attribute("profile", "tags"), [found], not_found)
    return [look, _either(name("answer"), ways)]


def _of_container(leaf: Contains, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that look for a text in the value that was read, by its type.

    Only among texts is `in` as strict as the reference.  What a frozen set does
    not find it does not hold; what it finds may be no text.
    """
    text, rare = draft.given(leaf.item), _rare(leaf, draft)
    found = among(text, name("value"))
    is_other = ast.Compare(call("type", name("one")), [ast.IsNot()], [draft.given(str)])
    leave = when(is_other, [assign("answer", rare), ast.Break()], [])
    in_several = [each("one", name("value"), [leave], [assign("answer", found)]), _by_answer(ways)]
    sorts = (frozenset, list, tuple, set, str)
    is_frozen, *is_several, is_text = (is_(name("sort"), draft.given(sort)) for sort in sorts)
    choices = [
        (is_frozen, [when(found, in_several, ways.false)]),
        (any_holds(*is_several), in_several),
        (is_text, [_either(found, ways)]),
        (is_none(name("value")), ways.unknown),
    ]
    return [assign("sort", call("type", name("value"))), *first_of(choices, _by(rare, ways))]


def _rare(leaf: Leaf, draft: Draft) -> ast.expr:
    """Return the question to the reference what a leaf about `HELD` says of the value that was read."""
    moment = [history(draft)[0]] if isinstance(leaf, Compare) and leaf.left != HELD else []
    return call("of_value", draft.given(leaf), name("value"), *moment)


def _by_reference(function: str, condition: Condition, draft: Draft, ways: Ways) -> list[ast.stmt]:
    """Return the statements that ask a function of the reference about the whole subject."""
    return _by(call(function, draft.given(condition), subject(draft)), ways)


def _by(answer: ast.expr, ways: Ways) -> list[ast.stmt]:
    return [assign("answer", answer), _by_answer(ways)]


def _by_answer(ways: Ways, answer: str = "answer") -> ast.stmt:
    return when(name(answer), ways.true, [when(is_none(name(answer)), ways.unknown, ways.false)])


def _either(test: ast.expr, ways: Ways) -> ast.stmt:
    return when(test, ways.true, ways.false)


def _type_of_all(values: Iterable[object]) -> type | None:
    types = {type(value) for value in values}
    return types.pop() if len(types) == 1 else None


def _is_a(type_: type | None, draft: Draft) -> ast.expr:
    """Return the test for exactly this type; for instants, that they are in UTC already."""
    test = is_(call("type", name("value")), draft.given(type_))
    if type_ is not dt.datetime:
        return test
    return all_hold(test, is_(attribute("value", "tzinfo"), draft.given(dt.UTC)))
