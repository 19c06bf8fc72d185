"""Lint: what is wrong with a condition although it can be built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Literal, TypeAlias, final

import attrs

from crmkit.conditions.evaluate import all_of, any_of
from crmkit.conditions.nodes import (
    CONDITION_TYPES,
    Always,
    And,
    Condition,
    In,
    Node,
    Or,
    check_condition,
    children,
)
from crmkit.conditions.outcomes import Verdicts, may_depend, outcomes
from crmkit.conditions.text import describe
from crmkit.conditions.vocabulary import Vocabulary, misfits

FindingKind: TypeAlias = Literal[
    "never true", "always true", "true when known", "superfluous", "unknown name", "misfit"
]
Path: TypeAlias = tuple[int, ...]
_Join: TypeAlias = Callable[[Iterable[bool | None]], bool | None]


@final
@attrs.frozen(kw_only=True)
class Finding:
    """One thing that is wrong with a condition, and what to do about it.

    Attributes:
        path: Where the node stands: the place of each node among those inside
            the one before, from the whole condition, which is ``()``.
        node: The node.
        kind: "never true", "always true", "true when known" (never false),
            "superfluous", "unknown name" or "misfit" (of the wrong type, or no declared value).
        reason: A sentence that says what to do.
    """

    path: Path
    node: Node
    kind: FindingKind
    reason: str

    def __str__(self) -> str:
        return self.reason


def lint(condition: Condition, vocabulary: Vocabulary | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with *condition*, in the order in which it is read.

    Without a *vocabulary* only its logic is looked at.  What is never true is
    true of no customer; what is always true, or true when known, is false of
    none.  All superfluous parts can be left out together, and the condition is
    true, false and unknown of the same customers as before.  Inside what is
    reported for its logic nothing more is said of logic.  Where more than 20,000
    combinations of values would have to be tried, only two parts at a time are
    looked at.

    >>> from crmkit.conditions import F
    >>> for finding in lint((F.tier >= 3) & (F.tier >= 2)):
    ...     print(finding.path, finding)
    (1,) "tier is at least 2" says nothing new beside "tier is at least 3": leave it out
    >>> for finding in lint(F.stgae == "new", Vocabulary(fields={"stage": str, "tier": int})):
    ...     print(finding.path, finding)
    (0,) no field is called 'stgae'. Did you mean 'stage'?

    Raises:
        InvalidValue: If *condition* is none.
    """
    check_condition(condition)
    found = list(_flaws(condition, ()))
    if vocabulary is not None:
        found += (
            Finding(path=path, node=node, kind=kind, reason=reason)
            for path, node, kind, reason in misfits(condition, vocabulary)
        )
    return tuple(sorted(found, key=lambda finding: finding.path))


def _flaws(node: Node, path: Path) -> Iterator[Finding]:
    """Yield what is wrong with the logic of *node*; a choice of activities has a logic of its own."""
    left_out: dict[int, str] = {}
    if isinstance(node, CONDITION_TYPES):
        condition: Condition = node  # type: ignore[assignment]
        constant = None if isinstance(condition, Always) else _constant(condition)
        if constant is not None:
            kind, reason = constant
            yield Finding(path=path, node=node, kind=kind, reason=reason)
            return
        left_out = _superfluous(condition)
    for place, inside in enumerate(children(node)):
        if place in left_out:
            yield Finding(path=(*path, place), node=inside, kind="superfluous", reason=left_out[place])
        else:
            yield from _flaws(inside, (*path, place))


def _constant(condition: Condition) -> tuple[FindingKind, str] | None:
    """Return why the verdict of *condition* hardly depends on the customer, or None if it does."""
    parts, join = _joined(condition)
    together = outcomes(parts)
    kind = _kind(together, join)
    if together is not None and kind is None:
        return None
    for size in (1, 2):
        for group in combinations(parts, size):
            if not may_depend(group[0], group[-1]):
                continue
            decided = _kind(outcomes(group), join)
            if decided is None or kind not in {None, decided}:
                continue
            if (decided == "never true") is (join is all_of):  # one part settles the whole
                return decided, _why(condition, decided, group)
    return None if kind is None else (kind, _why(condition, kind, ()))


def _joined(condition: Condition) -> tuple[tuple[Condition, ...], _Join]:
    """Return the parts of *condition* and how they are joined; of anything else, itself alone."""
    if isinstance(condition, (And, Or)):
        return condition.parts, all_of if isinstance(condition, And) else any_of
    return (condition,), all_of


def _kind(together: Iterable[Verdicts] | None, join: _Join) -> FindingKind | None:
    verdicts = {True, False} if together is None else {join(row) for row in together}
    if True not in verdicts:
        return "never true"
    if False in verdicts:
        return None
    return "true when known" if None in verdicts else "always true"


def _why(condition: Condition, kind: FindingKind, group: tuple[Condition, ...]) -> str:
    if isinstance(condition, In) and not condition.options:
        return f"{_quoted(condition)} is never true: name at least one option"
    if kind == "never true" and len(group) > 1:
        return f"{_listed(group, 'and')} are never true together: change one of them"
    about = _quoted(condition) if not group else _listed(group, "or")
    if kind == "never true":
        return f"{about} is never true of anybody: change it"
    if kind == "always true":
        return f"{about} is always true, whoever is asked: leave it out, or change it"
    return f"{about} is true whenever it is known: ask .is_known() if that is meant, else change it"


def _superfluous(condition: Condition) -> dict[int, str]:
    """Return why parts can be left out, all of them together, by their places; earlier parts stay rather."""
    if not isinstance(condition, (And, Or)):
        return {}
    parts, join = _joined(condition)
    together = outcomes(parts)
    kept, found = list(range(len(parts))), dict[int, str]()
    for place in reversed(range(len(parts))):
        others = [other for other in kept if other != place]
        covering = next((one for one in others if _covers(parts, (one, place), join, together)), None)
        if covering is None and (together is None or not others or not _same(together, kept, others, join)):
            continue
        if not isinstance(parts[place], Always) and _constant(parts[place]) is not None:
            continue  # that is said of the part itself
        beside = "the other parts" if covering is None else _quoted(parts[covering])
        found[place] = f"{_quoted(parts[place])} says nothing new beside {beside}: leave it out"
        kept = others
    return found


def _covers(
    parts: tuple[Condition, ...], pair: tuple[int, int], join: _Join, together: Iterable[Verdicts] | None
) -> bool:
    """Return whether the first of *pair*, joined with the second, is provably the first alone."""
    one, other = (parts[place] for place in pair)
    if not may_depend(one, other):
        return False
    if together is not None:
        return _same(together, pair, pair[:1], join)
    of_pair = outcomes([one, other])
    return of_pair is not None and _same(of_pair, (0, 1), (0,), join)


def _same(together: Iterable[Verdicts], some: Sequence[int], others: Sequence[int], join: _Join) -> bool:
    return all(join(row[one] for one in some) is join(row[one] for one in others) for row in together)


def _listed(conditions: tuple[Condition, ...], word: str) -> str:
    return f" {word} ".join(_quoted(one) for one in conditions)


def _quoted(condition: Condition) -> str:
    return f'"{describe(condition)}"'
