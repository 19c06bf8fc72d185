"""Explain: why a condition is true, false or unknown of a customer, and what would change that."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from typing import Final, final

import attrs

from crmkit.conditions.evaluate import (
    all_of,
    any_of,
    asked_back,
    chosen,
    leaf_verdict,
    negation,
    summary_of,
    value_of,
)
from crmkit.conditions.nodes import (
    FACT_TERMS,
    Always,
    And,
    Condition,
    FactTerm,
    Node,
    Not,
    Or,
    check_condition,
    children,
    walk,
)
from crmkit.conditions.subject import Subject, subject_of
from crmkit.conditions.terms import Facts, Field, First, Last, TrueSince
from crmkit.conditions.text import describe, term_text, value_text
from crmkit.display import html_table
from crmkit.model import ActivityId, Profile

_SIGNS: Final = {True: "✓", False: "✗", None: "?"}
_WORDS: Final = {True: "true", False: "false", None: "unknown"}


@final
@attrs.frozen(kw_only=True)
class Flip:
    """One change that would help to flip a verdict.

    Attributes:
        node: The condition that would have to change.
        was: Its verdict.
        becomes: The verdict it would need.
    """

    node: Condition
    was: bool | None
    becomes: bool

    def __str__(self) -> str:
        return f"{describe(self.node)}: is {_WORDS[self.was]}, would have to be {_WORDS[self.becomes]}"


@final
@attrs.frozen(kw_only=True)
class _Way:
    """Leaf verdicts decided on so far, and how many more changes are allowed."""

    decided: Mapping[Condition, bool]
    left: int


@final
@attrs.frozen(kw_only=True)
class Explanation:
    """A condition, what it says of a customer, and why.

    Attributes:
        node: The condition.
        verdict: True, False, or None for unknown.
        values: What it read, in order: a plain-English name and the value, None for unknown.
        activity_ids: The facts behind those values, each once, in the order read.
        parts: The explanations of its parts, in order.
        inside: The explanations of the conditions inside what it read, in order.
    """

    node: Condition
    verdict: bool | None
    values: tuple[tuple[str, object], ...] = attrs.field(default=(), repr=lambda read: f"<{len(read)} read>")
    activity_ids: tuple[ActivityId, ...] = ()
    parts: tuple[Explanation, ...] = ()
    inside: tuple[Explanation, ...] = ()

    def unmet(self) -> tuple[Explanation, ...]:
        """Return every leaf that keeps this from being true, in order; none if it is true.

        Below a negation that is a leaf that is true, or unknown.
        """
        return tuple(_unmet(self, wanted=True))

    def flip(self) -> tuple[Flip, ...]:
        """Return a smallest set of changes that would turn the verdict.

        True would become false; false and unknown would become true.  The set
        is empty if nothing can turn it, as with ``x | ~x``.
        """
        leaves = {leaf.node: leaf.verdict for leaf in _leaves(self)}
        for budget in range(1, len(leaves) + 1):
            for way in _ways(self, _Way(decided={}, left=budget), wanted=self.verdict is not True):
                return tuple(
                    Flip(node=leaf, was=was, becomes=way.decided[leaf])
                    for leaf, was in leaves.items()
                    if leaf in way.decided and way.decided[leaf] is not was
                )
        return ()

    def __str__(self) -> str:
        return "\n".join(f"{'  ' * depth}{_line(one)}" for depth, one in _walk(self))

    def _repr_html_(self) -> str:
        rows = (
            ("\N{EM SPACE}" * depth + _heading(one), _WORDS[one.verdict], _read(one), len(one.activity_ids))
            for depth, one in _walk(self)
        )
        return html_table(("condition", "verdict", "read", "facts"), rows)


def explain(
    condition: Condition, profile: Profile | Mapping[str, object], *, as_of: dt.datetime | None = None
) -> Explanation:
    """Return why *condition* is true, false or unknown of *profile*; subjects as in `evaluate`.

    The answer is a tree: each part has its verdict, the values it read and the ids of
    the activities behind them.  ``.unmet()`` are the parts that keep it from
    being true; ``.flip()`` is the least that would have to be otherwise.

    >>> from crmkit.conditions import F
    >>> print(explain((F.tier >= 3) & (F.stage == "silent"), {"tier": 4}))
    ? all of
      ✓ tier is at least 3 [tier: 4]
      ? stage is 'silent' [stage: unknown]
    >>> why = explain((F.tier >= 3) & (F.stage == "silent"), {"tier": 4, "stage": "new"})
    >>> print(why.unmet()[0])
    ✗ stage is 'silent' [stage: 'new']
    >>> print(why.flip()[0])
    stage is 'silent': is false, would have to be true

    Raises:
        InvalidValue: As `evaluate`.
        Contradiction: As `evaluate`.
    """
    check_condition(condition)
    return explanation(condition, subject_of(profile, as_of=as_of))


def explanation(condition: Condition, subject: Subject) -> Explanation:
    """Return the explanation of *condition* for a subject."""
    if isinstance(condition, Not):
        inner = explanation(condition.part, subject)
        return _of_parts(condition, negation(inner.verdict), (inner,))
    if isinstance(condition, (And, Or)):
        parts = tuple(explanation(part, subject) for part in condition.parts)
        join = all_of if isinstance(condition, And) else any_of
        return _of_parts(condition, join(part.verdict for part in parts), parts)
    read = list(_readings(condition, subject))
    return Explanation(
        node=condition,
        verdict=leaf_verdict(condition, subject),
        values=tuple((name, value) for name, value, _ in read),
        activity_ids=tuple(dict.fromkeys(one for _, _, ids in read for one in ids)),
        inside=tuple(
            explanation(node.condition, subject) for node in walk(condition) if isinstance(node, TrueSince)
        ),
    )


def _of_parts(
    node: Condition,
    verdict: bool | None,  # noqa: FBT001
    parts: tuple[Explanation, ...],
) -> Explanation:
    return Explanation(
        node=node,
        verdict=verdict,
        activity_ids=tuple(dict.fromkeys(one for part in parts for one in part.activity_ids)),
        parts=parts,
    )


def _readings(node: Node, subject: Subject) -> Iterator[tuple[str, object, tuple[ActivityId, ...]]]:
    """Yield what *node* reads: a name, the value, the facts behind it."""
    if isinstance(node, Field):
        yield term_text(node), value_of(node, subject), ()
    elif isinstance(node, FACT_TERMS):
        term: FactTerm = node  # type: ignore[assignment]
        yield term_text(term), *_summary(term, subject)
    elif isinstance(node, TrueSince):
        yield term_text(node), value_of(node, subject), _behind(node, subject)
    elif not isinstance(node, Facts):
        for inner in children(node):
            yield from _readings(inner, subject)


def _summary(term: FactTerm, subject: Subject) -> tuple[object, tuple[ActivityId, ...]]:
    facts = chosen(term.facts, subject)
    behind = facts[:1] if isinstance(term, First) else facts[-1:] if isinstance(term, Last) else facts
    return summary_of(term, facts, subject), tuple(fact.id for fact in behind)


def _behind(term: TrueSince, subject: Subject) -> tuple[ActivityId, ...]:
    """Return the facts that the condition read at each instant that decided, each once, the latest instant first."""
    read = (_readings(term.condition, then) for then, _ in asked_back(term, subject))
    return tuple(dict.fromkeys(one for then in read for _, _, ids in then for one in ids))


def _unmet(one: Explanation, *, wanted: bool) -> Iterator[Explanation]:
    if one.verdict is wanted:
        return
    if not one.parts:
        yield one
    for part in one.parts:
        yield from _unmet(part, wanted=wanted is not isinstance(one.node, Not))


def _ways(one: Explanation, way: _Way, *, wanted: bool) -> Iterator[_Way]:
    """Yield every way on from *way* to *one* being *wanted*, within the changes that are left.

    A leaf that stands in several places has one verdict in all of them.
    """
    node = one.node
    if way.left < _cost(one, wanted=wanted, decided=way.decided):
        return
    if isinstance(node, Not):
        yield from _ways(one.parts[0], way, wanted=not wanted)
    elif isinstance(node, (And, Or)):
        if wanted is isinstance(node, And):
            yield from _all_ways(one.parts, way, wanted=wanted)
        else:
            for part in one.parts:
                yield from _ways(part, way, wanted=wanted)
    elif node in way.decided:
        yield way
    else:
        spent = 0 if one.verdict is wanted else 1
        yield _Way(decided={**way.decided, node: wanted}, left=way.left - spent)


def _all_ways(parts: tuple[Explanation, ...], way: _Way, *, wanted: bool) -> Iterator[_Way]:
    if not parts:
        yield way
        return
    for onward in _ways(parts[0], way, wanted=wanted):
        yield from _all_ways(parts[1:], onward, wanted=wanted)


def _cost(one: Explanation, *, wanted: bool, decided: Mapping[Condition, bool]) -> float:
    """Return the fewest changes that make *one* be *wanted*, at least; infinite if nothing can."""
    if isinstance(one.node, Not):
        return _cost(one.parts[0], wanted=not wanted, decided=decided)
    if isinstance(one.node, (And, Or)):
        costs = [_cost(part, wanted=wanted, decided=decided) for part in one.parts]
        return max(costs, default=0) if wanted is isinstance(one.node, And) else min(costs, default=math.inf)
    if one.node in decided:
        return 0 if decided[one.node] is wanted else math.inf
    if one.verdict is wanted:
        return 0
    return math.inf if isinstance(one.node, Always) else 1


def _leaves(one: Explanation) -> Iterator[Explanation]:
    if isinstance(one.node, (And, Or, Not)):
        for part in one.parts:
            yield from _leaves(part)
    else:
        yield one


def _walk(one: Explanation, depth: int = 0) -> Iterator[tuple[int, Explanation]]:
    yield depth, one
    for part in (*one.parts, *one.inside):
        yield from _walk(part, depth + 1)


def _heading(one: Explanation) -> str:
    match one.node:
        case And():
            return "all of"
        case Or():
            return "any of"
        case Not():
            return "not"
        case _:
            return describe(one.node)


def _line(one: Explanation) -> str:
    read = _read(one)
    return f"{_SIGNS[one.verdict]} {_heading(one)}{f' [{read}]' if read else ''}"


def _read(one: Explanation) -> str:
    return "; ".join(f"{name}: {value_text(value)}" for name, value in one.values)
