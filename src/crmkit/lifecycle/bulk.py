"""Lifecycles over columns: every customer's k-th activity at once, over the compiled table.

Equal to `crmkit.lifecycle.stage_at` for every customer.  Calendar deadlines are
worked out by the same code, once per distinct instant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.conditions import Condition
from crmkit.conditions.nodes import field_names, walk
from crmkit.conditions.subject import Subject
from crmkit.conditions.terms import Distinct, Facts, Greatest, Least, Sum
from crmkit.errors import InvalidValue
from crmkit.lifecycle.compiled import Table, due_of, next_timeout, table_of
from crmkit.lifecycle.flow import Flows, check_instants
from crmkit.lifecycle.machine import Lifecycle, Move
from crmkit.lifecycle.running import choice
from crmkit.model import ActivityColumns, from_micros, instant, to_micros
from crmkit.model.columns import Ints

_COLUMNS: Final = frozenset({"id", "kind", "at", "amount_minor", "currency", "channel", "account_id"})
_NEVER: Final = np.iinfo(np.int64).max
_NOBODY_MOVED: Final = np.iinfo(np.int64).min
_LAST_INSTANT: Final = to_micros(dt.datetime.max.replace(tzinfo=dt.UTC))
_STAY: Final = -1
_ASK: Final = -2


def stages(
    machine: Lifecycle,
    columns: ActivityColumns,
    *,
    as_of: dt.datetime,
    fields: Mapping[str, Mapping[str, object]] | None = None,
) -> npt.NDArray[np.object_]:
    """Return every customer's stage at *as_of*, in the order of ``columns.customers``.

    Shape ``(len(columns.customers),)``, names of stages.  Guards are asked of the
    customer's activities one by one, as `stage_at` asks them, with the fields of
    *fields*, by customer id; columns do not hold props, so a guard that reads
    those is refused.

    >>> from crmkit.lifecycle import RETAIL
    >>> from crmkit.model import Activity, columns_of
    >>> bought = Activity("1", "ann", "purchase", dt.datetime(2024, 1, 1, tzinfo=dt.UTC))
    >>> columns = columns_of([bought])
    >>> list(columns.customers), stages(RETAIL, columns, as_of=bought.at).tolist()
    (['ann'], ['new'])

    Raises:
        InvalidValue: If *as_of* is naive, or a guard reads what columns do not hold.
        Contradiction: If moves of equal priority could be made at once.
    """
    return stage_history(machine, columns, as_of=(as_of,), fields=fields)[:, 0]


def stage_history(
    machine: Lifecycle,
    columns: ActivityColumns,
    *,
    as_of: Sequence[dt.datetime],
    fields: Mapping[str, Mapping[str, object]] | None = None,
) -> npt.NDArray[np.object_]:
    """Return every customer's stage at each of several instants, in one pass over the activities.

    Shape ``(len(columns.customers), len(as_of))``, names of stages: a row for each
    customer, a column for each instant, in the order in which they are given.
    Between two of them `flows` counts who went where.

    >>> from crmkit.lifecycle import RETAIL
    >>> from crmkit.model import Activity, columns_of
    >>> first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    >>> columns = columns_of([Activity(id="1", customer_id="ann", kind="purchase", at=first)])
    >>> stage_history(RETAIL, columns, as_of=[first, first + dt.timedelta(days=200)]).tolist()
    [['new', 'silent']]

    Raises:
        InvalidValue: If an instant is naive, or a guard reads what columns do not hold.
        Contradiction: If moves of equal priority could be made at once.
    """
    told = [to_micros(instant(one)) for one in as_of]
    instants = sorted(set(told))
    codes = _stage_codes(machine, columns, instants, fields or {})
    return np.array(machine.stages, dtype=object)[codes[:, [instants.index(one) for one in told]]]


def flows(
    machine: Lifecycle,
    columns: ActivityColumns,
    *,
    since: dt.datetime,
    as_of: dt.datetime,
    fields: Mapping[str, Mapping[str, object]] | None = None,
) -> Flows:
    """Return how the customers of *columns* went through *machine* between two instants, in one pass.

    Who they are, `stage_history` of the same instants tells, row by row.

    Raises:
        InvalidValue: If an instant is naive, *as_of* is not after *since*, or a guard
            reads what columns do not hold.
        Contradiction: If moves of equal priority could be made at once.
    """
    first, second = check_instants(since, as_of)
    codes = _stage_codes(machine, columns, [to_micros(first), to_micros(second)], fields or {})
    names = machine.stages
    pairs = np.bincount(codes[:, 0] * len(names) + codes[:, 1], minlength=len(names) ** 2)
    counts = tuple(map(tuple, pairs.reshape(len(names), len(names)).tolist()))
    return Flows(machine=machine.name, since=first, as_of=second, stages=names, counts=counts)


def _stage_codes(
    machine: Lifecycle,
    columns: ActivityColumns,
    instants: Sequence[int],
    fields: Mapping[str, Mapping[str, object]],
) -> Ints:
    """Return stages as codes, places in ``machine.stages``, at *instants*, in microseconds and ascending.

    What time does up to an instant may be done there: looking in between changes nothing.
    """
    for move in machine.moves:
        if move.when is not None:
            _check_guard(move.when)
    table, names, until = table_of(machine), machine.stages, max(instants, default=_NOBODY_MOVED)
    movers = np.array([kind in table.kinds for kind in columns.kinds], dtype=bool)
    rows = np.flatnonzero((columns.at <= until) & movers[columns.kind])
    begin = np.searchsorted(columns.customer[rows], np.arange(len(columns.customers) + 1))
    counts = np.diff(begin)
    order = np.argsort(-counts, kind="stable")
    crowd = _Crowd.entering(table, names, len(order))
    found = np.full((len(order), len(instants)), _STAY, dtype=np.int64)
    targets = _targets(table, names, columns.kinds)
    # Customers stand in order of their number of facts, so those with a k-th one are the first so many.
    for k in range(int(counts.max(initial=0))):
        having = order[: np.searchsorted(-counts[order], -k, side="left")]
        facts = rows[begin[having] + k]
        for place, at in enumerate(instants[:-1]):  # no fact is later than the last
            crowd.look(found[:, place], np.flatnonzero(columns.at[facts] > at), at)
        _apply(crowd, targets, columns, facts, fields)
    for place, at in enumerate(instants):
        crowd.look(found[:, place], np.arange(len(order)), at)
    codes = np.empty_like(found)
    codes[order] = found
    return codes


def _apply(
    crowd: _Crowd,
    targets: Ints,
    columns: ActivityColumns,
    facts: Ints,
    fields: Mapping[str, Mapping[str, object]],
) -> None:
    """Apply one activity each to the first customers of the crowd, in its order."""
    who, at = np.arange(len(facts)), columns.at[facts]
    crowd.elapse(who, at)
    target = targets[crowd.stage[who], columns.kind[facts]]
    for place in np.flatnonzero(target == _ASK):
        stage = crowd.names[crowd.stage[place]]
        asked = _asked(crowd.table, stage, columns, int(facts[place]), fields)
        target[place] = _STAY if asked is None else crowd.names.index(asked.target)
    moved = target >= 0
    crowd.move(who[moved], target[moved], at[moved])


@final
@attrs.frozen(kw_only=True, eq=False)
class _Crowd:
    """Where many customers stand; the arrays are changed in place.

    Attributes:
        table: The machine.
        names: Names of its stages, by code.
        stage: Code of the stage.
        due: When time next ends it, in microseconds, `_NEVER` if it does not.
        anchor: When the last move led into it, `_NOBODY_MOVED` before the first.
    """

    table: Table
    names: tuple[str, ...]
    stage: Ints
    due: Ints
    anchor: Ints

    @classmethod
    def entering(cls, table: Table, names: tuple[str, ...], count: int) -> _Crowd:
        """Return so many customers in the initial stage."""
        return cls(
            table=table,
            names=names,
            stage=np.full(count, names.index(table.initial), dtype=np.int64),
            due=np.full(count, _NEVER, dtype=np.int64),
            anchor=np.full(count, _NOBODY_MOVED, dtype=np.int64),
        )

    def move(self, who: Ints, target: Ints, at: Ints) -> None:
        """Move customers to stages, each at an instant."""
        self.stage[who] = target
        self.anchor[who] = at
        self.due[who] = _NEVER
        for code, name in enumerate(self.names):
            for timeout in self.table.timeouts[name]:
                here = who[target == code]
                self.due[here] = np.minimum(self.due[here], _dues(timeout, self.anchor[here]))

    def elapse(self, who: Ints, before: Ints) -> None:
        """Apply every timeout that is due before an instant each, in order."""
        late = self.due[who] < before
        while late.any():
            who, before = who[late], before[late]
            self.move(who, self._by_time(who), self.due[who])
            late = self.due[who] < before

    def look(self, found: Ints, who: Ints, at: int) -> None:
        """Write into *found* where customers stand at an instant, unless it is there already."""
        who = who[found[who] == _STAY]
        self.elapse(who, np.full(len(who), at + 1))
        found[who] = self.stage[who]

    def _by_time(self, who: Ints) -> Ints:
        """Return where time moves customers whose timeouts are due."""
        target = np.empty(len(who), dtype=np.int64)
        for code, name in enumerate(self.names):
            timeouts = self.table.timeouts[name]
            here = np.flatnonzero(self.stage[who] == code)
            if len(timeouts) == 1:
                target[here] = self.names.index(timeouts[0].target)
            else:
                for place in here:
                    _, move = next_timeout(timeouts, from_micros(int(self.anchor[who[place]])))
                    target[place] = self.names.index(move.target)
        return target


def _dues(timeout: Move, anchor: Ints) -> Ints:
    """Return when *timeout* is due after each instant; `_NEVER` beyond the year 9999."""
    duration = timeout.after
    if isinstance(duration, dt.timedelta):
        micros = duration // dt.timedelta(microseconds=1)
        if micros > 2 * _LAST_INSTANT:
            return np.full(len(anchor), _NEVER, dtype=np.int64)
        due = anchor + micros
        return np.where(due > _LAST_INSTANT, _NEVER, due)
    distinct, place = np.unique(anchor, return_inverse=True)
    dues = (due_of(timeout, from_micros(int(one))) for one in distinct)
    return np.array([_NEVER if due is None else to_micros(due) for due in dues], dtype=np.int64)[place]


def _targets(table: Table, names: tuple[str, ...], kinds: tuple[str, ...]) -> Ints:
    """Return where each kind leads from each stage, shape ``(stages, kinds)``: a code, `_STAY`, or `_ASK`."""
    targets = np.full((len(names), len(kinds)), _STAY, dtype=np.int64)
    for code, name in enumerate(names):
        for place, kind in enumerate(kinds):
            moves = table.moves[name].get(kind, ())
            if len(moves) == 1 and moves[0].when is None:
                targets[code, place] = names.index(moves[0].target)
            elif moves:
                targets[code, place] = _ASK
    return targets


def _asked(
    table: Table,
    stage: str,
    columns: ActivityColumns,
    row: int,
    fields: Mapping[str, Mapping[str, object]],
) -> Move | None:
    """Return the move that one activity makes, asking the guards of the customer's activities up to it."""
    first = int(np.searchsorted(columns.customer, columns.customer[row]))
    facts = columns.history(first, row + 1)
    last = facts[-1]
    subject = Subject(read=fields.get(last.customer_id, {}).get, as_of=last.at, activities=facts)
    return choice(table, stage, table.moves[stage][last.kind], subject)


def _check_guard(guard: Condition) -> None:
    read: set[str] = set()
    for node in walk(guard):
        if isinstance(node, Facts) and node.where is not None:
            read |= field_names(node.where)
        elif isinstance(node, (Sum, Least, Greatest, Distinct)):
            read.add(node.of)
    if not read <= _COLUMNS:
        raise InvalidValue(
            f"a guard reads the activities' {', '.join(sorted(read - _COLUMNS))}, which columns do not hold; "
            "use lifecycle.stage_at for each customer"
        )
