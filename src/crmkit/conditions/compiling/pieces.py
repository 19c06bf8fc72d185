"""Pieces of code: the few shapes of Python that compiled conditions are made of."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from types import CodeType


def name(of: str) -> ast.expr:
    """Return the expression that reads the variable *of*."""
    return ast.Name(of, ast.Load())


def attribute(of: str, called: str) -> ast.expr:
    """Return the expression ``of.called``."""
    return ast.Attribute(name(of), called, ast.Load())


def item(of: str, key: ast.expr) -> ast.expr:
    """Return the expression ``of[key]``."""
    return ast.Subscript(name(of), key, ast.Load())


def call(function: str | ast.expr, *arguments: ast.expr) -> ast.expr:
    """Return the expression ``function(*arguments)``."""
    return ast.Call(name(function) if isinstance(function, str) else function, list(arguments), [])


def is_(left: ast.expr, right: ast.expr) -> ast.expr:
    """Return the test ``left is right``."""
    return ast.Compare(left, [ast.Is()], [right])


def is_none(what: ast.expr) -> ast.expr:
    """Return the test ``what is None``."""
    return is_(what, ast.Constant(None))


def among(one: ast.expr, several: ast.expr) -> ast.expr:
    """Return the test ``one in several``."""
    return ast.Compare(one, [ast.In()], [several])


def not_among(one: ast.expr, several: ast.expr) -> ast.expr:
    """Return the test ``one not in several``."""
    return ast.Compare(one, [ast.NotIn()], [several])


def all_hold(*tests: ast.expr) -> ast.expr:
    """Return the test that every one of *tests* holds, asked in turn."""
    return ast.BoolOp(ast.And(), list(tests))


def any_holds(*tests: ast.expr) -> ast.expr:
    """Return the test that one of *tests* holds, asked in turn."""
    return ast.BoolOp(ast.Or(), list(tests))


def assign(target: str, value: ast.expr) -> ast.stmt:
    """Return the statement ``target = value``."""
    return ast.Assign([ast.Name(target, ast.Store())], value)


def give_back(value: ast.expr) -> list[ast.stmt]:
    """Return the statement ``return value``, as a list of one."""
    return [ast.Return(value)]


def when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt]) -> ast.stmt:
    """Return the statement that does *then* or *otherwise*; either may be nothing."""
    return ast.If(test=test, body=then or [ast.Pass()], orelse=otherwise)


def first_of(choices: Sequence[tuple[ast.expr, list[ast.stmt]]], otherwise: list[ast.stmt]) -> list[ast.stmt]:
    """Return the statements that go the way of the first test that holds, else *otherwise*."""
    statements = otherwise
    for test, body in reversed(choices):
        statements = [when(test, body, statements)]
    return statements


def once(body: list[ast.stmt]) -> ast.stmt:
    """Return a loop that runs once, so that a break leaves it early."""
    return ast.While(test=ast.Constant(value=True), body=[*body, ast.Break()], orelse=[])


def each(target: str, several: ast.expr, body: list[ast.stmt], at_end: list[ast.stmt]) -> ast.stmt:
    """Return a loop over *several*, which does *at_end* unless it was left by a break."""
    return ast.For(target=ast.Name(target, ast.Store()), iter=several, body=body, orelse=at_end)


def code_of(parameters: Sequence[str], body: list[ast.stmt]) -> CodeType:
    """Return the code of a function with this body."""
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(one) for one in parameters],
        kwonlyargs=[],
        kw_defaults=[],
        defaults=[],
    )
    module = ast.Module([ast.FunctionDef("compiled", arguments, body, [])], [])
    held = compile(ast.fix_missing_locations(module), "<condition>", "exec").co_consts
    return next(part for part in held if isinstance(part, CodeType))
