"""Activity columns: the one columnar form of activities, for bulk functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, final

import attrs
import narwhals as nw
import numpy as np
import numpy.typing as npt

from crmkit.errors import InvalidValue, MissingExtra, UnknownName
from crmkit.model.activity import Activity, in_fact_order, kind_priority
from crmkit.model.arrow import ArrowStream
from crmkit.model.identity import ActivityId, CustomerId
from crmkit.model.instants import from_micros, instant, to_micros
from crmkit.model.money import whole_minor

Ints: TypeAlias = npt.NDArray[np.int64]
UNKNOWN_AMOUNT = np.iinfo(np.int64).min

_NEEDED = ("customer_id", "kind", "at")
_OTHER_ATTRIBUTES = frozenset({"source", "sequence", "recorded_at"})


@final
@attrs.frozen(kw_only=True, eq=False)
class Coded:
    """A column of any values: a code each, and the dictionary that the codes are places of.

    Attributes:
        codes: Shape ``(n,)``, int64: the place of each row's value, -1 where it is unknown.
        values: The different values; 1, 1.0 and True differ.
    """

    codes: Ints
    values: tuple[Any, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"Coded({len(self):,} rows, {len(self.values):,} different values)"


def coded(values: Iterable[Any]) -> Coded:
    """Return *values*, hashable or None for unknown, as a column; the dictionary is in their order."""
    code: dict[object, int] = {}
    known: list[Any] = []
    codes = []
    for value in values:
        if value is None:
            codes.append(-1)
            continue
        place = code.setdefault(_with_type(value), len(known))
        if place == len(known):
            known.append(value)
        codes.append(place)
    return Coded(codes=np.array(codes, np.int64), values=tuple(known))


@final
@attrs.frozen(kw_only=True, eq=False)
class ActivityColumns:
    """Activities as arrays, sorted by customer and, within one, in fact order.

    All arrays have shape ``(n,)`` and type int64; a code is an index into
    the dictionary of the same noun, -1 for unknown.

    Attributes:
        customer: Code of the customer.
        kind: Code of the kind.
        at: Microseconds since 1970 in UTC.
        amount_minor: Minor units; `UNKNOWN_AMOUNT` where unknown.
        currency: Code of the currency.
        channel: Code of the channel.
        account: Code of the account.
        id: Ids of the facts, object array.
        customers: Customer ids, sorted.
        kinds: Kinds, sorted.
        currencies: Currencies, sorted.
        channels: Channels, sorted.
        accounts: Account ids, sorted.
        order: Code of the order (the prop ``order_id``), or None if no fact tells one.
        cost_minor: Minor units (the prop ``cost_minor``), `UNKNOWN_AMOUNT` where
            unknown, or None if no fact tells one.
        orders: Order ids, sorted.
        props: Whatever else was asked for, by name: the activities' other
            attributes, and their props.
    """

    customer: Ints
    kind: Ints
    at: Ints
    amount_minor: Ints
    currency: Ints
    channel: Ints
    account: Ints
    id: npt.NDArray[np.object_]
    customers: tuple[str, ...]
    kinds: tuple[str, ...]
    currencies: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    order: Ints | None = None
    cost_minor: Ints | None = None
    orders: tuple[str, ...] = ()
    props: Mapping[str, Coded] = attrs.field(factory=dict)

    def __len__(self) -> int:
        return len(self.customer)

    def __repr__(self) -> str:
        return f"ActivityColumns({len(self):,} activities of {len(self.customers):,} customers)"

    def offsets(self) -> Ints:
        """Return where each customer's facts begin, and the end; shape ``(len(customers) + 1,)``."""
        return np.searchsorted(self.customer, np.arange(len(self.customers) + 1))

    def history(self, start: int, stop: int) -> list[Activity]:
        """Return the activities in the rows from *start* to before *stop*, with the props that are held.

        >>> from crmkit.model import Activity
        >>> columns = columns_of([Activity("1", "ann", "use", from_micros(0))])
        >>> columns.history(0, 1) == [Activity("1", "ann", "use", from_micros(0))]
        True

        Raises:
            InvalidValue: If the columns hold an amount without a currency.
        """
        return [self._activity(row) for row in range(start, stop)]

    def _activity(self, row: int) -> Activity:
        amount = int(self.amount_minor[row])
        told = {name: _at(column.values, column.codes[row]) for name, column in self.props.items()}
        return Activity(
            ActivityId(self.id[row]),
            CustomerId(self.customers[self.customer[row]]),
            self.kinds[self.kind[row]],
            from_micros(int(self.at[row])),
            amount_minor=None if amount == UNKNOWN_AMOUNT else amount,
            currency=_at(self.currencies, self.currency[row]),
            channel=_at(self.channels, self.channel[row]),
            account_id=_at(self.accounts, self.account[row]),
            source=told.pop("source", None),
            sequence=told.pop("sequence", None) or 0,
            recorded_at=told.pop("recorded_at", None),
            props=told,
        )

    def kind_code(self, kind: str) -> int:
        """Return the code of *kind*, or -2, which no row has, if no fact is of that kind."""
        return self.kinds.index(kind) if kind in self.kinds else -2


