"""Nodes: the closed set of conditions, each true, false or unknown of a customer.

They are plain values with equality and hashing, joined by ``&``, ``|`` and
``~``; comparing `F.x` and `A(…)` of the builder makes them.  The values that they
compare are the terms of `crmkit.conditions.terms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Final, Literal, TypeAlias, cast, final, get_args

import attrs

from crmkit.conditions.operands import ORDERED, Operand, identity, operand, operands
from crmkit.conditions.terms import (
    TERM_TYPES,
    Age,
    Count,
    Distinct,
    Facts,
    Field,
    First,
    Greatest,
    Last,
    Least,
    Nested,
    Streak,
    Sum,
    Term,
    TrueSince,
    Until,
    is_calendar,
    term_sort,
)
from crmkit.errors import InvalidValue

MAX_DEPTH: Final = 100
"""How many nodes may stand inside each other: what is deeper could not be read back, and nobody could read it."""

TOO_DEEP: Final = f"nested more than {MAX_DEPTH} deep; join parts side by side with & or |"

CompareOp: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]

TURNED: Final[dict[CompareOp, CompareOp]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
"""What a comparison becomes when its sides change places."""

OPPOSITE: Final[dict[CompareOp, CompareOp]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
"""What holds of two known values where a comparison does not."""


def _both(left: Condition, right: object) -> And:
    return And(parts=(*_parts(And, left), *_parts(And, _condition(right))))


def _either(left: Condition, right: object) -> Or:
    return Or(parts=(*_parts(Or, left), *_parts(Or, _condition(right))))


def _negated(condition: Condition) -> Not:
    return Not(part=condition)


def _no_truth(_: Condition) -> bool:
    raise InvalidValue(
        "a condition is not true or false by itself: use matches(condition, profile). "
        "Join conditions with & | ~, each in brackets: (F.tier >= 3) & (F.tier < 5); "
        "a range is .between(low, high), one of several .is_in([…])"
    )


def _in_english(condition: Condition) -> str:
    from crmkit.conditions.text import describe

    return describe(condition)


def _in_markdown(condition: Condition) -> str:
    from crmkit.conditions.outlines import markdown

    return markdown(condition)


def _as_code(node: Condition) -> str:
    from crmkit.conditions.text import code

    return code(node)


class _Joined(Nested):
    """What every condition can do, no value of its own: be joined, and be read as English or as code."""

    __slots__ = ()

    __and__ = _both
    __or__ = _either
    __invert__ = _negated
    __bool__ = _no_truth
    __str__ = _in_english
    __repr__ = _as_code
    _repr_markdown_ = _in_markdown


def _known_op(_: object, __: object, op: str) -> None:
    if op not in get_args(CompareOp):
        raise InvalidValue(f"a comparison is one of {' '.join(get_args(CompareOp))}, got {op!r}")


@final
@attrs.frozen(kw_only=True, repr=False)
class Compare(_Joined):
    """Whether two terms stand in an order; unknown if either is, or if their sorts differ.

    Text is compared by code point.  Sets and booleans know only ``==`` and ``!=``.
    """

    op: CompareOp = attrs.field(validator=_known_op)
    left: Term
    right: Term

    def __attrs_post_init__(self) -> None:
        Nested.__attrs_post_init__(self)
        left, right = term_sort(self.left), term_sort(self.right)
        if left is not None and right is not None and left != right:
            raise InvalidValue(f"a {left} cannot be compared with a {right}: {_as_code(self)}")
        for sort in (left, right):
            if self.op not in {"==", "!="} and sort is not None and sort not in ORDERED:
                raise InvalidValue(f"a {sort} has no order; use == or !=")
        if is_calendar(self.left) or (is_calendar(self.right) and not isinstance(self.left, (Age, Until))):
            raise InvalidValue(
                "a calendar duration can only stand right of an age: F.since.age() >= months(6)"
            )


@final
@attrs.frozen(kw_only=True, repr=False)
class In(_Joined):
    """Whether a value is one of several; unknown if it is unknown or of another sort."""

    value: Term
    options: frozenset[Operand] = attrs.field(converter=operands, eq=identity)


@final
@attrs.frozen(kw_only=True, repr=False)
class Contains(_Joined):
    """Whether a set holds an item, or a text a part, letter for letter; unknown if it is unknown."""

    container: Term
    item: Operand = attrs.field(converter=operand, eq=identity)

    def __attrs_post_init__(self) -> None:
        Nested.__attrs_post_init__(self)
        if isinstance(self.item, frozenset):
            raise InvalidValue("contains(…) takes one item; ask for several with | or &")


@final
@attrs.frozen(kw_only=True, repr=False)
class Known(_Joined):
    """Whether a value is known; itself never unknown."""

    value: Term


@final
@attrs.frozen(kw_only=True, repr=False)
class Always(_Joined):
    """True, false or unknown (None) of everyone."""

    verdict: bool | None


@final
@attrs.frozen(kw_only=True, repr=False)
class And(_Joined):
    """True if all parts are, false if any part is false, else unknown; of no parts, true."""

    parts: tuple[Condition, ...]


@final
@attrs.frozen(kw_only=True, repr=False)
class Or(_Joined):
    """True if any part is, false if all parts are false, else unknown; of no parts, false."""

    parts: tuple[Condition, ...]


@final
@attrs.frozen(kw_only=True, repr=False)
class Not(_Joined):
    """True if the part is false, false if it is true, unknown if it is unknown."""

    part: Condition


Leaf: TypeAlias = Compare | In | Contains | Known | Always
Condition: TypeAlias = Compare | In | Contains | Known | Always | And | Or | Not
Node: TypeAlias = Condition | Term | Facts
FactTerm: TypeAlias = Count | Sum | Least | Greatest | First | Last | Distinct | Streak

CONDITION_TYPES: Final[tuple[type, ...]] = get_args(Condition)
FACT_TERMS: Final[tuple[type, ...]] = get_args(FactTerm)
NODE_TYPES: Final = frozenset({*CONDITION_TYPES, *TERM_TYPES, Facts})

_KEPT_DEPTH: Final = attrgetter("_depth")
_TAGS_FIELD: Final = Field(name="tags")

for _node in (Facts, TrueSince):
    attrs.resolve_types(_node, localns={"Condition": Condition})


def children(node: Node) -> list[Node]:
    """Return the nodes directly inside *node*, in the order in which they are read."""
    inside: list[Node] = []
    for attribute in attrs.fields(type(node)):
        value = getattr(node, attribute.name)
        inside.extend(
            one for one in (value if isinstance(value, tuple) else (value,)) if type(one) in NODE_TYPES
        )
    return inside


def walk(node: Node) -> Iterator[Node]:
    """Yield *node* and every node inside it, in the order in which they are read."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(children(one)))


