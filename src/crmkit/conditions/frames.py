"""Conditions in data frames: asked of any engine that narwhals speaks to; lazy frames stay lazy."""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from typing import Any, Final, TypeVar, final

import attrs
import narwhals as nw

from crmkit.calendars import earlier, instant
from crmkit.conditions.evaluate import ORDER
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    Condition,
    Contains,
    FactTerm,
    In,
    Known,
    Not,
    Or,
    fact_terms,
)
from crmkit.conditions.operands import sorted_operands
from crmkit.conditions.plain import ACTIVITY_SORTS, plain
from crmkit.conditions.terms import (
    AMOUNT,
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
)
from crmkit.errors import InvalidValue, UnknownName

FrameT = TypeVar("FrameT")

_SUMMED: Final[Mapping[type, str]] = {
    First: "min",
    Last: "max",
    Distinct: "n_unique",
    Sum: "sum",
    Least: "min",
    Greatest: "max",
}
_FORMS: Final[Mapping[str, Any]] = {
    "text": nw.String(),
    "number": nw.Int64(),
    "instant": nw.Datetime("us", "UTC"),
}
_WIDE: Final = (nw.UInt64, nw.Int128, nw.UInt128)


def matching(
    condition: Condition,
    customers: FrameT,
    *,
    activities: Any = None,
    as_of: dt.datetime | None = None,
    key: str = "id",
    customer_key: str = "customer_id",
) -> FrameT:
    """Return the rows of *customers* of whom *condition* is true, in a frame of the same kind, in any order.

    pandas, polars, pyarrow, DuckDB, PySpark and whatever else narwhals reads.
    An engine is asked only what all engines answer alike, see `plain`; anything
    else is asked of columns, with `bulk.matches`.

    Args:
        condition: What is asked.
        customers: A row for each customer; instants aware.
        activities: A row for each activity, each told once, in a frame of the same kind.
        as_of: The instant it is asked at; activities after it are not seen.
        key: The column of *customers* that holds their ids, each once.
        customer_key: The column of *activities* that holds whose they are.

    Raises:
        UnknownName: If a column is missing; the closest there is is offered.
        InvalidValue: If engines cannot be trusted with the condition, a column
            holds what no condition can ask about (naive instants, decimal numbers,
            whole ones wider than 64 bits, categories that are no texts),
            or *as_of* or *activities* is needed.
    """
    frame: Any = nw.from_native(customers)
    facts: Any = None if activities is None else nw.from_native(activities)
    columns, fact_columns = _columns_of(frame), None if facts is None else _columns_of(facts)
    fact_sorts = dict(ACTIVITY_SORTS if fact_columns is None else fact_columns.sorts)
    fact_sorts.pop(customer_key, None)  # whose an activity is, is nothing that it says
    asked = plain(condition, columns.sorts, activities=fact_sorts, as_of=as_of)
    held = list(columns.sorts)
    if isinstance(asked, Always):
        return customers if asked.verdict else frame.filter(_nowhere(held[0])).to_native()
    terms = fact_terms(asked)
    if terms and as_of is not None:
        if fact_columns is None:
            raise InvalidValue("the condition asks about activities: give activities=…, a row for each")
        if frame.implementation.is_pyarrow() and "set" in columns.sorts.values():
            raise InvalidValue(
                "pyarrow cannot join tables that hold lists; give polars frames, or ask conditions.bulk"
            )
        _check_column("customers", key, columns.sorts)
        _check_column("activities", customer_key, fact_columns.sorts)
        for place, term in enumerate(terms):
            summary = _summary(term, facts, fact_columns, place, customer_key, instant(as_of))
            frame = frame.join(summary, left_on=key, right_on=customer_key, how="left")
        columns = attrs.evolve(columns, places={term: place for place, term in enumerate(terms)})
    found: FrameT = frame.filter(columns.true(asked)).select(held).to_native()
    return found


def _summary(
    term: FactTerm, facts: Any, columns: _Columns, place: int, customer_key: str, as_of: dt.datetime
) -> Any:
    """Return what *term* says of each customer who has activities that it chooses, in columns of its own."""
    value, lowest, highest = _names(place)
    chosen = facts.filter(columns.chosen(term.facts, as_of))
    if isinstance(term, Count):
        return chosen.group_by(customer_key).agg(nw.len().alias(value))
    if isinstance(term, Streak):
        raise InvalidValue(f"{term!r} is not plain")
    of = "at" if isinstance(term, (First, Last)) else term.of
    # A sum of many 64-bit numbers may need more.
    said = columns.value(of).cast(nw.Decimal(38, 0)) if isinstance(term, Sum) else columns.value(of)
    chosen = chosen.filter(~nw.col(of).is_null()).with_columns(said.alias(value))
    told = [getattr(nw.col(value), _SUMMED[type(term)])()]
    if of == AMOUNT and not isinstance(term, Distinct):
        chosen = chosen.with_columns(columns.value("currency").alias(lowest))
        told += [nw.col(lowest).min(), nw.col(lowest).max().alias(highest)]
    return chosen.group_by(customer_key).agg(*told)


