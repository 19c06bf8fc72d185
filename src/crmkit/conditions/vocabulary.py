"""Vocabulary: which fields, props and kinds of activity there are, and what in a condition does not fit."""

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
    Distinct,
    Facts,
    Field,
    Greatest,
    Least,
    Sum,
    Term,
    Until,
    is_calendar,
    term_sort,
)
from crmkit.conditions.text import code, describe
from crmkit.errors import InvalidValue, suggestion
from crmkit.model import ACTIVITY_FIELDS, KINDS, CustomField

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

_OF_ACTIVITY: Final = {field.name: field for field in ACTIVITY_FIELDS}


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
        kinds: Every kind of activity there is: `model.KINDS`, unless the host
            has others or more.
        props: Props of activities, given and sorted as fields are; None if they are not
            declared, and any name may be asked of an activity.

    Raises:
        InvalidValue: If a field or a prop stands twice, or is of another type.
    """

    fields: tuple[CustomField, ...] = attrs.field(converter=_declared)
    kinds: tuple[str, ...] = attrs.field(default=KINDS, converter=_kinds)
    props: tuple[CustomField, ...] | None = attrs.field(
        default=None, converter=attrs.converters.optional(_declared)
    )

    def __attrs_post_init__(self) -> None:
        for prop in self.props or ():
            if prop.name in _OF_ACTIVITY:
                raise InvalidValue(f"the prop {prop.name!r} is a field of every activity; declare it as none")


@final
@attrs.frozen(kw_only=True)
class _Names:
    """What may be asked of a customer, or of an activity."""

    what: str
    known: Mapping[str, CustomField]
    are_all: bool = True

    def strange(self, name: str) -> str | None:
        """Return why nothing is called *name*, or None if something is or may be."""
        if name in self.known or not self.are_all:
            return None
        return f"no {self.what} is called {name!r}. {suggestion(name, self.known)}".rstrip()


def misfits(node: Node, vocabulary: Vocabulary) -> list[Misfit]:
    """Return what in *node* does not fit *vocabulary*: the path, the node, the kind of misfit, a sentence."""
    customer = _Names(what="field", known={field.name: field for field in vocabulary.fields})
    kind = attrs.evolve(_OF_ACTIVITY["kind"], type="choice", choices=vocabulary.kinds)
    own = {**_OF_ACTIVITY, **({"kind": kind} if vocabulary.kinds else {})}
    props = {prop.name: prop for prop in vocabulary.props or ()}
    activity = _Names(
        what="field or prop of an activity", known={**own, **props}, are_all=vocabulary.props is not None
    )
    return list(_misfits(node, (), customer, activity))


def _misfits(node: Node, path: tuple[int, ...], names: _Names, activity: _Names) -> Iterator[Misfit]:
    if isinstance(node, Facts):
        kinds = activity.known["kind"].choices
        for kind in node.kinds:
            if kind not in kinds:
                reason = f"no kind of activity is called {kind!r}. {suggestion(kind, kinds)}".rstrip()
                yield path, node, "unknown name", reason
        names = activity
    if isinstance(node, Field) and (strange := names.strange(node.name)) is not None:
        yield path, node, "unknown name", strange
        return
    if isinstance(node, (Sum, Least, Greatest, Distinct)):
        if (strange := activity.strange(node.of)) is not None:
            yield path, node, "unknown name", strange
        elif isinstance(node, Sum) and (unfit := _not_summed(node.of, activity.known)) is not None:
            yield path, node, "misfit", unfit
    unfit = _misfit(node, names.known)
    if unfit is not None:
        yield path, node, "misfit", unfit
    for place, inside in enumerate(children(node)):
        yield from _misfits(inside, (*path, place), names, activity)


def _not_summed(name: str, known: Mapping[str, CustomField]) -> str | None:
    summed = known.get(name)
    if summed is None or summed.type == "integer":
        return None
    return (
        f"only whole numbers have a sum, and {name!r} is a {_SORTS[summed.type]}: use .count() or .distinct()"
    )


def _misfit(node: Node, known: Mapping[str, CustomField]) -> str | None:
    match node:
        case Compare(left=left, right=right):
            reason = (
                _unlike(node, left, right, known) or _unordered(node, known) or _days_of_a_date(node, known)
            )
            missed = _unlisted if node.op in {"==", "!="} else _out_of_bounds
            return reason or missed(left, right, known) or missed(right, left, known)
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
    """Return what is wrong if *constant* is nothing that *term* may hold: no choice, or out of its bounds."""
    field = known.get(term.name) if isinstance(term, Field) else None
    if field is None or not field.choices or not isinstance(constant, Constant):
        return _out_of_bounds(term, constant, known)
    for text in _texts(constant.value):
        if text not in field.choices:
            return f"{text!r} is no value of {field.name!r}. {suggestion(text, field.choices)}"
    return None


def _out_of_bounds(term: Term, constant: Term, known: Mapping[str, CustomField]) -> str | None:
    field = known.get(term.name) if isinstance(term, Field) else None
    if field is None or not isinstance(constant, Constant):
        return None
    value = constant.value
    for number in sorted_operands(value) if isinstance(value, frozenset) else [value]:
        if type(number) is int and not field.within(number):
            return f"{number} is no value of {field.name!r}, which goes {field.bounds}"
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