def check_depth(node: Nested) -> None:
    """Keep how deep *node* is, and check that it is at most `MAX_DEPTH`.

    Raises:
        InvalidValue: If it is deeper.
    """
    if _depth(cast("Node", node)) > MAX_DEPTH:
        raise InvalidValue(f"the condition is {TOO_DEEP}")


def check_condition(value: object) -> None:
    """Check that *value* is a condition, and not a value that is still to be compared.

    Raises:
        InvalidValue: If it is none.
    """
    if not isinstance(value, CONDITION_TYPES):
        raise InvalidValue(
            f"expected a condition, got a {type(value).__name__}: compare it, as in F.tier >= 3 or F.vip.is_true()"
        )


def uses_facts(node: Node) -> bool:
    """Return whether *node* reads activities."""
    return any(isinstance(one, Facts) for one in walk(node))


def uses_time(node: Node) -> bool:
    """Return whether *node* is asked at an instant."""
    return any(isinstance(one, (Facts, Age, Until)) for one in walk(node))


def fact_terms(node: Node) -> list[FactTerm]:
    """Return the terms over activities inside *node*, each once, in the order in which they are read."""
    found = (one for one in walk(node) if isinstance(one, get_args(FactTerm)))
    return cast("list[FactTerm]", list(dict.fromkeys(found)))


def field_names(node: Node) -> frozenset[str]:
    """Return the fields of the customer that *node* reads; what `Facts.where` reads is the activity's."""
    names: set[str] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Field):
            names.add(one.name)
        elif not isinstance(one, Facts):
            waiting.extend(children(one))
    return frozenset(names)


def tags_read(node: Node) -> frozenset[object] | None:
    """Return the tags of the customer that *node* asks for by name, or None if it reads them all."""
    names: set[object] = set()
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Contains) and one.container == _TAGS_FIELD:
            names.add(one.item)
        elif one == _TAGS_FIELD:
            return None
        elif not isinstance(one, Facts):
            waiting.extend(children(one))
    return frozenset(names)


def _depth(node: Node) -> int:
    """Return how many nodes stand inside each other at most, *node* included; of what is `Nested` it is kept."""
    match node:
        case And(parts=parts) | Or(parts=parts):
            inside: Sequence[Node] = parts
        case Compare(left=left, right=right):
            inside = (left, right)
        case _:
            inside = children(node)
    try:
        found = 1 + max(map(_KEPT_DEPTH, inside), default=0)
    except AttributeError:  # terms that hold little, and what was copied
        found = 1 + max(map(_kept_depth, inside), default=0)
    if isinstance(node, Nested):
        object.__setattr__(node, "_depth", found)
    return found


def _kept_depth(node: Node) -> int:
    kept: int | None = getattr(node, "_depth", None)
    return _depth(node) if kept is None else kept


def _parts(kind: type[And | Or], condition: Condition) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, (And, Or)) and type(condition) is kind else (condition,)


def _condition(right: object) -> Condition:
    if isinstance(right, (Compare, In, Contains, Known, Always, And, Or, Not)):
        return right
    raise InvalidValue(
        f"& and | join conditions, got a {type(right).__name__}; "
        "put each comparison in brackets: (F.tier >= 3) & (F.stage == 'new')"
    )
