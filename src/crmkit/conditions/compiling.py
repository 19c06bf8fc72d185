"""Compiled conditions: a condition as Python code, for asking one thing of many customers, one by one.

What is compiled is built of `ast` objects, never of text.  Names of fields and
values to compare with are handed over beside the code, so that nothing a
definition holds becomes code.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import CodeType, FunctionType, SimpleNamespace
from typing import Any, Final, Protocol, TypeAlias

import attrs

from crmkit.conditions.evaluate import leaf_verdict, verdict
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    In,
    Known,
    Leaf,
    Not,
    Or,
    check_condition,
)
from crmkit.conditions.subject import Subject, subject_of
from crmkit.conditions.terms import Constant, Field
from crmkit.model import Profile

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

NOT_ASKED: Final = "not asked"
"""What a trace says of a part that the answer did not need."""

Trace: TypeAlias = tuple[bool | None, tuple[bool | str | None, ...]]


class Compiled(Protocol):
    """A compiled condition: called with one customer, it says what `evaluate` says."""

    def __call__(
        self, profile: Profile | Mapping[str, object], *, as_of: dt.datetime | None = None
    ) -> bool | None:
        """Return True, False, or None for unknown, or raise, as `evaluate`."""


def compiled(condition: Condition) -> Compiled:
    """Return *condition* as a function that says of every customer what `evaluate` says, only sooner.

    Comparisons of a field with a constant, and what joins them, become Python
    code; everything else, such as terms over activities and ages, is asked of
    `evaluate`'s own functions.  Compiling takes about as long as a hundred
    evaluations and nothing is remembered, so keep the function.

    >>> from crmkit.conditions import F
    >>> worth_a_call = compiled((F.stage == "silent") & (F.tier >= 3))
    >>> worth_a_call({"stage": "silent", "tier": 4}), worth_a_call({"stage": "new"})
    (True, False)
    >>> worth_a_call({"stage": "silent"}) is None
    True

    Raises:
        InvalidValue: If *condition* is none; the function raises as `evaluate`.
    """
    check_condition(condition)
    draft = _Draft()
    returned = [_returned(ast.Constant(one)) for one in (True, False, None)]
    return _function(_asking(condition, draft, 0, _Ways(*returned)), draft)


def traced(condition: Condition) -> tuple[Callable[..., Trace], tuple[Condition, ...]]:
    """Return *condition* compiled so that it says its parts' verdicts too, and those parts, in the order asked.

    The function returns the verdict, and for each part True, False, None for
    unknown, or `NOT_ASKED` if the answer was decided before.  Parts are the
    conditions without parts; what stands more than twelve deep is one.
    `explain` says of the same customer what was read.

    >>> from crmkit.conditions import F
    >>> ask, parts = traced((F.stage == "silent") & (F.tier >= 3) & ~F.tags.contains("vip"))
    >>> ask({"stage": "silent", "tier": 2})
    (False, (True, False, 'not asked'))
    >>> print(parts[1])
    tier is at least 3

    Raises:
        InvalidValue: As `compiled`.
    """
    check_condition(condition)
    draft, trace = _Draft(traces=True), ast.Tuple([], ast.Load())
    returned = [_returned(ast.Tuple([ast.Constant(one), trace], ast.Load())) for one in (True, False, None)]
    body = _asking(condition, draft, 0, _Ways(*returned))
    names = [f"part_{place}" for place in range(len(draft.parts))]
    trace.elts = [_name(name) for name in names]
    none_asked = [ast.Assign([_target(name)], draft.given(NOT_ASKED)) for name in names]
    return _function([*none_asked, *body], draft), tuple(draft.parts)


def _returned(value: ast.expr) -> list[ast.stmt]:
    return [ast.Return(value)]


def _function(body: list[ast.stmt], draft: _Draft) -> FunctionType:
    function = FunctionType(_code([*_opening(draft), *body]), draft.names, "compiled")
    function.__kwdefaults__ = {"as_of": None}
    return function


# --- what the code refers to


@attrs.define
class _Draft:
    """What the code will find by name, and whether it asks the reference about the whole subject."""

    names: dict[str, Any] = attrs.field(
        factory=lambda: {
            "__builtins__": {},
            "type": type,
            "subject_of": subject_of,
            "leaf_verdict": leaf_verdict,
            "verdict": verdict,
            "of_value": _of_value,
            "fields_of": _fields_of,
        }
    )
    asks_subject: bool = False
    traces: bool = False
    parts: list[Condition] = attrs.field(factory=list)

    def given(self, value: object) -> ast.expr:
        """Return an expression for *value*, which is handed over beside the code."""
        name = f"given_{len(self.names)}"
        self.names[name] = value
        return _name(name)


def _fields_of(subject: Subject) -> SimpleNamespace:
    """Return *subject*'s fields in the shape of a dictionary: calling its ``get`` is the fastest way to read one."""
    return SimpleNamespace(get=subject.read)


