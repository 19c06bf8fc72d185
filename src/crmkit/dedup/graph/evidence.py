"""Evidence while records come and go: which pairs are looked at, and what speaks for each.

It holds, record by record, what `arrays.prepared` and `arrays.scoring` hold for
a table: whatever the order in which records came, the pairs and their weights
are those of the records that are there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias, final

import attrs

from crmkit.dedup.cells import Said, in_chinese, read_record, script_places
from crmkit.dedup.forms import Cell
from crmkit.dedup.graph.keys import Key, filer
from crmkit.dedup.graph.weighing import NO_FLOOR, Weighable, weighable, weigher
from crmkit.dedup.model import Model
from crmkit.dedup.policy import facets, key_limit
from crmkit.dedup.table import RecordKey, Row
from crmkit.model import ORGANISATION, PERSON


@final
@attrs.frozen(eq=False)
class Held:
    """One record as it stands in the graph.

    Attributes:
        row: The record.
        said: What it says, normalised.
        weighable: What it is weighed by: what it says without values that too many records share.
        keys: Under which it is found.
    """

    row: Row
    said: Said
    weighable: Weighable
    keys: tuple[Key, ...]


@final
@attrs.frozen(eq=False)
class Change:
    """What a record that came or went changed of the evidence.

    Attributes:
        fresh: Records of which every pair may have changed, those that came in the order in which they did.
        closed: Records under a key that too many share now: pairs that only it found are not compared any more.
        opened: Records under a key that counts again.
    """

    fresh: dict[RecordKey, None] = attrs.field(factory=dict)
    closed: list[frozenset[RecordKey]] = attrs.field(factory=list)
    opened: list[frozenset[RecordKey]] = attrs.field(factory=list)


Group: TypeAlias = dict[RecordKey, Weighable]
"""Records under one key, with what they are weighed by: who is compared is not looked up one by one."""


class Evidence:
    """The records that are there, and what speaks for and against each pair of them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.records: dict[RecordKey, Held] = {}
        self._against = weigher(model)
        self._facets = facets(model.policy)
        self._keys = filer(model.policy, [frozenset(words) for words in model.common])
        self._key_limits = [key_limit(block, model.policy) for block in model.policy.blocking]
        self._hub_limits = {
            place: limit
            for place, facet in enumerate(self._facets)
            if (limit := facet.comparison.hub_limit) is not None
        }
        self._scripts = script_places(self._facets)
        self._found: list[dict[str | tuple[str, ...], Group]] = [{} for _ in model.policy.blocking]
        self._holders: list[dict[str, set[RecordKey]]] = [{} for _ in self._facets]
        self._hubs: list[set[str]] = [set() for _ in self._facets]

    def put(self, row: Row) -> Change:
        """Take in a record that is not there; return what that changed."""
        return self.put_all((row,))

    def put_all(self, rows: Iterable[Row]) -> Change:
        """Take in records that are not there; return what that changed."""
        change = Change()
        for row in rows:
            said = read_record(row.values, self.model.policy)
            self.records[row.id] = Held(row, said, _UNWEIGHED, _UNFILED)
            change.fresh[row.id] = None
            self._hold(row.id, said, change)
        self._file(change)
        return change

    def _hold(self, record_id: RecordKey, said: Said, change: Change) -> None:
        """Count a record among the holders of what it says."""
        for place, limit in self._hub_limits.items():
            for form in said.cells[place]:
                text = form.text
                holders = self._holders[place].setdefault(text, set())
                holders.add(record_id)
                if len(holders) == limit + 1:
                    self._hubs[place].add(text)
                    change.fresh.update(dict.fromkeys(holders))

    def drop(self, record_id: RecordKey) -> Change:
        """Forget a record; return what that changed of the others."""
        held = self.records[record_id]
        change = Change()
        for place, limit in self._hub_limits.items():
            for text, _ in held.said.cells[place]:
                holders = self._holders[place][text]
                holders.discard(record_id)
                if len(holders) == limit:
                    self._hubs[place].discard(text)
                    change.fresh.update(dict.fromkeys(holders))
                if not holders:
                    del self._holders[place][text]
        self._unfile(record_id, held.keys, change)
        del self.records[record_id]
        self._file(change)
        return change

    def change(self, row: Row) -> Change:
        """Let *row* take the place of the record of its id; return what that changed."""
        gone, come = self.drop(row.id), self.put(row)
        return Change(gone.fresh | come.fresh, [*gone.closed, *come.closed], [*gone.opened, *come.opened])

    def neighbours(self, record_id: RecordKey) -> Group:
        """Return the records that *record_id* is compared with."""
        held = self.records[record_id]
        found: Group = {}
        for place, text in held.keys:
            group = self._found[place][text]
            if len(group) <= self._key_limits[place]:
                found.update(group)
        found.pop(record_id, None)
        never = _NEVER.get(held.row.kind)
        return found if never is None else {one: its for one, its in found.items() if its.kind != never}

    def compared(self, a: RecordKey, b: RecordKey) -> bool:
        """Return whether two records are compared."""
        one, other = self.records[a], self.records[b]
        if one.row.kind == _NEVER.get(other.row.kind, ""):
            return False
        shared = set(one.keys).intersection(other.keys)
        return any(len(self._found[place][text]) <= self._key_limits[place] for place, text in shared)

    def crowded(self, a: RecordKey, b: RecordKey) -> tuple[str, ...]:
        """Return the blocks under which two records are found, but with too many others to be compared."""
        places = {place for place, _ in set(self.records[a].keys).intersection(self.records[b].keys)}
        return tuple(str(self.model.policy.blocking[place]) for place in sorted(places))

    def weight(self, a: RecordKey, b: RecordKey) -> int:
        """Return what speaks for two records being one party: log-odds over the threshold, in thousandths of a bit."""
        return self._against(self.records[a].weighable)(self.records[b].weighable, NO_FLOOR)

    def weights(self, record_id: RecordKey, others: Iterable[RecordKey]) -> dict[RecordKey, int]:
        """Return the weight of *record_id* with each of *others*, as `weight` has it."""
        records = self.records
        return self._weighed(record_id, {other: records[other].weighable for other in others}, NO_FLOOR)

    def speaking_for(self, record_id: RecordKey, others: Group) -> dict[RecordKey, int]:
        """Return the weight of *record_id* with those of *others* for which it is over 0."""
        return self._weighed(record_id, others, 0)

    def _weighed(self, record_id: RecordKey, others: Group, floor: int) -> dict[RecordKey, int]:
        weigh = self._against(self.records[record_id].weighable)
        return {other: weight for other, its in others.items() if (weight := weigh(its, floor)) > floor}

    def hubs(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the values by facet that too many records share; they link nothing."""
        return tuple(
            (facet.name, tuple(sorted(texts)))
            for facet, texts in zip(self._facets, self._hubs, strict=True)
            if texts
        )

    def _file(self, change: Change) -> None:
        """File the fresh records under what is no hub."""
        for record_id in change.fresh:
            held = self.records[record_id]
            cells = self._without_hubs(held.said.cells)
            keys = self._keys(held.said, cells)
            chinese = in_chinese(held.said.cells, self._scripts)
            weighed = weighable(cells, held.row.kind, chinese=chinese)
            self.records[record_id] = Held(held.row, held.said, weighed, keys)
            before = set(held.keys)
            self._unfile(record_id, before.difference(keys), change)
            for key in keys:
                place, text = key
                group = self._found[place].setdefault(text, {})
                group[record_id] = weighed
                if len(group) == self._key_limits[place] + 1 and key not in before:
                    change.closed.append(frozenset(group))

    def _unfile(self, record_id: RecordKey, keys: Iterable[Key], change: Change) -> None:
        """Take a record out of *keys*."""
        for place, text in keys:
            group = self._found[place][text]
            del group[record_id]
            if len(group) == self._key_limits[place]:
                change.opened.append(frozenset(group))
            if not group:
                del self._found[place][text]

    def _without_hubs(self, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
        for place in self._hub_limits:
            hubs = self._hubs[place]
            if hubs and any(form.text in hubs for form in cells[place]):
                kept = tuple([form for form in cells[place] if form.text not in hubs])
                cells = (*cells[:place], kept, *cells[place + 1 :])
        return cells


_NEVER: Final[dict[str | None, str]] = {PERSON: ORGANISATION, ORGANISATION: PERSON}
"""Kind -> the kind that it is never one party with."""
_UNWEIGHED: Final = weighable((), None, chinese=False)
_UNFILED: Final[tuple[Key, ...]] = ()
