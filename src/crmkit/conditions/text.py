"""Text: conditions in plain English, and as the Python that writes them."""

from __future__ import annotations

import datetime as dt
from typing import Final

from crmkit.calendars import Duration, LocalDays, Months
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    In,
    Known,
    Node,
    Not,
    Or,
)
from crmkit.conditions.operands import OperandOrSet, sorted_operands
from crmkit.conditions.terms import (
    AMOUNT,
    Age,
    Arithmetic,
    Constant,
    Count,
    Distinct,
    Facts,
    Field,
    First,
    Greatest,
    Last,
    Least,
    Streak,
    Sum,
    Term,
    TrueSince,
    Until,
    term_sort,
)

_PHRASES: Final[dict[CompareOp, str]] = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}


_TIME_PHRASES: Final[dict[CompareOp, str]] = {
    "==": "is",
    "!=": "is not",
    "<": "is before",
    "<=": "is not after",
    ">": "is after",
    ">=": "is not before",
}
_COUNT_PHRASES: Final[dict[CompareOp, str]] = {
    "==": "exactly",
    "!=": "not",
    "<": "fewer than",
    "<=": "at most",
    ">": "more than",
    ">=": "at least",
}


def describe(condition: Condition) -> str:
    """Return *condition* in plain English, on one line."""
    match condition:
        case Compare():
            return _comparison(condition)
        case In():
            options = ", ".join(value_text(value) for value in sorted_operands(condition.options))
            return f"{_term(condition.value)} is one of {options or 'nothing'}"
        case Contains():
            return f"{_term(condition.container)} contains {value_text(condition.item)}"
        case Known():
            return f"{_term(condition.value)} is known"
        case Always():
            return {True: "always", False: "never", None: "unknown"}[condition.verdict]
        case And():
            return " and ".join(_part(part) for part in condition.parts) or "always"
        case Or():
            return " or ".join(_part(part) for part in condition.parts) or "never"
        case Not(part=Known(value=value)):
            return f"{_term(value)} is unknown"
        case Not():
            return f"not ({describe(condition.part)})"


def code(node: Node) -> str:
    """Return the Python that writes *node* with the builder."""
    match node:
        case Compare():
            return f"{_code_term(node.left)} {node.op} {_code_term(node.right)}"
        case In():
            options = ", ".join(_code_value(value) for value in sorted_operands(node.options))
            return f"{_code_term(node.value)}.is_in([{options}])"
        case Contains():
            return f"{_code_term(node.container)}.contains({_code_value(node.item)})"
        case Known():
            return f"{_code_term(node.value)}.is_known()"
        case Always():
            return {True: "ALWAYS", False: "NEVER", None: "UNKNOWN"}[node.verdict]
        case And():
            return " & ".join(f"({code(part)})" for part in node.parts) or "ALWAYS"
        case Or():
            return " | ".join(f"({code(part)})" for part in node.parts) or "NEVER"
        case Not():
            return f"~({code(node.part)})"
        case Facts():
            return _code_facts(node)
        case _:
            return _code_term(node)


def term_text(term: Term) -> str:
    """Return *term* in plain English."""
    return _term(term)


