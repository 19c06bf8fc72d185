"""Evidence while records come and go: which pairs are looked at, and what speaks for each.

It holds, record by record, what `arrays.prepared` and `arrays.scoring` hold for
a table: whatever the order in which records came, the pairs and their weights
are those of the records that are there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, final

import attrs

from crmkit.dedup.cells import Said, in_chinese, read_record, script_places
from crmkit.dedup.forms import Cell
from crmkit.dedup.graph.keys import Key, filer
from crmkit.dedup.graph.weighing import NO_FLOOR, Weighable, weighable, weigher
from crmkit.dedup.model import Model
from crmkit.dedup.policy import facets, key_limit
from crmkit.dedup.table import RecordKey, Row
from crmkit.model import ORGANISATION, PERSON


class Held(NamedTuple):
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
    keys: frozenset[Key]


@final
@attrs.frozen(eq=False)
class Change:
    """What a record that came or went changed of the evidence.

    Attributes:
        fresh: Records of which every pair may have changed.
        closed: Records under a key that too many share now: pairs that only it found are not compared any more.
        opened: Records under a key that counts again.
    """

    fresh: set[RecordKey] = attrs.field(factory=set)
    closed: list[frozenset[RecordKey]] = attrs.field(factory=list)
    opened: list[frozenset[RecordKey]] = attrs.field(factory=list)


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
        self._found: dict[Key, set[RecordKey]] = {}
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
            chinese = in_chinese(said.cells, self._scripts)
            self.records[row.id] = Held(row, said, weighable((), row.kind, chinese=chinese), _UNFILED)
            change.fresh.add(row.id)
            self._hold(row.id, said, change)
        self._file(change)
        return change

    def _hold(self, record_id: RecordKey, said: Said, change: Change) -> None:
        """Count a record among the holders of what it says."""
        for place, limit in self._hub_limits.items():
            for text, _ in said.cells[place]:
                holders = self._holders[place].setdefault(text, set())
                holders.add(record_id)
                if len(holders) == limit + 1:
                    self._hubs[place].add(text)
                    change.fresh.update(holders)

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
                    change.fresh.update(holders)
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

    def neighbours(self, record_id: RecordKey) -> set[RecordKey]:
        """Return the records that *record_id* is compared with."""
        held = self.records[record_id]
        limits = self._key_limits
        found: set[RecordKey] = set()
        for key in held.keys:
            group = self._found[key]
            if len(group) <= limits[key[0]]:
                found |= group
        found.discard(record_id)
        kind = held.row.kind
        if kind is None:
            return found
        never = ORGANISATION if kind == PERSON else PERSON
        return {one for one in found if self.records[one].row.kind != never}

    def compared(self, a: RecordKey, b: RecordKey) -> bool:
        """Return whether two records are compared."""
        one, other = self.records[a], self.records[b]
        if {one.row.kind, other.row.kind} == {PERSON, ORGANISATION}:
            return False
        return any(len(self._found[key]) <= self._key_limits[key[0]] for key in one.keys & other.keys)

    def crowded(self, a: RecordKey, b: RecordKey) -> tuple[str, ...]:
        """Return the blocks under which two records are found, but with too many others to be compared."""
        places = {place for place, *_ in self.records[a].keys & self.records[b].keys}
        return tuple(str(self.model.policy.blocking[place]) for place in sorted(places))

    def weight(self, a: RecordKey, b: RecordKey) -> int:
        """Return what speaks for two records being one party: log-odds over the threshold, in thousandths of a bit."""
        return self._against(self.records[a].weighable)(self.records[b].weighable, NO_FLOOR)

    def weights(self, record_id: RecordKey, others: Iterable[RecordKey]) -> dict[RecordKey, int]:
        """Return the weight of *record_id* with each of *others*, as `weight` has it."""
        return self._weighed(record_id, others, NO_FLOOR)

    def speaking_for(self, record_id: RecordKey, others: Iterable[RecordKey]) -> dict[RecordKey, int]:
        """Return the weight of *record_id* with those of *others* for which it is over 0."""
        return self._weighed(record_id, others, 0)

    def _weighed(self, record_id: RecordKey, others: Iterable[RecordKey], floor: int) -> dict[RecordKey, int]:
        records = self.records
        weigh = self._against(records[record_id].weighable)
        return {
            other: weight for other in others if (weight := weigh(records[other].weighable, floor)) > floor
        }

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
            cells = self._without_hubs(held.said)
            keys = self._keys(held.said, cells)
            self._unfile(record_id, held.keys - keys, change)
            for key in keys - held.keys:
                group = self._found.setdefault(key, set())
                group.add(record_id)
                if len(group) == self._key_limits[key[0]] + 1:
                    change.closed.append(frozenset(group))
            weighed = weighable(cells, held.row.kind, chinese=held.weighable.chinese)
            self.records[record_id] = Held(held.row, held.said, weighed, keys)

    def _unfile(self, record_id: RecordKey, keys: Iterable[Key], change: Change) -> None:
        """Take a record out of *keys*."""
        for key in keys:
            group = self._found[key]
            group.discard(record_id)
            if len(group) == self._key_limits[key[0]]:
                change.opened.append(frozenset(group))
            if not group:
                del self._found[key]

    def _without_hubs(self, said: Said) -> tuple[Cell, ...]:
        if not any(self._hubs):
            return said.cells
        return tuple(
            [
                cell if not hubs else tuple([form for form in cell if form.text not in hubs])
                for cell, hubs in zip(said.cells, self._hubs, strict=True)
            ]
        )


_UNFILED: Final[frozenset[Key]] = frozenset()