def _of_value(leaf: Leaf, value: object) -> bool | None:
    """Return what *leaf*, which reads one field, says of a value of it: the reference, for rare values."""
    return leaf_verdict(leaf, Subject(read=lambda _: value))


# --- conditions: each goes on one of three ways


@attrs.frozen
class _Ways:
    """What is done if a condition is true, false, or unknown."""

    true: list[ast.stmt]
    false: list[ast.stmt]
    unknown: list[ast.stmt]


def _asking(condition: Condition, draft: _Draft, depth: int, ways: _Ways) -> list[ast.stmt]:
    """Return the statements that ask *condition* and then go one of the ways."""
    if depth < _DEEPEST:
        match condition:
            case And() | Or():
                return _joined(condition, draft, depth, ways)
            case Not(part=part):
                return _asking(part, draft, depth + 1, _Ways(ways.false, ways.true, ways.unknown))
    if draft.traces:
        ways = _remembered(ways, f"part_{len(draft.parts)}")
        draft.parts.append(condition)
    match condition:
        case And() | Or() | Not():
            return _by_reference("verdict", condition, draft, ways)
        case Always(verdict=answer):
            return [_assign("answer", draft.given(answer)), _by_answer(ways)]
        case _:
            return _leaf(condition, draft, ways)


def _remembered(ways: _Ways, name: str) -> _Ways:
    """Return *ways* that keep in *name* which of them was gone."""
    kept = [_assign(name, ast.Constant(one)) for one in (True, False, None)]
    return _Ways([kept[0], *ways.true], [kept[1], *ways.false], [kept[2], *ways.unknown])


def _joined(condition: And | Or, draft: _Draft, depth: int, ways: _Ways) -> list[ast.stmt]:
    """Return the statements that ask part by part until the answer is decided, in a loop that runs once."""
    so_far, both = f"so_far_{depth}", isinstance(condition, And)
    decided: list[ast.stmt] = [_assign(so_far, ast.Constant(not both)), ast.Break()]
    unknown: list[ast.stmt] = [_assign(so_far, ast.Constant(None))]
    of_part = _Ways([], decided, unknown) if both else _Ways(decided, [], unknown)
    asked = [step for part in condition.parts for step in _asking(part, draft, depth + 1, of_part)]
    return [
        _assign(so_far, ast.Constant(both)),
        ast.While(test=ast.Constant(value=True), body=[*asked, ast.Break()], orelse=[]),
        _by_answer(ways, so_far),
    ]


def _leaf(leaf: Leaf, draft: _Draft, ways: _Ways) -> list[ast.stmt]:
    """Return the statements for a leaf: straight code for the values one expects, else the reference."""
    rare = [_assign("answer", _call("of_value", draft.given(leaf), _name("value"))), _by_answer(ways)]
    none = (_is_none(_name("value")), ways.unknown)
    match leaf:
        case Compare(op=op, left=Field(name=name), right=Constant(value=constant)) if (
            type(constant) in _SIMPLE
        ):
            test = ast.Compare(_name("value"), [_ORDER[op]()], [draft.given(constant)])
            choices = [(_is_a(type(constant), draft), [_either(test, ways)]), none]
        case In(value=Field(name=name), options=options) if _type_of_all(options) in _PLAIN:
            test = ast.Compare(_name("value"), [ast.In()], [draft.given(options)])
            choices = [(_is_a(_type_of_all(options), draft), [_either(test, ways)]), none]
        case Contains(container=Field(name=name), item=item) if type(item) is str:
            test = ast.Compare(draft.given(item), [ast.In()], [_name("value")])
            among = _among_texts(leaf, test, draft, ways)
            several = ast.BoolOp(ast.Or(), [_is_a(type_, draft) for type_ in (set, list, tuple)])
            choices = [
                # what a frozen set does not find it does not hold; what it finds may be no text
                (_is_a(frozenset, draft), [ast.If(test=test, body=among, orelse=ways.false)]),
                (several, among),
                (_is_a(str, draft), [_either(test, ways)]),
                none,
            ]
        case Known(value=Field(name=name)):
            plain = ast.Compare(_call("type", _name("value")), [ast.In()], [draft.given(_PLAIN)])
            choices = [(plain, ways.true)]
        case _:
            return _by_reference("leaf_verdict", leaf, draft, ways)
    return [_assign("value", _read(name, draft)), *_first_of(choices, rare)]


