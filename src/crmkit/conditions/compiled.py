"""Compiled conditions: a condition as Python code, for asking one thing of many customers, one by one.

What is compiled is built of `ast` objects, never of text.  Names of fields and
values to compare with are handed over beside the code, so that nothing a
definition holds becomes code.
"""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import CodeType, FunctionType
from typing import Any, Final, Protocol

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
_SEVERAL: Final[frozenset[type | None]] = frozenset({frozenset, set, tuple, list})


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
    body = _whole(condition, draft)
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
        }
    )
    asks_subject: bool = False

    def given(self, value: object) -> ast.expr:
        """Return an expression for *value*, which is handed over beside the code."""
        name = f"given_{len(self.names)}"
        self.names[name] = value
        return _name(name)


def _of_value(leaf: Leaf, value: object) -> bool | None:
    """Return what *leaf*, which reads one field, says of a value of it: the reference, for rare values."""
    return leaf_verdict(leaf, Subject(read=lambda _: value))


# --- conditions: each leaves its verdict in the name "answer"


def _whole(condition: Condition, draft: _Draft) -> list[ast.stmt]:
    """Return the statements that answer for the whole condition."""
    if isinstance(condition, (And, Or)):
        return [*_joined(condition, draft, 0, whole=True), ast.Return(_name("so_far_0"))]
    return [*_part(condition, draft, 0), ast.Return(_name("answer"))]


def _part(condition: Condition, draft: _Draft, depth: int) -> list[ast.stmt]:
    match condition:
        case And() | Or() if depth < _DEEPEST:
            once = [*_joined(condition, draft, depth), ast.Break()]
            loop = ast.While(test=ast.Constant(value=True), body=once, orelse=[])
            return [loop, _assign("answer", _name(f"so_far_{depth}"))]
        case Not(part=part) if depth < _DEEPEST:
            flip = _assign("answer", ast.UnaryOp(ast.Not(), _name("answer")))
            known = ast.Compare(_name("answer"), [ast.IsNot()], [ast.Constant(None)])
            return [*_part(part, draft, depth + 1), ast.If(test=known, body=[flip], orelse=[])]
        case And() | Or() | Not():
            return [_asked("verdict", condition, draft)]
        case Always(verdict=answer):
            return [_assign("answer", draft.given(answer))]
        case _:
            return _leaf(condition, draft)


def _joined(condition: And | Or, draft: _Draft, depth: int, *, whole: bool = False) -> list[ast.stmt]:
    """Return the statements that ask part by part until the answer is decided, then return or break."""
    name, both = f"so_far_{depth}", isinstance(condition, And)
    decided: list[ast.stmt] = (
        [ast.Return(ast.Constant(not both))]
        if whole
        else [_assign(name, ast.Constant(not both)), ast.Break()]
    )
    unknown = _assign(name, ast.Constant(None))
    is_unknown = _is_none(_name("answer"))
    statements: list[ast.stmt] = [_assign(name, ast.Constant(both))]
    for part in condition.parts:
        statements.extend(_part(part, draft, depth + 1))
        if both:
            either = ast.If(test=is_unknown, body=[unknown], orelse=decided)
            test: ast.expr = ast.UnaryOp(ast.Not(), _name("answer"))
            statements.append(ast.If(test=test, body=[either], orelse=[]))
        else:
            either = ast.If(test=is_unknown, body=[unknown], orelse=[])
            statements.append(ast.If(test=_name("answer"), body=decided, orelse=[either]))
    return statements


