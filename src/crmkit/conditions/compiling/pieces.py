"""Pieces of code: the few shapes of Python that compiled conditions are made of.

Each is placed on line 1 when it is made: `ast.fix_missing_locations` takes
longer than all the rest.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import CodeType
from typing import Final, TypeVar

_COMPARISONS: Final[dict[str, type[ast.cmpop]]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "is": ast.Is,
    "is not": ast.IsNot,
    "in": ast.In,
    "not in": ast.NotIn,
}
_Piece = TypeVar("_Piece", bound=ast.expr | ast.stmt | ast.arg)


def name(of: str) -> ast.expr:
    """Return the expression that reads the variable *of*."""
    return _placed(ast.Name(of, ast.Load()))


def constant(value: bool | str | None) -> ast.expr:  # noqa: FBT001
    """Return the expression for a value of our own; those of definitions are handed over beside the code."""
    return _placed(ast.Constant(value))


def attribute(of: str, called: str) -> ast.expr:
    """Return the expression ``of.called``."""
    return _placed(ast.Attribute(name(of), called, ast.Load()))


def item(of: str, key: ast.expr) -> ast.expr:
    """Return the expression ``of[key]``."""
    return _placed(ast.Subscript(name(of), key, ast.Load()))


def several(values: list[ast.expr]) -> ast.expr:
    """Return the expression for a tuple of *values*, a list that may still grow."""
    return _placed(ast.Tuple(values, ast.Load()))


def call(function: str | ast.expr, *arguments: ast.expr) -> ast.expr:
    """Return the expression ``function(*arguments)``."""
    called = name(function) if isinstance(function, str) else function
    return _placed(ast.Call(called, list(arguments), []))


def compare(left: ast.expr, op: str, right: ast.expr) -> ast.expr:
    """Return the test ``left op right``."""
    return _placed(ast.Compare(left, [_COMPARISONS[op]()], [right]))


def between(low: ast.expr, value: ast.expr, high: ast.expr) -> ast.expr:
    """Return the test ``low < value <= high``."""
    return _placed(ast.Compare(low, [ast.Lt(), ast.LtE()], [value, high]))


def is_none(what: ast.expr) -> ast.expr:
    """Return the test ``what is None``."""
    return compare(what, "is", constant(None))


def all_hold(*tests: ast.expr) -> ast.expr:
    """Return the test that every one of *tests* holds, asked in turn."""
    return _placed(ast.BoolOp(ast.And(), list(tests)))


def any_holds(*tests: ast.expr) -> ast.expr:
    """Return the test that one of *tests* holds, asked in turn."""
    return _placed(ast.BoolOp(ast.Or(), list(tests)))


def those(one: str, among: ast.expr, tests: list[ast.expr], *, lazily: bool) -> ast.expr:
    """Return the expression for those *among* several of which the tests hold, as a list or one by one."""
    chosen = ast.comprehension(_target(one), among, tests, is_async=0)
    return _placed(ast.GeneratorExp(name(one), [chosen]) if lazily else ast.ListComp(name(one), [chosen]))


def assign(target: str, value: ast.expr) -> ast.stmt:
    """Return the statement ``target = value``."""
    return _placed(ast.Assign([_target(target)], value))


def leave() -> ast.stmt:
    """Return the statement that leaves a loop."""
    return _placed(ast.Break())


def give_back(value: ast.expr) -> list[ast.stmt]:
    """Return the statement ``return value``, as a list of one."""
    return [_placed(ast.Return(value))]


def when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt]) -> ast.stmt:
    """Return the statement that does *then* or *otherwise*; either may be nothing."""
    return _placed(ast.If(test=test, body=then or [_placed(ast.Pass())], orelse=otherwise))


def first_of(choices: Sequence[tuple[ast.expr, list[ast.stmt]]], otherwise: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that go the way of the first test that holds, else *otherwise*."""
    statements = otherwise
    for test, body in reversed(choices):
        statements = [when(test, body, statements)]
    return statements


def once(body: list[ast.stmt]) -> ast.stmt:
    """Return a loop that runs once, so that a break leaves it early."""
    return _placed(ast.While(test=constant(value=True), body=[*body, leave()], orelse=[]))


def each(one: str, among: ast.expr, body: list[ast.stmt], at_end: list[ast.stmt]) -> ast.stmt:
    """Return a loop over what is *among*, which does *at_end* unless it was left by a break."""
    return _placed(ast.For(target=_target(one), iter=among, body=body, orelse=at_end))


def code_of(parameters: Sequence[str], body: list[ast.stmt]) -> CodeType:
    """Return the code of a function with this body."""
    arguments = ast.arguments(
        posonlyargs=[],
        args=[_placed(ast.arg(one)) for one in parameters],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    module = ast.Module([_placed(ast.FunctionDef("compiled", arguments, body, []))], [])
    return next(one for one in compile(module, "<condition>", "exec").co_consts if isinstance(one, CodeType))


def _target(variable: str) -> ast.expr:
    return _placed(ast.Name(variable, ast.Store()))


def _placed(piece: _Piece) -> _Piece:
    piece.lineno, piece.col_offset = 1, 0
    return piece