def _at(values: Sequence[Any], code: np.int64) -> Any:
    return None if code < 0 else values[int(code)]


def columns_of(activities: Iterable[Activity], *, props: Iterable[str] = ()) -> ActivityColumns:
    """Return *activities*, in any order, as columns; a repeated id counts once, as in `in_fact_order`.

    Args:
        activities: The facts.
        props: Names of props, or of the attributes ``source``, ``sequence`` and
            ``recorded_at``, that the columns are to hold too.
    """
    facts = in_fact_order(activities)
    return _columns(customer=[fact.customer_id for fact in facts], **_told(facts, props))


def columns_of_each(histories: Iterable[Sequence[Activity]], *, props: Iterable[str] = ()) -> ActivityColumns:
    """Return one history a customer, each in fact order already, as columns.

    Customers are called by the place of their history, so a history may hold
    facts told under several ids.
    """
    placed = [(f"{place:012d}", fact) for place, history in enumerate(histories) for fact in history]
    return _columns(
        customer=[name for name, _ in placed],
        rows=np.arange(len(placed)),
        **_told([fact for _, fact in placed], props),
    )


def _told(facts: Sequence[Activity], props: Iterable[str]) -> dict[str, Any]:
    return {
        "kind": [fact.kind for fact in facts],
        "at": np.fromiter((to_micros(fact.at) for fact in facts), np.int64, len(facts)),
        "amount": np.fromiter(
            (UNKNOWN_AMOUNT if fact.amount_minor is None else fact.amount_minor for fact in facts),
            np.int64,
            len(facts),
        ),
        "currency": [fact.currency for fact in facts],
        "channel": [fact.channel for fact in facts],
        "account": [fact.account_id for fact in facts],
        "sequence": np.fromiter((fact.sequence for fact in facts), np.int64, len(facts)),
        "ids": [fact.id for fact in facts],
        "order": [None if (order := fact["order_id"]) is None else str(order) for fact in facts],
        "cost": [whole_minor(fact["cost_minor"]) for fact in facts],
        "props": {
            name: [getattr(fact, name) if name in _OTHER_ATTRIBUTES else fact[name] for fact in facts]
            for name in props
        },
    }


def columns_from(table: ArrowStream, *, props: Iterable[str] = ()) -> ActivityColumns:
    """Return a table of activities, in any order, as columns.

    The table has the columns ``customer_id``, ``kind`` and ``at`` (aware, or
    integer microseconds in UTC), and may have ``id``, ``amount_minor``,
    ``currency``, ``channel``, ``account_id``, ``sequence``, ``order_id`` and
    ``cost_minor``.  Without ids, rows are numbered in their order.  Of rows
    that share an id the first in fact order stays.

    Args:
        table: The activities.
        props: Further columns of the table that are to be held.

    Raises:
        UnknownName: If a needed column is missing; the closest there is is offered.
        InvalidValue: If ``at`` is naive, a needed value is missing, or an amount
            is negative or no whole number.
    """
    frame = _frame(table)
    for name in _NEEDED:
        if name not in frame.columns:
            raise UnknownName("activity column", name, frame.columns)
        if frame[name].null_count():
            raise InvalidValue(f"the column {name!r} has unknown values; leave those rows out first")

    for name in (further := tuple(props)):
        if name not in frame.columns:
            raise UnknownName("activity column", name, frame.columns)

    def texts(name: str) -> list[str | None]:
        return [None if one is None else str(one) for one in _values(frame, name)]

    return _columns(
        customer=texts("customer_id"),
        kind=texts("kind"),
        at=_micros(frame["at"]),
        amount=_amounts(_values(frame, "amount_minor")),
        currency=texts("currency"),
        channel=texts("channel"),
        account=texts("account_id"),
        sequence=np.array([one or 0 for one in _values(frame, "sequence")], np.int64),
        ids=[f"{place:012d}" if one is None else one for place, one in enumerate(texts("id"))],
        order=texts("order_id"),
        cost=[whole_minor(one) for one in _values(frame, "cost_minor")],
        props={name: _values(frame, name) for name in further},
    )


