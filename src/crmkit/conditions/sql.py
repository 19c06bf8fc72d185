"""Conditions in SQL: one statement that finds the customers of whom a condition is true."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final, Literal, TypeAlias, cast, final, get_args

import attrs

from crmkit.calendars import earlier, instant
from crmkit.conditions.nodes import (
    Always,
    And,
    Compare,
    CompareOp,
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
    Sum,
    Term,
)
from crmkit.errors import InvalidValue, MissingExtra, UnknownName
from crmkit.model import to_micros

Dialect: TypeAlias = Literal["sqlite", "postgres", "duckdb", "spark"]
Instants: TypeAlias = Literal["timestamps", "micros"]
_Sql: TypeAlias = Any
"""What sqlglot makes SQL of; its class is called differently from version to version."""

_COMPARE: Final[Mapping[CompareOp, str]] = {
    "==": "EQ",
    "!=": "NEQ",
    "<": "LT",
    "<=": "LTE",
    ">": "GT",
    ">=": "GTE",
}
_SUMMED: Final[Mapping[type, str]] = {Sum: "Sum", Least: "Min", Greatest: "Max"}


@final
@attrs.frozen(kw_only=True)
class Items:
    """The table that holds the items of a set, such as the tags of customers.

    Attributes:
        table: Its name.
        customer_key: The column that holds whose item it is.
        item: The column that holds the item, a text.
    """

    table: str
    customer_key: str = "customer_id"
    item: str = "name"


def _no_sets(_: object, attribute: Any, sorts: Mapping[str, str]) -> None:
    for name, sort in sorts.items():
        if sort == "set":
            raise InvalidValue(
                f"{attribute.name}: {name!r} holds sets, which are no column here; "
                "say in sets=… which table has the items of a customer's"
            )


@final
@attrs.frozen(kw_only=True)
class Store:
    """Where a data base keeps what conditions ask about.

    Texts are compared as they are stored, by code point: in SQLite and
    DuckDB their columns have no collation of their own, and SQLite's
    encoding is UTF-8.  Numbers are whole, of 64 bits at most; instants
    know their zone (``TIMESTAMPTZ``, in Spark ``TIMESTAMP``).

    Attributes:
        fields: The sort of each column of the customers: "number", "text", "truth", "instant", "date".
        customers: The table of customers, a row each.
        key: Its column of ids, texts, each once.
        sets: Where the items of sets are, by field; a customer without any has the empty set.
        activities: The table of activities, each told once.
        customer_key: Its column that holds whose they are.
        activity_fields: The sort of each of its columns; ``at`` and ``kind`` are among them.
        instants: "timestamps" of the data base's own, in SQLite texts such as
            ``2024-02-29 08:00:00.000000`` in UTC; or "micros", whole microseconds since 1970.
    """

    fields: Mapping[str, str] = attrs.field(validator=_no_sets)
    customers: str = "customers"
    key: str = "id"
    sets: Mapping[str, Items] = attrs.field(factory=dict)
    activities: str = "activities"
    customer_key: str = "customer_id"
    activity_fields: Mapping[str, str] = attrs.field(factory=lambda: dict(ACTIVITY_SORTS), validator=_no_sets)
    instants: Instants = attrs.field(default="timestamps", validator=attrs.validators.in_(get_args(Instants)))


def select(condition: Condition, store: Store, *, dialect: Dialect, as_of: dt.datetime | None = None) -> str:
    """Return the statement that selects the ids of the customers of whom *condition* is true, in any order.

    An engine is asked only what all engines answer alike, see `plain`; anything
    else is asked of columns, with `bulk.matches`.

    >>> from crmkit.conditions import A, F
    >>> print(select(F.tier >= 3, Store(fields={"tier": "number"}), dialect="sqlite"))
    SELECT "c"."id" FROM "customers" AS "c" WHERE NOT "c"."tier" IS NULL AND "c"."tier" >= 3

    Args:
        condition: What is asked.
        store: Where it is kept.
        dialect: "sqlite", "postgres", "duckdb" or "spark".
        as_of: The instant it is asked at; activities after it are not seen.

    Raises:
        UnknownName: If the dialect or a field is none; the closest there is is offered.
        InvalidValue: If engines cannot be trusted with the condition, or *as_of* is needed.
        MissingExtra: Without sqlglot.
    """
    if dialect not in get_args(Dialect):
        raise UnknownName("dialect", dialect, get_args(Dialect))
    sets = dict.fromkeys(store.sets, "set")
    asked = plain(condition, {**store.fields, **sets}, activities=store.activity_fields, as_of=as_of)
    terms = fact_terms(asked)
    places = {cast("Term", term): place for place, term in enumerate(terms)}
    writer = _Writer(store=store, dialect=dialect, table="c", sorts=store.fields, places=places)
    statement = _exp().select(writer.named(store.key)).from_(_table(store.customers, "c"))
    for place, term in enumerate(terms):
        if as_of is not None:
            statement = statement.join(
                writer.summary(term, instant(as_of)).subquery(_quoted(_joined(place))),
                on=_exp().EQ(this=_column("customer", _joined(place)), expression=writer.named(store.key)),
                join_type="left",
            )
    return str(statement.where(writer.true(asked)).sql(dialect=dialect))


@final
@attrs.frozen(kw_only=True)
class _Writer:
    """What writes plain conditions on one table.

    Attributes:
        store: Where everything is kept.
        dialect: Whose SQL it will be.
        table: The table's name in the statement.
        sorts: The sorts of its columns.
        places: The joined tables of terms over activities.
    """

    store: Store
    dialect: Dialect
    table: str
    sorts: Mapping[str, str]
    places: Mapping[Term, int]

    def true(self, condition: Condition) -> _Sql:
        """Return what is true where a plain condition is, and never unknown."""
        match condition:
            case Always(verdict=verdict):
                return _exp().true() if verdict else _exp().false()
            case And(parts=parts):
                return _all(*map(self.true, parts))
            case Or(parts=parts):
                return _exp().or_(*map(self.true, parts))
            case Known(value=term):
                return self.column(term)[1]
            case Not(part=Known(value=term)):
                return _exp().not_(self.column(term)[1])
            case Not(part=In(value=term) | Contains(container=term) as part):
                return _all(self.column(term)[1], _exp().not_(self.holds(part)))
            case In(value=term) | Contains(container=term):
                return _all(self.column(term)[1], self.holds(condition))
            case Compare(op=op, left=left, right=Constant(value=constant)):
                value, known = self.column(left)
                return _all(
                    known, self.compared(op, value, self.constant(constant), isinstance(constant, str))
                )
            case Compare(op=op, left=left, right=right):
                (one, known), (other, also) = self.column(left), self.column(right)
                return _all(known, also, self.compared(op, one, other, self.sort(left) == "text"))
            case _:
                raise InvalidValue(f"{condition!r} is not plain")

    def compared(self, op: CompareOp, left: _Sql, right: _Sql, texts: bool) -> _Sql:  # noqa: FBT001
        by_code_point = texts and op not in {"==", "!="}
        return getattr(_exp(), _COMPARE[op])(
            this=self.collated(left) if by_code_point else left, expression=right
        )

    def collated(self, text: _Sql) -> _Sql:
        """Return a text that is compared by code point, which PostgreSQL is told and others do."""
        if self.dialect != "postgres":
            return text
        return _exp().Collate(this=text, expression=_quoted("C"))

    def holds(self, leaf: In | Contains) -> _Sql:
        if isinstance(leaf, In):
            value, _ = self.column(leaf.value)
            return _exp().In(
                this=value, expressions=[self.constant(one) for one in sorted_operands(leaf.options)]
            )
        container = leaf.container
        if isinstance(container, Field) and container.name in self.store.sets:
            items = self.store.sets[container.name]
            whose = _exp().EQ(this=_column(items.customer_key, "i"), expression=self.named(self.store.key))
            item = _exp().EQ(this=_column(items.item, "i"), expression=self.constant(leaf.item))
            found = _exp().select(_exp().Literal.number(1)).from_(_table(items.table, "i")).where(whose, item)
            return _exp().Exists(this=found)
        value, _ = self.column(container)
        place = _exp().StrPosition(this=value, substr=self.constant(leaf.item))
        return _exp().GT(this=place, expression=_exp().Literal.number(0))

    def constant(self, value: object) -> _Sql:
        exp = _exp()
        match value:
            case bool():
                return exp.true() if value else exp.false()
            case int():
                return exp.Literal.number(value)
            case str():
                return self.text(value)
            case dt.datetime() if self.store.instants == "micros":
                return exp.Literal.number(to_micros(value))
            case dt.datetime():
                text = value.replace(tzinfo=None).isoformat(" ", "microseconds")
                if self.dialect == "sqlite":
                    return exp.Literal.string(text)
                return exp.cast(exp.Literal.string(f"{text}+00:00"), "TIMESTAMPTZ")
            case dt.date():
                text = exp.Literal.string(value.isoformat())
                return text if self.dialect == "sqlite" else exp.cast(text, "DATE")
            case _:
                raise InvalidValue(f"a {type(value).__name__} is not plain")

    def text(self, value: str) -> _Sql:
        """Return a text, in Spark one that has no ``${``, after which it would put a variable's value."""
        exp = _exp()
        parts = re.split(r"(?<=\$)(?=\{)", value) if self.dialect == "spark" else [value]
        literals = [exp.Literal.string(part) for part in parts]
        return literals[0] if len(literals) == 1 else exp.Concat(expressions=literals)

    def column(self, term: Term) -> tuple[_Sql, _Sql]:
        """Return the value of a column, and whether it is known."""
        exp = _exp()
        if isinstance(term, Field):
            value = self.named(term.name)
            return value, exp.true() if term.name in self.store.sets else _known(value)
        value, lowest, highest = (
            _column(name, _joined(self.places[term])) for name in ("value", "lowest", "highest")
        )
        one_currency = exp.EQ(this=lowest, expression=highest)
        match term:
            case Count() | Distinct():
                return exp.Coalesce(this=value, expressions=[exp.Literal.number(0)]), exp.true()
            case Sum(of=of):
                known = exp.or_(exp.Is(this=value, expression=exp.null()), one_currency)
                total = exp.Coalesce(this=value, expressions=[exp.Literal.number(0)])
                return total, known if of == AMOUNT else exp.true()
            case Least(of=of) | Greatest(of=of) if of == AMOUNT:
                return value, _all(_known(value), one_currency)
            case _:
                return value, _known(value)

    def summary(self, term: FactTerm, as_of: dt.datetime) -> _Sql:
        """Return the select of what *term* says of each customer who has activities that it chooses."""
        exp, store = _exp(), self.store
        facts = attrs.evolve(self, table="a", sorts=store.activity_fields, places={})
        chosen, further = [facts.chosen(term.facts, as_of)], []
        match term:
            case Count():
                value = exp.Count(this=exp.Star())
            case First():
                value = exp.Min(this=facts.named("at"))
            case Last():
                value = exp.Max(this=facts.named("at"))
            case Distinct(of=of):
                value = exp.Count(this=exp.Distinct(expressions=[facts.named(of)]))
            case Sum(of=of) | Least(of=of) | Greatest(of=of):
                told = facts.named(of)
                chosen.append(_known(told))
                if store.activity_fields[of] == "text":
                    told = facts.collated(told)
                if isinstance(term, Sum) and self.dialect == "spark":
                    told = exp.cast(told, "DECIMAL(38, 0)")  # where a sum of 64 bits may overflow unseen
                value = getattr(exp, _SUMMED[type(term)])(this=told)
                if of == AMOUNT:
                    currency = facts.named("currency")
                    further = [
                        exp.alias_(exp.Min(this=currency), "lowest", quoted=True),
                        exp.alias_(exp.Max(this=currency), "highest", quoted=True),
                    ]
            case _:
                raise InvalidValue(f"{term!r} is not plain")
        whose = facts.named(store.customer_key)
        columns = [
            exp.alias_(whose, "customer", quoted=True),
            exp.alias_(value, "value", quoted=True),
            *further,
        ]
        return exp.select(*columns).from_(_table(store.activities, "a")).where(*chosen).group_by(whose)

    def chosen(self, facts: Facts, as_of: dt.datetime) -> _Sql:
        """Return what is true of the activities that a term chooses."""
        exp, at = _exp(), self.named("at")
        until = as_of if facts.before is None else earlier(as_of, facts.before)
        parts = [exp.LTE(this=at, expression=self.constant(until))]
        if facts.within is not None:
            parts.append(exp.GT(this=at, expression=self.constant(earlier(as_of, facts.within))))
        if facts.kinds:
            kinds = [self.text(kind) for kind in facts.kinds]
            parts.append(exp.In(this=self.named("kind"), expressions=kinds))
        if facts.where is not None:
            parts.append(self.true(facts.where))
        return _all(*parts)

    def sort(self, term: Term) -> str:
        match term:
            case Field(name=name):
                return self.sorts[name]
            case Least(of=of) | Greatest(of=of):
                return self.store.activity_fields[of]
            case _:
                return ""

    def named(self, name: str) -> _Sql:
        return _column(name, self.table)


def _all(*parts: _Sql) -> _Sql:
    needed = [part for part in parts if part != _exp().true()]
    return _exp().and_(*needed) if needed else _exp().true()


def _joined(place: int) -> str:
    return f"t{place}"


def _known(value: _Sql) -> _Sql:
    return _exp().not_(_exp().Is(this=value, expression=_exp().null()))


def _column(name: str, table: str) -> _Sql:
    return _exp().column(name, table=table, quoted=True)


def _quoted(name: str) -> _Sql:
    return _exp().to_identifier(name, quoted=True)


def _table(name: str, alias: str) -> _Sql:
    """Return a table, whose *name* may have a schema before a full stop, by another name."""
    *schema, table = name.split(".")
    return _exp().alias_(
        _exp().table_(table, db=".".join(schema) or None, quoted=True), alias, table=True, quoted=True
    )


def _exp() -> ModuleType:
    try:
        from sqlglot import exp
    except ImportError:
        raise MissingExtra("sql", "conditions in SQL") from None
    return exp
