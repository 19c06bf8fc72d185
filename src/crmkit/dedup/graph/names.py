"""Customer ids that stay: who is who keeps changing, what a customer is called does not.

Every record brings an id, its own, and the oldest id among a party's records
is the customer's.  So of two customers that become one the older id survives,
the younger one still leads there, and comes back to life when they are taken
apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crmkit.dedup.table import RecordKey


class Names:
    """The ids that were ever given out, each anchored at the record it stands for."""

    def __init__(self) -> None:
        self._anchor: dict[RecordKey, RecordKey] = {}
        self._at: dict[RecordKey, list[tuple[int, RecordKey]]] = {}  # no two names are of one age
        self._age: dict[RecordKey, int] = {}
        self._given = 0

    def bring(self, record: RecordKey) -> None:
        """Give a new record an id: its own, or one like it where that still names a customer."""
        name, count = record, 1
        while name in self._anchor:
            count += 1
            name = f"{record}#{count}"
        self._anchor[name] = record
        self._age[name] = self._given
        self._given += 1
        self._at[record] = [(self._age[name], name)]

    def take(self, record: RecordKey, party: Iterable[RecordKey]) -> None:
        """Hand the ids of a record that goes to the rest of its *party*; where nobody is left they go too."""
        ids = self._at.pop(record)
        rest = [one for one in party if one != record]
        if not rest:
            for _, name in ids:
                del self._anchor[name], self._age[name]
            return
        heir = min(rest, key=lambda one: self._at[one][0][0])
        for _, name in ids:
            self._anchor[name] = heir
        self._at[heir] = sorted([*self._at[heir], *ids])

    def name(self, party: Iterable[RecordKey]) -> RecordKey:
        """Return the id of the customer that *party* is."""
        return min([self._at[record][0] for record in party])[1]

    def records(self) -> Iterator[RecordKey]:
        """Yield the records that are there, in the order in which they came."""
        return iter(self._at)

    def oldest_first(self, names: Iterable[RecordKey]) -> tuple[RecordKey, ...]:
        """Return *names* in the order in which they were given out."""
        return tuple(sorted(names, key=self._age.__getitem__))

    def record(self, name: RecordKey) -> RecordKey | None:
        """Return a record of the customer that the id *name* leads to, or None if it leads nowhere."""
        return self._anchor.get(name)

    def aliases(self, party: Iterable[RecordKey]) -> tuple[RecordKey, ...]:
        """Return the other ids that lead to the customer that *party* is, oldest first."""
        return tuple(name for _, name in sorted(one for record in party for one in self._at[record]))[1:]
