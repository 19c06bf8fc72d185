"""Facts: where the host keeps what it was told, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from crmkit.errors import Problem
from crmkit.model import Activity, ContactRole, CustomerId, Record, RecordId, Relation


class Facts(Protocol):
    """Records, activities, contact roles, relations and problems, as they were told.

    Costs: `add` is called once a batch, of up to some 100,000 values; reading
    streams, so a store that does not fit in memory may be read all the same.
    Reading by ids costs what is found, however much there is beside it.
    """

    def add(
        self,
        *,
        records: Iterable[Record] = (),
        activities: Iterable[Activity] = (),
        contact_roles: Iterable[ContactRole] = (),
        relations: Iterable[Relation] = (),
    ) -> None:
        """Keep them.  What has a known id takes the place of what was there; what has none is kept once."""

    def records(self, ids: Iterable[RecordId] | None = None) -> Iterator[Record]:
        """Yield the records with these ids, or all, with their places, sorted by id.  Unknown ids yield nothing."""

    def activities(self, customer_ids: Iterable[CustomerId] | None = None) -> Iterator[Activity]:
        """Yield the activities told of these ids, or all, sorted by `customer_id`, each one's in fact order.

        The ids are those the activities carry: before identity is resolved, ids of records.
        """

    def customer_ids(self) -> Iterator[CustomerId]:
        """Yield each id that an activity carries as `customer_id`, sorted, once."""

    def in_name_of(self, account_ids: Iterable[CustomerId]) -> Iterator[Activity]:
        """Yield the activities that were told with one of these as `account_id`, in any order."""

    def contact_roles(self, ids: Iterable[CustomerId] | None = None) -> Iterator[ContactRole]:
        """Yield the contact roles that name one of these ids at either side, or all, in any order, each once.

        The ids are those the roles were told with.
        """

    def relations(self) -> Iterator[Relation]:
        """Yield the relations, in any order, with the ids they were told with."""

    def forget(self) -> None:
        """Forget every record, activity, contact role and relation: what they are made of is told anew."""

    def replace_problems(self, phase: str, problems: Iterable[Problem]) -> None:
        """Make these the problems that *phase* found; a problem told twice is kept once."""

    def problems(self) -> Iterator[Problem]:
        """Yield the problems of every phase, sorted, each once."""