def _leaf(leaf: Leaf, draft: _Draft) -> list[ast.stmt]:
    """Return the statements for a leaf: straight code for the values one expects, else the reference."""
    match leaf:
        case Compare(op=op, left=Field(name=name), right=Constant(value=constant)) if (
            type(constant) in _SIMPLE
        ):
            test = ast.Compare(_name("value"), [_ORDER[op]()], [draft.given(constant)])
            choices = [(_is_a(type(constant), draft), [_assign("answer", test)]), _UNKNOWN]
        case In(value=Field(name=name), options=options) if _type_of_all(options) in _PLAIN:
            test = ast.Compare(_name("value"), [ast.In()], [draft.given(options)])
            choices = [(_is_a(_type_of_all(options), draft), [_assign("answer", test)]), _UNKNOWN]
        case Contains(container=Field(name=name), item=item) if type(item) is str:
            test = ast.Compare(draft.given(item), [ast.In()], [_name("value")])
            choices = [
                (_is_one_of(_SEVERAL, draft), [_among_texts(leaf, _assign("answer", test), draft)]),
                (_is_a(str, draft), [_assign("answer", test)]),
                _UNKNOWN,
            ]
        case Known(value=Field(name=name)):
            choices = [(_is_one_of(_PLAIN, draft), [_assign("answer", ast.Constant(value=True))])]
        case _:
            return [_asked("leaf_verdict", leaf, draft)]
    rare = _assign("answer", _call("of_value", draft.given(leaf), _name("value")))
    return [_assign("value", _call("read", draft.given(name))), _first_of(choices, rare)]


def _among_texts(leaf: Leaf, found: ast.stmt, draft: _Draft) -> ast.stmt:
    """Return the statement that looks among several values if all are texts: only then is `in` strict enough."""
    rare = _assign("answer", _call("of_value", draft.given(leaf), _name("value")))
    is_other = ast.Compare(_call("type", _name("one")), [ast.IsNot()], [draft.given(str)])
    leave = ast.If(test=is_other, body=[rare, ast.Break()], orelse=[])
    return ast.For(target=_target("one"), iter=_name("value"), body=[leave], orelse=[found])


def _asked(function: str, condition: Condition, draft: _Draft) -> ast.stmt:
    """Return the statement that asks a function of the reference about the whole subject."""
    draft.asks_subject = True
    return _assign("answer", _call(function, draft.given(condition), _name("subject")))


def _opening(draft: _Draft) -> list[ast.stmt]:
    """Return the statements that find how fields are read; a subject is only made if something asks about it.

    A dictionary without instant and activities, and a profile, need no check.
    """
    if draft.asks_subject:
        return [
            _assign("subject", _SUBJECT),
            _assign("read", ast.Attribute(_name("subject"), "read", ast.Load())),
        ]
    is_dict = [
        _is_a(dict, draft, "profile"),
        *(
            _is_none(ast.Call(ast.Attribute(_name("profile"), "get", ast.Load()), [ast.Constant(key)], []))
            for key in ("as_of", "activities")
        ),
    ]
    choices = [
        ([_is_none(_name("as_of")), *is_dict], _name("profile"), "get"),
        ([_is_none(_name("as_of")), _is_a(Profile, draft, "profile")], _name("profile"), "__getitem__"),
    ]
    return [
        _first_of(
            [
                (ast.BoolOp(ast.And(), tests), [_assign("read", ast.Attribute(of, method, ast.Load()))])
                for tests, of, method in choices
            ],
            _assign("read", ast.Attribute(_SUBJECT, "read", ast.Load())),
        )
    ]


# --- pieces of code


def _first_of(choices: Sequence[tuple[ast.expr, list[ast.stmt]]], otherwise: ast.stmt) -> ast.stmt:
    statement = otherwise
    for test, body in reversed(choices):
        statement = ast.If(test=test, body=body, orelse=[statement])
    return statement


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


def _is_one_of(types: frozenset[type | None], draft: _Draft) -> ast.expr:
    return ast.Compare(_call("type", _name("value")), [ast.In()], [draft.given(types)])


def _is_none(what: ast.expr) -> ast.expr:
    return ast.Compare(what, [ast.Is()], [ast.Constant(None)])


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _target(name: str) -> ast.expr:
    return ast.Name(name, ast.Store())


def _assign(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([_target(name)], value)


def _call(function: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(_name(function), list(arguments), [])


_SUBJECT: Final = ast.Call(_name("subject_of"), [_name("profile")], [ast.keyword("as_of", _name("as_of"))])
_UNKNOWN: Final = (_is_none(_name("value")), [_assign("answer", ast.Constant(None))])


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
