"""Activity columns: the one columnar form of activities, for bulk functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, final

import attrs
import narwhals as nw
import numpy as np
import numpy.typing as npt

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model.activity import Activity, in_fact_order, kind_priority
from crmkit.model.instants import to_micros

Ints: TypeAlias = npt.NDArray[np.int64]
UNKNOWN_AMOUNT = np.iinfo(np.int64).min

_NEEDED = ("customer_id", "kind", "at")
_OPTIONAL = ("id", "amount_minor", "currency", "channel", "account_id", "sequence")


class ArrowStream(Protocol):
    """Anything with an Arrow stream: polars, pandas, pyarrow, DuckDB, ibis."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the stream's capsule."""


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

    def __len__(self) -> int:
        return len(self.customer)

    def __repr__(self) -> str:
        return f"ActivityColumns({len(self):,} activities of {len(self.customers):,} customers)"

    def offsets(self) -> Ints:
        """Return where each customer's facts begin, and the end; shape ``(len(customers) + 1,)``."""
        return np.searchsorted(self.customer, np.arange(len(self.customers) + 1))

    def kind_code(self, kind: str) -> int:
        """Return the code of *kind*, or -2, which no row has, if no fact is of that kind."""
        return self.kinds.index(kind) if kind in self.kinds else -2


def columns_of(activities: Iterable[Activity]) -> ActivityColumns:
    """Return *activities*, in any order, as columns; a repeated id counts once, as in `in_fact_order`."""
    facts = in_fact_order(activities)
    return _columns(
        customer=[fact.customer_id for fact in facts],
        kind=[fact.kind for fact in facts],
        at=np.fromiter((to_micros(fact.at) for fact in facts), np.int64, len(facts)),
        amount=np.fromiter(
            (UNKNOWN_AMOUNT if fact.amount_minor is None else fact.amount_minor for fact in facts),
            np.int64,
            len(facts),
        ),
        currency=[fact.currency for fact in facts],
        channel=[fact.channel for fact in facts],
        account=[fact.account_id for fact in facts],
        sequence=np.fromiter((fact.sequence for fact in facts), np.int64, len(facts)),
        ids=[fact.id for fact in facts],
    )


def columns_from(table: ArrowStream) -> ActivityColumns:
    """Return a table of activities, in any order, as columns.

    The table has the columns ``customer_id``, ``kind`` and ``at`` (aware, or
    integer microseconds in UTC), and may have ``id``, ``amount_minor``,
    ``currency``, ``channel``, ``account_id`` and ``sequence``.  Without ids, rows
    are numbered in their order.  Of rows that share an id the first in fact
    order stays.

    Raises:
        UnknownName: If a needed column is missing; the closest there is is offered.
        InvalidValue: If ``at`` is naive, or a needed value is missing.
    """
    frame: Any = nw.from_native(table, eager_only=False)
    if isinstance(frame, nw.LazyFrame):
        frame = frame.collect()
    for name in _NEEDED:
        if name not in frame.columns:
            raise UnknownName("activity column", name, frame.columns)
        if frame[name].null_count():
            raise InvalidValue(f"the column {name!r} has unknown values; leave those rows out first")
    has = {name for name in _OPTIONAL if name in frame.columns}

    def texts(name: str) -> list[str | None]:
        return [None if one is None else str(one) for one in frame[name].to_list()] if name in has else []

    n = len(frame)
    amount = frame["amount_minor"].to_list() if "amount_minor" in has else [None] * n
    return _columns(
        customer=[str(one) for one in frame["customer_id"].to_list()],
        kind=[str(one) for one in frame["kind"].to_list()],
        at=_micros(frame["at"]),
        amount=np.array([UNKNOWN_AMOUNT if one is None else int(one) for one in amount], np.int64),
        currency=texts("currency") or [None] * n,
        channel=texts("channel") or [None] * n,
        account=texts("account_id") or [None] * n,
        sequence=np.array(frame["sequence"].to_list() if "sequence" in has else [0] * n, np.int64),
        ids=texts("id") or [f"{place:012d}" for place in range(n)],
    )


def _micros(at: Any) -> Ints:
    first = at.to_list()[:1]
    if first and isinstance(first[0], int):
        return np.array(at.to_list(), np.int64)
    if first and isinstance(first[0], dt.datetime) and first[0].utcoffset() is None:
        raise InvalidValue("the column 'at' carries no time zone; give it one before handing it over")
    return np.array([to_micros(one) for one in at.to_list()], np.int64)


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
) -> ActivityColumns:
    customer_code, customers = _encode(customer)
    kind_code, kinds = _encode(kind)
    currency_code, currencies = _encode(currency)
    channel_code, channels = _encode(channel)
    account_code, accounts = _encode(account)
    id_code, _ = _encode(ids)
    priority = np.array([kind_priority(one) for one in kinds], np.int64)
    ranks = priority[kind_code] if len(kinds) else kind_code
    order = np.lexsort((id_code, sequence, ranks, at))
    _, first = np.unique(id_code[order], return_index=True)
    order = order[np.sort(first)]
    order = order[np.argsort(customer_code[order], kind="stable")]
    return ActivityColumns(
        customer=customer_code[order],
        kind=kind_code[order],
        at=at[order],
        amount_minor=amount[order],
        currency=currency_code[order],
        channel=channel_code[order],
        account=account_code[order],
        id=np.array(ids, dtype=object)[order],
        customers=customers,
        kinds=kinds,
        currencies=currencies,
        channels=channels,
        accounts=accounts,
    )


def _encode(values: list[Any]) -> tuple[Ints, tuple[str, ...]]:
    """Return the code of each value in the sorted dictionary of those that are known, and it."""
    known = tuple(sorted({value for value in values if value is not None}))
    code = {value: place for place, value in enumerate(known)}
    return np.fromiter((code.get(value, -1) for value in values), np.int64, len(values)), known
