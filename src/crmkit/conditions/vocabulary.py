"""Vocabulary: which fields and kinds of activity there are, and what in a condition does not fit them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias, final

import attrs

from crmkit.conditions.nodes import Compare, Contains, In, Node, children
from crmkit.conditions.operands import ORDERED, OperandOrSet, sort_of, sorted_operands
from crmkit.conditions.terms import (
    Age,
    Arithmetic,
    Constant,
    Facts,
    Field,
    Term,
    Until,
    is_calendar,
    term_sort,
)
from crmkit.conditions.text import code, describe
from crmkit.errors import InvalidValue, suggestion
from crmkit.model import KINDS, CustomField

Misfit: TypeAlias = tuple[tuple[int, ...], Node, Literal["unknown name", "misfit"], str]

_TYPES: Final[dict[object, str]] = {
    str: "text",
    int: "integer",
    bool: "boolean",
    dt.date: "date",
    dt.datetime: "instant",
}
_SORTS: Final = {
    "text": "text",
    "integer": "number",
    "boolean": "truth",
    "date": "date",
    "instant": "instant",
    "choice": "text",
}


def _declared(fields: Iterable[CustomField] | Mapping[str, Any]) -> tuple[CustomField, ...]:
    if isinstance(fields, Mapping):
        fields = [_field(name, type_) for name, type_ in fields.items()]
    ordered = sorted(fields, key=lambda field: field.name)
    for one, other in pairwise(ordered):
        if one.name == other.name:
            raise InvalidValue(f"the field {one.name!r} stands twice; declare it once")
    return tuple(ordered)


def _field(name: str, type_: object) -> CustomField:
    if isinstance(type_, (set, frozenset)):
        return CustomField(name=name, type="choice", choices=tuple(sorted(type_)), meaning=name)
    if type_ not in _TYPES:
        raise InvalidValue(
            f"the field {name!r} is str, int, bool, date, datetime or a set of the texts it may hold, got {type_!r}"
        )
    return CustomField(name=name, type=_TYPES[type_], meaning=name)


def _kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    if isinstance(kinds, str):
        raise InvalidValue(f"kinds are several texts, got one: write ({kinds!r},)")
    return tuple(kinds)


@final
@attrs.frozen(kw_only=True)
class Vocabulary:
    """The names that conditions may use.

    >>> Vocabulary(fields={"tier": int, "stage": {"new", "silent"}}).fields[0].choices
    ('new', 'silent')

    Attributes:
        fields: Fields of the customer, sorted by name; a mapping of names to
            str, int, bool, date, datetime or a set of texts when given.  What
            holds several values, as tags do, is a `CustomField` with ``many``.
            `Facts.where` asks about an activity, whose props are not declared.
        kinds: Every kind of activity there is: `model.KINDS`, unless the host
            has others or more.

    Raises:
        InvalidValue: If a field stands twice, or is of another type.
    """

    fields: tuple[CustomField, ...] = attrs.field(converter=_declared)
    kinds: tuple[str, ...] = attrs.field(default=KINDS, converter=_kinds)


def misfits(node: Node, vocabulary: Vocabulary) -> list[Misfit]:
    """Return what in *node* does not fit *vocabulary*: the path, the node, the kind of misfit, a sentence."""
    known = {field.name: field for field in vocabulary.fields}
    return list(_misfits(node, (), known, vocabulary.kinds))


def _misfits(
    node: Node, path: tuple[int, ...], known: Mapping[str, CustomField], kinds: tuple[str, ...]
) -> Iterator[Misfit]:
    if isinstance(node, Facts):
        for kind in node.kinds:
            if kind not in kinds:
                reason = f"no kind of activity is called {kind!r}. {suggestion(kind, kinds)}".rstrip()
                yield path, node, "unknown name", reason
        return
    if isinstance(node, Field) and node.name not in known:
        reason = f"no field is called {node.name!r}. {suggestion(node.name, known)}".rstrip()
        yield path, node, "unknown name", reason
    unfit = _misfit(node, known)
    if unfit is not None:
        yield path, node, "misfit", unfit
    for place, inside in enumerate(children(node)):
        yield from _misfits(inside, (*path, place), known, kinds)


def _misfit(node: Node, known: Mapping[str, CustomField]) -> str | None:
    match node:
        case Compare(left=left, right=right):
            reason = (
                _unlike(node, left, right, known) or _unordered(node, known) or _days_of_a_date(node, known)
            )
            if reason is None and node.op in {"==", "!="}:
                return _unlisted(left, right, known) or _unlisted(right, left, known)
            return reason
        case In(value=value, options=options):
            constants = [Constant(value=option) for option in sorted_operands(options)]
            unfit = (_unlike(node, value, one, known) or _unlisted(value, one, known) for one in constants)
            return next((reason for reason in unfit if reason is not None), None)
        case Contains(container=container, item=item):
            return _not_holding(container, item, known)
        case Age(of=of) | Until(of=of):
            return _other_than(of, {"instant", "date"}, "an age or a wait needs an instant or a date", known)
        case Arithmetic(left=left, right=right):
            need = "only whole numbers can be reckoned with"
            return _other_than(left, {"number"}, need, known) or _other_than(right, {"number"}, need, known)
    return None


def _sorts(term: Term, known: Mapping[str, CustomField]) -> set[str]:
    """Return the sorts that the value of *term* may be of; none if nothing is known of it."""
    if isinstance(term, Field):
        field = known.get(term.name)
        return set() if field is None else {_SORTS[field.type], *(["set"] if field.many else [])}
    sort = term_sort(term)
    return set() if sort is None else {sort}


def _unlike(node: Compare | In, left: Term, right: Term, known: Mapping[str, CustomField]) -> str | None:
    ours, theirs = _sorts(left, known), _sorts(right, known)
    if not ours or not theirs:
        return None
    if not ours & theirs:
        return (
            f'"{describe(node)}" can never be known: {code(left)} is a {_either(ours)} '
            f"and {code(right)} a {_either(theirs)}; compare it with a {_either(ours)}"
        )
    if "set" in ours and isinstance(right, Constant) and "set" not in theirs:
        asked = f"{code(left)}.contains({code(right)})"
        return f"{code(left)} may hold several values and is then unknown here: ask {asked}"
    return None


def _unordered(node: Compare, known: Mapping[str, CustomField]) -> str | None:
    for term in (node.left, node.right):
        sorts = _sorts(term, known)
        if node.op not in {"==", "!="} and sorts and not sorts & ORDERED:
            return f"{code(term)} is a {_either(sorts)}, which has no order; use == or !="
    return None


def _days_of_a_date(node: Compare, known: Mapping[str, CustomField]) -> str | None:
    span, duration = node.left, node.right
    if isinstance(span, (Age, Until)) and _sorts(span.of, known) == {"date"} and not is_calendar(duration):
        return f"{code(span.of)} is a date, which has no hours: compare with local_days(…), months(…) or years(…)"
    return None


def _unlisted(term: Term, constant: Term, known: Mapping[str, CustomField]) -> str | None:
    """Return what is wrong if *constant* is no text that the choice *term* may hold."""
    field = known.get(term.name) if isinstance(term, Field) else None
    if field is None or not field.choices or not isinstance(constant, Constant):
        return None
    for text in _texts(constant.value):
        if text not in field.choices:
            return f"{text!r} is no value of {field.name!r}. {suggestion(text, field.choices)}"
    return None


def _texts(value: OperandOrSet) -> list[str]:
    values = sorted_operands(value) if isinstance(value, frozenset) else [value]
    return [one for one in values if isinstance(one, str)]


def _not_holding(container: Term, item: OperandOrSet, known: Mapping[str, CustomField]) -> str | None:
    if reason := _other_than(container, {"text", "set"}, "only a text or a set contains anything", known):
        return reason
    field = known.get(container.name) if isinstance(container, Field) else None
    if field is not None and sort_of(item) != _SORTS[field.type]:
        held = _SORTS[field.type]
        return f"{code(container)} holds a {held}, never a {sort_of(item)}; ask for a {held}"
    return _unlisted(container, Constant(value=item), known) if field is not None and field.many else None


def _other_than(term: Term, needed: set[str], need: str, known: Mapping[str, CustomField]) -> str | None:
    sorts = _sorts(term, known)
    return None if not sorts or sorts & needed else f"{need}, and {code(term)} is a {_either(sorts)}"


def _either(sorts: set[str]) -> str:
    return " or a ".join(sorted(sorts))