def _among_texts(leaf: Leaf, found: ast.expr, draft: _Draft, ways: _Ways) -> list[ast.stmt]:
    """Return the statements that look among several values if all are texts: only then is `in` strict enough."""
    rare = _assign("answer", _call("of_value", draft.given(leaf), _name("value")))
    is_other = ast.Compare(_call("type", _name("one")), [ast.IsNot()], [draft.given(str)])
    leave = ast.If(test=is_other, body=[rare, ast.Break()], orelse=[])
    look = ast.For(
        target=_target("one"), iter=_name("value"), body=[leave], orelse=[_assign("answer", found)]
    )
    return [look, _by_answer(ways)]


def _by_reference(function: str, condition: Condition, draft: _Draft, ways: _Ways) -> list[ast.stmt]:
    """Return the statements that ask a function of the reference about the whole subject."""
    draft.asks_subject = True
    return [_assign("answer", _call(function, draft.given(condition), _name("subject"))), _by_answer(ways)]


def _by_answer(ways: _Ways, name: str = "answer") -> ast.stmt:
    unknown = ast.If(test=_is_none(_name(name)), body=_some(ways.unknown), orelse=ways.false)
    return ast.If(test=_name(name), body=_some(ways.true), orelse=[unknown])


def _either(test: ast.expr, ways: _Ways) -> ast.stmt:
    return ast.If(test=test, body=_some(ways.true), orelse=ways.false)


def _opening(draft: _Draft) -> list[ast.stmt]:
    """Return the statements that find what fields are read of.

    A dictionary without instant and activities is read itself: there is nothing
    in it to check.
    """
    subject = ast.Call(_name("subject_of"), [_name("profile")], [ast.keyword("as_of", _name("as_of"))])
    if draft.asks_subject:
        return [_assign("subject", subject), _assign("fields", _call("fields_of", _name("subject")))]
    keys = (ast.Constant("as_of"), ast.Constant("activities"))
    tests = [
        _is_none(_name("as_of")),
        _is_a(dict, draft, "profile"),
        *(ast.Compare(key, [ast.NotIn()], [_name("profile")]) for key in keys),
    ]
    itself = [_assign("fields", _name("profile"))]
    return _first_of(
        [(ast.BoolOp(ast.And(), tests), itself)], [_assign("fields", _call("fields_of", subject))]
    )


# --- pieces of code


def _first_of(
    choices: Sequence[tuple[ast.expr, list[ast.stmt]]], otherwise: list[ast.stmt]
) -> list[ast.stmt]:
    statements = otherwise
    for test, body in reversed(choices):
        statements = [ast.If(test=test, body=_some(body), orelse=statements)]
    return statements


def _some(statements: list[ast.stmt]) -> list[ast.stmt]:
    """Return *statements*, or one that does nothing: Python wants one at least."""
    return statements or [ast.Pass()]


def _type_of_all(values: Iterable[object]) -> type | None:
    types = {type(value) for value in values}
    return types.pop() if len(types) == 1 else None


def _is_a(type_: type | None, draft: _Draft, name: str = "value") -> ast.expr:
    """Return the test for exactly this type; for instants, that they are in UTC already."""
    test = ast.Compare(_call("type", _name(name)), [ast.Is()], [draft.given(type_)])
    if type_ is not dt.datetime:
        return test
    zone = ast.Compare(ast.Attribute(_name(name), "tzinfo", ast.Load()), [ast.Is()], [draft.given(dt.UTC)])
    return ast.BoolOp(ast.And(), [test, zone])


def _is_none(what: ast.expr) -> ast.expr:
    return ast.Compare(what, [ast.Is()], [ast.Constant(None)])


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _target(name: str) -> ast.expr:
    return ast.Name(name, ast.Store())


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([_target(name)], value)


def _read(name: str, draft: _Draft) -> ast.expr:
    return ast.Call(ast.Attribute(_name("fields"), "get", ast.Load()), [draft.given(name)], [])


def _call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(_name(function), list(arguments), [])


def _code(body: list[ast.stmt]) -> CodeType:
    """Return the code of the function ``compiled(profile, *, as_of=None)`` with this body."""
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg("profile")],
        kwonlyargs=[ast.arg("as_of")],
        kw_defaults=[None],
        defaults=[],
    )
    function = ast.FunctionDef("compiled", arguments, body, [])
    module = ast.fix_missing_locations(ast.Module([function], []))
    return next(
        part for part in compile(module, "<condition>", "exec").co_consts if isinstance(part, CodeType)
    )
