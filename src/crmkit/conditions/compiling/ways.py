"""Ways: what is done if a condition is true, false, or unknown."""

from __future__ import annotations

import ast

import attrs

from crmkit.conditions.compiling.pieces import assign, constant, give_back, is_none, name, several, when


@attrs.frozen
class Ways:
    """What is done if a condition is true, false, or unknown."""

    true: list[ast.stmt]
    false: list[ast.stmt]
    unknown: list[ast.stmt]


def returning(beside: ast.expr | None = None) -> Ways:
    """Return the ways that return the verdict, with something *beside* it if that is given."""
    answers = [constant(one) for one in (True, False, None)]
    told = answers if beside is None else [several([one, beside]) for one in answers]
    return Ways(*(give_back(one) for one in told))


def remembered(ways: Ways, part: str) -> Ways:
    """Return *ways* that keep in *part* which of them was gone."""
    kept = [assign(part, constant(one)) for one in (True, False, None)]
    return Ways([kept[0], *ways.true], [kept[1], *ways.false], [kept[2], *ways.unknown])


def by(answer: ast.expr, ways: Ways) -> list[ast.stmt]:
    """Return the statements that go the way of *answer*, a verdict."""
    return [assign("answer", answer), by_answer(ways)]


def by_answer(ways: Ways, answer: str = "answer") -> ast.stmt:
    """Return the statement that goes the way of the verdict in the variable *answer*."""
    return when(name(answer), ways.true, [when(is_none(name(answer)), ways.unknown, ways.false)])


def either(test: ast.expr, ways: Ways) -> ast.stmt:
    """Return the statement that goes the true or the false way, by a test."""
    return when(test, ways.true, ways.false)
