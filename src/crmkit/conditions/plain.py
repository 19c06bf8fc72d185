"""Plain conditions: of what every data base answers alike, true of the same customers.

An engine is asked only to compare stored whole numbers, texts, truths,
instants and dates with constants or with each other, whether a value is known,
whether a text holds another, and to count, add up and find the smallest and
the largest.  Time zones, months and the unknown are dealt with before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final, final

import attrs

from crmkit.calendars import LocalDays, Months, earlier
from crmkit.conditions.comparisons import (
    FALSE,
    TRUE,
    all_of,
    always,
    any_of,
    dates_to_calendar,
    instants_to_calendar,
    opposite,
    to_elapsed,
    to_number,
)
from crmkit.conditions.evaluate import leaf_verdict
from crmkit.conditions.nodes import (
    OPPOSITE,
    TURNED,
    Always,
    And,
    Compare,
    CompareOp,
    Condition,
    Contains,
    In,
    Known,
    Leaf,
    Not,
    Or,
    check_condition,
)
from crmkit.conditions.operands import ORDERED, OperandOrSet, sort_of
from crmkit.conditions.stored import check_stored, check_texts, is_storable, refusal
from crmkit.conditions.subject import Subject, instant_of
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
    Sum,
    Term,
    Until,
)
from crmkit.errors import InvalidValue
from crmkit.model import instant

ACTIVITY_SORTS: Final[Mapping[str, str]] = {
    "id": "text",
    "kind": "text",
    "at": "instant",
    "channel": "text",
    "amount_minor": "number",
    "currency": "text",
    "account_id": "text",
}
"""The sorts of what every activity has."""


def plain(
    condition: Condition,
    fields: Mapping[str, str],
    *,
    activities: Mapping[str, str] = ACTIVITY_SORTS,
    as_of: dt.datetime | None = None,
) -> Condition:
    """Return a plain condition that is true of the same customers at *as_of*.

    It joins leaves by and and or.  A leaf is true or false of everyone, compares a
    column with a constant or another column of its sort, or asks whether it is
    one of several values, holds a text or an item, or is known; only the last three may
    be negated, and then they are true of known values only.  A column is a field, or
    a term over activities in elapsed windows, with a plain condition on each.

    Args:
        condition: What is asked.
        fields: The sort of each field that is stored: "number", "text", "truth",
            "instant", "date" or "set" (of texts); anything else is refused by that
            name if it is asked about.
        activities: The same for what is stored of activities.
        as_of: The instant it is asked at; needed if the condition asks about time.

    Raises:
        UnknownName: If a field is not stored; the closest that is is offered.
        InvalidValue: If an engine cannot be trusted with it, or *as_of* is needed.
    """
    check_condition(condition)
    asked = _Asked(fields=fields, activities=activities, as_of=None if as_of is None else instant(as_of))
    return asked.plain(condition)


@final
@attrs.frozen(kw_only=True)
class _Asked:
    """What is known of the store, and when it is asked."""

    fields: Mapping[str, str]
    activities: Mapping[str, str]
    as_of: dt.datetime | None

    def plain(self, condition: Condition, *, wanted: bool = True) -> Condition:
        """Return what is true where *condition* is *wanted*; where it is unknown it is neither."""
        match condition:
            case And(parts=parts) | Or(parts=parts):
                inner = [self.plain(part, wanted=wanted) for part in parts]
                return all_of(inner) if isinstance(condition, And) is wanted else any_of(inner)
            case Not(part=part):
                return self.plain(part, wanted=not wanted)
            case Always(verdict=verdict):
                return always(verdict is wanted)
            case Known(value=Constant()) | In(value=Constant()) | Contains(container=Constant()):
                return always(_of_constants(condition) is wanted)
            case Known(value=value):
                known = self.known(value)
                return known if wanted else opposite(known)
            case In():
                return self.one_of(condition, wanted=wanted)
            case Contains():
                return self.holding(condition, wanted=wanted)
            case Compare(op=op):
                return self.compared(condition if wanted else attrs.evolve(condition, op=OPPOSITE[op]))

    def known(self, value: Term) -> Condition:
        """Return whether a value is known; every leaf but this asks known values only."""
        match value:
            case Count() | Distinct():
                return TRUE
            case Age(of=of) | Until(of=of):
                return self.known(of) if self.sort(self.column(of)) == "instant" else FALSE
            case _:
                return Known(value=self.column(value))

    def one_of(self, leaf: In, *, wanted: bool) -> Condition:
        if not leaf.options:
            return always(not wanted)
        column = self.column(leaf.value)
        if self.sort(column) not in {sort_of(option) for option in leaf.options}:
            return FALSE
        check_texts(leaf, leaf.options)
        stored = frozenset(one for one in leaf.options if is_storable(one))
        if not stored:
            return FALSE if wanted else self.known(leaf.value)
        found = In(value=column, options=stored)
        return found if wanted else Not(part=found)

    def holding(self, leaf: Contains, *, wanted: bool) -> Condition:
        column = self.column(leaf.container)
        sort = self.sort(column)
        if sort not in {"text", "set"} or (sort == "text" and not isinstance(leaf.item, str)):
            return FALSE
        if not isinstance(leaf.item, str):  # sets are stored as texts
            return FALSE if wanted else Known(value=column)
        if sort == "text" and not leaf.item:  # every text holds it
            return Known(value=column) if wanted else FALSE
        check_texts(leaf, [leaf.item])
        found = Contains(container=column, item=leaf.item)
        return found if wanted else Not(part=found)

    def compared(self, node: Compare) -> Condition:
        left, op, right = node.left, node.op, node.right
        if isinstance(left, Constant):
            if isinstance(right, Constant):
                return always(_of_constants(node) is True)
            left, op, right = right, TURNED[op], left
        if isinstance(left, (Age, Until)) and isinstance(right, Constant):
            return self.span(left, op, right.value)
        if not isinstance(right, Constant):
            return self.columns(self.column(left), op, self.column(right), node)
        while isinstance(left, Arithmetic):
            left, op, right = _solved(left, op, right, node)
        return self.to_constant(self.column(left), op, right.value, node)

    def columns(self, left: Term, op: CompareOp, right: Term, node: Compare) -> Condition:
        sort = self.sort(left)
        if sort != self.sort(right) or (op not in {"==", "!="} and sort not in ORDERED):
            return FALSE
        if sort == "set":
            raise refusal(node, "sets are compared")
        return Compare(op=op, left=left, right=right)

    def to_constant(self, column: Term, op: CompareOp, value: OperandOrSet, node: Compare) -> Condition:
        sort = self.sort(column)
        if sort == "set" and isinstance(value, frozenset):
            raise refusal(node, "sets are compared")
        if sort != sort_of(value) or (op not in {"==", "!="} and sort not in ORDERED):
            return FALSE
        check_texts(node, [value])
        if sort == "number" and isinstance(value, int):
            return to_number(column, op, value)
        return Compare(op=op, left=column, right=Constant(value=value))

    def span(self, span: Age | Until, op: CompareOp, duration: OperandOrSet) -> Condition:
        """Compare an age with a duration by comparing instants, or dates, with what lies that far away."""
        mark, as_of = self.column(span.of), self.instant()
        sort = self.sort(mark)
        if isinstance(duration, (LocalDays, Months)):
            if sort == "instant":
                return instants_to_calendar(span, op, duration, mark, as_of)
            return dates_to_calendar(span, op, duration, mark, as_of) if sort == "date" else FALSE
        if sort != "instant" or not isinstance(duration, dt.timedelta):
            return FALSE
        return to_elapsed(span, op, duration, mark, as_of)

    def column(self, term: Term) -> Term:
        """Return what an engine can read as one value: a field, or a term over activities."""
        match term:
            case Field(name=name):
                check_stored("field", name, self.fields)
                return term
            case Count(facts=facts) | First(facts=facts) | Last(facts=facts):
                return attrs.evolve(term, facts=self.chosen(facts))
            case Sum(facts=facts, of=of) | Least(facts=facts, of=of) | Greatest(facts=facts, of=of):
                check_stored("field of activities", of, self.activities)
                if isinstance(term, Sum) and self.activities[of] != "number":
                    raise refusal(term, "only whole numbers are added up")
                if self.activities[of] not in ORDERED:
                    raise refusal(term, f"of {self.activities[of]} values")
                if of == AMOUNT:  # amounts of more than one currency have no sum
                    self.check_held("currency")
                return attrs.evolve(term, facts=self.chosen(facts))
            case Distinct(facts=facts, of=of):
                check_stored("field of activities", of, self.activities)
                if self.activities[of] == "set":
                    raise refusal(term, "sets are compared")
                return attrs.evolve(term, facts=self.chosen(facts))
            case _:
                raise refusal(term, "it is reckoned, counted in periods, or asks of the past")

    def chosen(self, facts: Facts) -> Facts:
        """Return the same choice with windows of elapsed time and a plain condition on each activity."""
        as_of = self.instant()
        self.check_held("at")
        if facts.kinds:
            self.check_held("kind")
        check_texts(facts, facts.kinds)
        each = _Asked(fields=self.activities, activities={}, as_of=as_of)
        where = None if facts.where is None else each.plain(facts.where)
        within, before = (
            None if one is None else as_of - earlier(as_of, one) for one in (facts.within, facts.before)
        )
        # Where the date line moved a day was skipped, and "within a day" may be no time at all.
        return Facts(
            kinds=facts.kinds,
            within=within or None,
            before=before or None,
            where=where if within is None or within else FALSE,
        )

    def sort(self, column: Term) -> str:
        match column:
            case Field(name=name):
                return self.fields[name]
            case Least(of=of) | Greatest(of=of):
                return self.activities[of]
            case First() | Last():
                return "instant"
            case _:
                return "number"

    def instant(self) -> dt.datetime:
        return instant_of(Subject(read=_nothing, as_of=self.as_of))

    def check_held(self, name: str) -> None:
        """Check that activities hold what every term over them reads, of the sort it has."""
        check_stored("field of activities", name, self.activities)
        if self.activities[name] != ACTIVITY_SORTS[name]:
            raise InvalidValue(
                f"the field {name!r} of activities holds {self.activities[name]}, "
                f"and is to hold {ACTIVITY_SORTS[name]}: change the column, or what is said of it"
            )


def _nothing(_: str) -> None:
    return None


def _of_constants(leaf: Leaf) -> bool | None:
    return leaf_verdict(leaf, Subject(read=_nothing))


def _solved(
    left: Arithmetic, op: CompareOp, right: Constant, node: Compare
) -> tuple[Term, CompareOp, Constant]:
    """Return the comparison of what is reckoned with: ``x + 2 >= 5`` is ``x >= 3``."""
    match left, right.value:
        case Arithmetic(op="+", left=inner, right=Constant(value=int(by))), int(number):
            return inner, op, Constant(value=number - by)
        case Arithmetic(op="+", left=Constant(value=int(by)), right=inner), int(number):
            return inner, op, Constant(value=number - by)
        case Arithmetic(op="-", left=inner, right=Constant(value=int(by))), int(number):
            return inner, op, Constant(value=number + by)
        case Arithmetic(op="-", left=Constant(value=int(by)), right=inner), int(number):
            return inner, TURNED[op], Constant(value=by - number)
        case _:
            raise refusal(node, "it reckons with stored values")
