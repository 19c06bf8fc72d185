"""Splink's SQL: which columns a condition compares, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final, TypeAlias

from crmkit.errors import MissingExtra

_Tree: TypeAlias = Any
"""What sqlglot makes of SQL; its class is called differently from version to version."""
_KEY: Final = re.compile(
    r"(?:lower|upper|trim)?\(?(?:substring\()?\"(?P<side>l|r)\"\.\"(?P<column>[^\"]+)\""
    r"(?:, (?P<start>\d+)(?:, (?P<length>\d+))?\))?\)?"
)


def read_condition(condition: str, dialect: str) -> tuple[frozenset[str], str]:
    """Return the columns that a level's *condition* compares, and how.

    How is the condition with ``{l}`` and ``{r}`` in place of the column, always
    written the same way, and "" if it cannot be read.

    >>> read_condition('levenshtein("dob_l", dob_r)<=1', "duckdb")
    (frozenset({'dob'}), 'levenshtein({l}, {r}) <= 1')

    Raises:
        MissingExtra: Without sqlglot.
    """
    tree = _parsed(condition, dialect)
    if tree is None:
        return frozenset(), ""
    names = {column.name for column in tree.find_all(_sqlglot().exp.Column)}
    columns = frozenset(name[:-2] for name in names if name.endswith(("_l", "_r")))
    text = _written(tree)
    for column in columns:
        quoted = column.replace('"', '""')
        text = text.replace(f'"{quoted}_l"', "{l}").replace(f'"{quoted}_r"', "{r}")
    return columns, text


def read_rule(rule: str, dialect: str) -> tuple[str, ...] | None:
    """Return the keys that a blocking *rule* wants to be equal, or None if it wants anything else.

    >>> read_rule('l."email" = r."email" AND substr(l.surname, 1, 4) = substr(r.surname, 1, 4)', "duckdb")
    ('email', 'surname[:4]')
    >>> read_rule("levenshtein(l.email, r.email) < 3", "duckdb")

    Raises:
        MissingExtra: Without sqlglot.
    """
    tree = _parsed(rule, dialect)
    found = [] if tree is None else [_key(one) for one in _conjuncts(tree)]
    return tuple(key for key in found if key) if found and all(found) else None


def _key(condition: _Tree) -> str | None:
    if not isinstance(condition, _sqlglot().exp.EQ):
        return None
    sides = [_KEY.fullmatch(_written(side)) for side in (condition.this, condition.expression)]
    one, other = sides
    if one is None or other is None or {one["side"], other["side"]} != {"l", "r"}:
        return None
    if one.group("column", "start", "length") != other.group("column", "start", "length"):
        return None
    if one["start"] is None:
        return str(one["column"])
    start = int(one["start"]) - 1
    stop = "" if one["length"] is None else str(start + int(one["length"]))
    return f"{one['column']}[{start or ''}:{stop}]"


def _conjuncts(tree: _Tree) -> Iterator[_Tree]:
    whole = tree.unnest()
    if isinstance(whole, _sqlglot().exp.And):
        for side in (whole.this, whole.expression):
            yield from _conjuncts(side)
    else:
        yield whole


def _parsed(text: str, dialect: str) -> _Tree | None:
    sqlglot = _sqlglot()
    try:
        tree: _Tree = sqlglot.parse_one(text, dialect=dialect or "duckdb").unnest()
    except (sqlglot.errors.SqlglotError, ValueError):
        return None
    return tree


def _written(tree: _Tree) -> str:
    return str(tree.sql(dialect="duckdb", normalize_functions="lower", identify=True))


def _sqlglot() -> ModuleType:
    try:
        import sqlglot
        import sqlglot.errors
    except ImportError:
        raise MissingExtra("sql", "reading a model of Splink") from None
    return sqlglot