def value_text(value: object) -> str:
    """Return a value as people read it; None is "unknown"."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case dt.timedelta() | LocalDays() | Months():
            return duration_text(value)
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case dt.date():
            return value.isoformat()
        case frozenset():
            return "{" + ", ".join(sorted(value_text(one) for one in value)) + "}"
        case _:
            return repr(value)


def duration_text(duration: Duration) -> str:
    """Return *duration* as people say it: "180 days", "1 year", "30 calendar days in Asia/Tokyo".

    >>> duration_text(dt.timedelta(days=7)), duration_text(dt.timedelta(minutes=90))
    ('7 days', '90 minutes')
    """
    if isinstance(duration, LocalDays):
        return f"{_many(duration.count, 'calendar day')} in {duration.zone}"
    if isinstance(duration, Months):
        years, rest = divmod(duration.count, 12)
        text = _many(years, "year") if years and not rest else _many(duration.count, "month")
        return text if duration.zone == "UTC" else f"{text} in {duration.zone}"
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count, rest_of_it = divmod(duration, dt.timedelta(seconds=size))
        if not rest_of_it and count:
            return _many(count, unit)
    return f"{duration.total_seconds():g} seconds"


def facts_text(facts: Facts) -> str:
    """Return a choice of activities in plain English."""
    parts = [" or ".join(f"'{kind}'" for kind in facts.kinds) or "activities"]
    if facts.where is not None:
        parts.append(f"whose {describe(facts.where)}")
    if facts.within is not None:
        parts.append(f"within {duration_text(facts.within)}")
    if facts.before is not None:
        parts.append(f"more than {duration_text(facts.before)} ago")
    return " ".join(parts)


def _comparison(condition: Compare) -> str:
    op, left, right = condition.op, condition.left, condition.right
    if isinstance(left, Count) and isinstance(right, Constant):
        return _how_many(op, value_text(right.value), facts_text(left.facts))
    in_time = {term_sort(left), term_sort(right)} & {"instant", "date"}
    phrases = _TIME_PHRASES if in_time else _PHRASES
    return f"{_term(left)} {phrases[op]} {_term(right)}"


def _how_many(op: CompareOp, count: str, facts: str) -> str:
    if (op, count) in {("==", "0"), ("<", "1"), ("<=", "0")}:
        return f"no {facts}"
    return f"{_COUNT_PHRASES[op]} {count} {facts}"


def _term(term: Term) -> str:
    match term:
        case Constant():
            return value_text(term.value)
        case Field():
            return term.name.replace("_", " ")
        case Age(of=Last() as last):
            return f"the time since the last {facts_text(last.facts)}"
        case Age(of=TrueSince(condition=condition)):
            return f"the time for which ({describe(condition)}) has been true"
        case Age():
            return f"the time since {_term(term.of)}"
        case Until():
            return f"the time until {_term(term.of)}"
        case Arithmetic():
            return f"({_term(term.left)} {term.op} {_term(term.right)})"
        case TrueSince():
            return f"the instant since which ({describe(term.condition)}) has been true"
        case Streak():
            return f"the number of {duration_text(term.every)} in a row with {facts_text(term.facts)}"
        case Count():
            return f"the number of {facts_text(term.facts)}"
        case First() | Last():
            return f"the {type(term).__name__.lower()} {facts_text(term.facts)}"
        case Sum() | Least() | Greatest() | Distinct():
            return f"{_SUMMARIES[type(term)]} {term.of.replace('_', ' ')} of {facts_text(term.facts)}"


_SUMMARIES: Final[dict[type, str]] = {
    Sum: "the sum of",
    Least: "the smallest",
    Greatest: "the largest",
    Distinct: "the number of different",
}
_METHODS: Final[dict[type, str]] = {
    Count: "count",
    Sum: "sum",
    Least: "min",
    Greatest: "max",
    First: "first",
    Last: "last",
    Distinct: "distinct",
}


def _part(condition: Condition) -> str:
    inside = describe(condition)
    return f"({inside})" if isinstance(condition, (And, Or)) and len(condition.parts) > 1 else inside


def _code_term(term: Term) -> str:
    match term:
        case Constant():
            return _code_value(term.value)
        case Field():
            plain = term.name.isidentifier() and not term.name.startswith("_")
            return f"F.{term.name}" if plain else f"F[{term.name!r}]"
        case Age(of=TrueSince(condition=condition)):
            return f"true_for({code(condition)})"
        case Age():
            return f"{_code_term(term.of)}.age()"
        case Until():
            return f"{_code_term(term.of)}.until()"
        case Arithmetic():
            return f"({_code_term(term.left)} {term.op} {_code_term(term.right)})"
        case TrueSince():
            return f"true_since({code(term.condition)})"
        case Streak():
            return f"{_code_facts(term.facts)}.streak({_code_value(term.every)})"
        case Count() | First() | Last():
            return f"{_code_facts(term.facts)}.{_METHODS[type(term)]}()"
        case Sum() | Least() | Greatest() | Distinct():
            argument = "" if term.of == AMOUNT and not isinstance(term, Distinct) else repr(term.of)
            return f"{_code_facts(term.facts)}.{_METHODS[type(term)]}({argument})"


def _code_facts(facts: Facts) -> str:
    text = f"A({', '.join(repr(kind) for kind in facts.kinds)})"
    if facts.within is not None:
        text += f".within({_code_value(facts.within)})"
    if facts.before is not None:
        text += f".before({_code_value(facts.before)})"
    return text if facts.where is None else f"{text}.where({code(facts.where)})"


def _code_value(value: OperandOrSet) -> str:
    match value:
        case LocalDays():
            return f"local_days({value.count}, {value.zone!r})"
        case Months():
            return f"months({value.count}{'' if value.zone == 'UTC' else f', {value.zone!r}'})"
        case dt.timedelta() if not value % dt.timedelta(days=1):
            return f"days({value.days})"
        case frozenset():
            if not value:
                return "set()"
            return f"{{{', '.join(_code_value(one) for one in sorted_operands(value))}}}"
        case _:
            return repr(value)


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"
