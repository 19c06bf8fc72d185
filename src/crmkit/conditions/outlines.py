"""Outlines: a condition in plain English as Markdown, a line for each part."""

from __future__ import annotations

from collections.abc import Iterator

from crmkit.conditions.nodes import And, Condition, Not, Or, check_condition
from crmkit.conditions.text import describe
from crmkit.display import markdown_escape


def markdown(condition: Condition) -> str:
    """Return *condition* in plain English as Markdown: a list in which joined conditions are indented.

    >>> from crmkit.conditions import A, F, days
    >>> regular = A("purchase").within(days(365)).count() >= 2
    >>> print(markdown((F.stage == "silent") & (regular | (F.tier >= 3)) & ~F.tags.contains("vip")))
    all of
    <BLANKLINE>
    - stage is 'silent'
    - any of
      - at least 2 'purchase' within 365 days
      - tier is at least 3
    - not (tags contains 'vip')

    Raises:
        InvalidValue: If *condition* is none.
    """
    check_condition(condition)
    head, *lines = _lines(condition)
    return "\n".join([head, "", *(line[2:] for line in lines)] if lines else [head])


def _lines(condition: Condition) -> Iterator[str]:
    """Yield the line of *condition*, and those of its parts, each behind its mark."""
    match condition:
        case And(parts=[_, *_] as parts):
            yield "all of"
        case Or(parts=[_, *_] as parts):
            yield "any of"
        case Not(part=And(parts=[_, *_] as parts)):
            yield "not all of"
        case Not(part=Or(parts=[_, *_] as parts)):
            yield "none of"
        case _:
            yield markdown_escape(describe(condition))
            return
    for part in parts:
        head, *lines = _lines(part)
        yield f"  - {head}"
        yield from (f"  {line}" for line in lines)