def _frame(table: ArrowStream) -> Any:
    """Return *table* as a narwhals frame in memory, whatever offers the Arrow stream."""
    frame: Any = nw.from_native(table, eager_only=False, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        return frame.collect()
    if isinstance(frame, nw.DataFrame):
        return frame
    if not hasattr(table, "__arrow_c_stream__"):
        raise InvalidValue(
            f"a table of activities offers an Arrow stream, which {type(table).__name__} lacks"
        )
    try:
        return nw.DataFrame.from_arrow(table, backend="pyarrow")
    except ImportError:
        raise MissingExtra("frames", "reading an Arrow stream") from None


def _values(frame: Any, name: str) -> list[Any]:
    """Return a column's values in order, None where it is unknown (NaN and NaT are) or absent."""
    if name not in frame.columns:
        return [None] * len(frame)
    series = frame[name]
    values: list[Any] = series.to_list()
    if series.null_count():
        values = [None if gone else one for one, gone in zip(values, series.is_null().to_list(), strict=True)]
    return [None if isinstance(one, float) and math.isnan(one) else one for one in values]


def _amounts(values: list[Any]) -> Ints:
    whole = [UNKNOWN_AMOUNT if one is None else whole_minor(one) for one in values]
    if any(one is None or UNKNOWN_AMOUNT < one < 0 for one in whole):
        raise InvalidValue("the column 'amount_minor' must hold whole minor units, 0 or more")
    return np.array(whole, np.int64)


def _micros(at: Any) -> Ints:
    if at.dtype.is_integer():
        return np.array(at.to_list(), np.int64)
    if isinstance(at.dtype, nw.Datetime) and at.dtype.time_zone is None:
        raise InvalidValue("the column 'at' carries no time zone; give it one before handing it over")
    return np.array([to_micros(instant(one)) for one in at.to_list()], np.int64)


def _columns(
    *,
    customer: list[Any],
    kind: list[Any],
    at: Ints,
    amount: Ints,
    currency: list[Any],
    channel: list[Any],
    account: list[Any],
    sequence: Ints,
    ids: list[Any],
    order: list[Any],
    cost: list[int | None],
    props: Mapping[str, list[Any]],
    rows: Ints | None = None,
) -> ActivityColumns:
    """Return columns with their rows in order, or in the order of *rows*, which is known to be theirs."""
    id_code, known_ids = _encode(ids)
    customer_code, customers = _encode(customer)
    kind_code, kinds = _encode(kind)
    currency_code, currencies = _encode(currency)
    channel_code, channels = _encode(channel)
    account_code, accounts = _encode(account)
    order_code, orders = _encode(order)
    cost_minor = np.array([UNKNOWN_AMOUNT if one is None else one for one in cost], np.int64)
    priority = np.array([kind_priority(one) for one in kinds], np.int64)
    ranks = priority[kind_code] if len(kinds) else kind_code
    if rows is None and len(known_ids) < len(ids):
        # Of facts that share an id the first stays: the order of `in_fact_order`, unknown before known.
        ties = (account_code, channel_code, currency_code, amount, kind_code, customer_code)
        by_id = np.lexsort((*ties, sequence, ranks, at, id_code))
        kept = by_id[np.flatnonzero(np.diff(id_code[by_id], prepend=-1))].tolist()
        return _columns(
            customer=[customer[row] for row in kept],
            kind=[kind[row] for row in kept],
            at=at[kept],
            amount=amount[kept],
            currency=[currency[row] for row in kept],
            channel=[channel[row] for row in kept],
            account=[account[row] for row in kept],
            sequence=sequence[kept],
            ids=[ids[row] for row in kept],
            order=[order[row] for row in kept],
            cost=[cost[row] for row in kept],
            props={name: [values[row] for row in kept] for name, values in props.items()},
        )
    if rows is None:
        rows = np.lexsort((id_code, sequence, ranks, at))
        rows = rows[np.argsort(customer_code[rows], kind="stable")]
    return ActivityColumns(
        customer=customer_code[rows],
        kind=kind_code[rows],
        at=at[rows],
        amount_minor=amount[rows],
        currency=currency_code[rows],
        channel=channel_code[rows],
        account=account_code[rows],
        id=np.array(ids, dtype=object)[rows],
        customers=customers,
        kinds=kinds,
        currencies=currencies,
        channels=channels,
        accounts=accounts,
        order=order_code[rows] if orders else None,
        cost_minor=cost_minor[rows] if (cost_minor != UNKNOWN_AMOUNT).any() else None,
        orders=orders,
        props={name: coded([values[row] for row in rows.tolist()]) for name, values in props.items()},
    )


def _encode(values: list[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Return the code of each value in the sorted dictionary of those that are known, and it."""
    known = tuple(sorted({value for value in values if value is not None}))
    code = {value: place for place, value in enumerate(known)}
    return np.fromiter((code.get(value, -1) for value in values), np.int64, len(values)), known


def _with_type(value: object) -> object:
    """Return a key under which values are equal only if they are of one type, inside collections too."""
    if isinstance(value, (tuple, frozenset)):
        return type(value), type(value)(_with_type(one) for one in value)
    return type(value), value