@final
@attrs.frozen(kw_only=True)
class _Columns:
    """What expressions over a frame are made of.

    Attributes:
        sorts: The sorts of its columns.
        other_form: The type to which columns are cast before they are compared, of those that need it.
        places: Where the terms over activities stand, of which it has columns.
    """

    sorts: Mapping[str, str]
    other_form: Mapping[str, Any]
    places: Mapping[Term, int] = attrs.field(factory=dict)

    def value(self, name: str) -> Any:
        """Return the values of a column in the form in which every engine compares them alike."""
        column = nw.col(name)
        return column.cast(self.other_form[name]) if name in self.other_form else column

    def true(self, condition: Condition) -> Any:
        """Return an expression that is true where a plain condition is, and false everywhere else."""
        match condition:
            case And(parts=parts):
                return reduce(operator.and_, map(self.true, parts))
            case Or(parts=parts):
                return reduce(operator.or_, map(self.true, parts))
            case Known(value=term):
                return self.column(term)[1]
            case Not(part=Known(value=term)):
                return ~self.column(term)[1]
            case Not(part=In(value=term) | Contains(container=term) as part):
                value, known = self.column(term)
                return known & ~self.holds(part, value)
            case In(value=term) | Contains(container=term):
                value, known = self.column(term)
                return known & self.holds(condition, value)
            case Compare(op=op, left=left, right=Constant(value=constant)):
                value, known = self.column(left)
                return known & ORDER[op](value, constant)
            case Compare(op=op, left=left, right=right):
                (one, known), (other, also) = self.column(left), self.column(right)
                return known & also & ORDER[op](one, other)
            case _:
                raise InvalidValue(f"{condition!r} is not plain")

    def holds(self, leaf: In | Contains, value: Any) -> Any:
        """Return an expression that is true where the known *value* is one of several, or holds an item."""
        if isinstance(leaf, In):
            return value.is_in(sorted_operands(leaf.options))
        if isinstance(leaf.container, Field) and self.sorts[leaf.container.name] == "set":
            return value.list.contains(leaf.item)
        return value.str.contains(leaf.item, literal=True)

    def column(self, term: Term) -> tuple[Any, Any]:
        """Return the value of a column, and whether it is known."""
        if isinstance(term, Field):
            value, known = self.value(term.name), ~nw.col(term.name).is_null()
            # Some engines cannot compare texts with what is not there.
            return (value.fill_null("") if self.sorts[term.name] == "text" else value), known
        value, lowest, highest = (nw.col(name) for name in _names(self.places[term]))
        match term:
            case Count() | Distinct():
                return value.fill_null(0), value.is_null() | ~value.is_null()
            case Sum(of=of):
                known = (
                    value.is_null() | (lowest == highest)
                    if of == AMOUNT
                    else value.is_null() | ~value.is_null()
                )
                return value.fill_null(Decimal(0)), known
            case Least(of=of) | Greatest(of=of) if of == AMOUNT:
                return value, ~value.is_null() & (lowest == highest)
            case _:
                return value, ~value.is_null()

    def chosen(self, facts: Facts, as_of: dt.datetime) -> Any:
        """Return an expression that is true of the activities that a term chooses."""
        until = as_of if facts.before is None else earlier(as_of, facts.before)
        at = self.value("at")
        chosen = at <= until
        if facts.within is not None:
            chosen &= at > earlier(as_of, facts.within)
        if facts.kinds:
            chosen &= self.value("kind").is_in(facts.kinds)
        match facts.where:
            case None | Always(verdict=True):
                return chosen
            case Always():
                return chosen & _nowhere("at")
            case where:
                return chosen & self.true(where)


def _columns_of(frame: Any) -> _Columns:
    schema = frame.collect_schema()
    sorts = {name: _sort(dtype) for name, dtype in schema.items()}
    for name, dtype in schema.items():
        if _is_categories(dtype) and isinstance(frame, nw.DataFrame) and not _has_texts(frame[name]):
            sorts[name] = "categories that are no texts"
    # Data bases tell instants in microseconds, wherever their clocks stand.
    has_own_clock = frame.implementation.is_duckdb() or frame.implementation.is_spark_like()
    forms = {name: _FORMS[sort] for name, sort in sorts.items() if sort in _FORMS}
    return _Columns(
        sorts=sorts,
        other_form={
            name: form
            for name, form in forms.items()
            if schema[name] != form and not (sorts[name] == "instant" and has_own_clock)
        },
    )


def _has_texts(series: Any) -> bool:
    return all(isinstance(one, str) for one in series.drop_nulls().unique().to_list())


def _is_categories(dtype: Any) -> bool:
    return bool(dtype == nw.Categorical) or isinstance(dtype, nw.Enum)


def _sort(dtype: Any) -> str:
    """Return the sort of a column, or what its values are called if no condition can ask about them."""
    if dtype in _WIDE:
        return "whole numbers that 64 bits with a sign do not hold"
    if dtype.is_integer():
        return "number"
    if dtype == nw.String or _is_categories(dtype):
        return "text"
    if dtype == nw.Boolean:
        return "truth"
    if dtype == nw.Date:
        return "date"
    if dtype.is_float() or dtype.is_decimal():
        return "decimal numbers"
    if dtype == nw.Datetime:
        return "instant" if dtype.time_zone is not None else "instants without a time zone"
    if dtype == nw.List and dtype.inner == nw.String:
        return "set"
    return f"values of the type {dtype}"


def _check_column(whose: str, name: str, sorts: Mapping[str, str]) -> None:
    if name not in sorts:
        raise UnknownName(f"column of {whose}", name, sorts)


def _names(place: int) -> tuple[str, str, str]:
    """Return what the columns of a term are called, as no column of a user's is."""
    return f"crmkit term {place}", f"crmkit term {place} lowest", f"crmkit term {place} highest"


def _nowhere(name: str) -> Any:
    return nw.col(name).is_null() & ~nw.col(name).is_null()
