"""Relations: who knows, serves, refers or owns whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model.instants import maybe_instant
from crmkit.model.period import check_period, holds_at
from crmkit.model.values import plain_text

CUSTOMER: Final = "customer"
EMPLOYEE: Final = "employee"

# relation kind -> (who stands at its start, who stands at its end)
RELATION_KINDS: Final = {
    "refers": (CUSTOMER, CUSTOMER),
    "household": (CUSTOMER, CUSTOMER),
    "friend": (CUSTOMER, CUSTOMER),
    "parent_of": (CUSTOMER, CUSTOMER),
    "branch_of": (CUSTOMER, CUSTOMER),
    "affiliate": (CUSTOMER, CUSTOMER),
    "supplies": (CUSTOMER, CUSTOMER),
    "serves": (EMPLOYEE, CUSTOMER),
    "owns": (EMPLOYEE, CUSTOMER),
    "manages": (EMPLOYEE, EMPLOYEE),
    "colleague": (EMPLOYEE, EMPLOYEE),
}


@final
@attrs.frozen(kw_only=True)
class Relation:
    """A typed tie from one customer or employee to another.

    Attributes:
        kind: One of `RELATION_KINDS`, which says who stands at either end.
        from_id: Where it starts: the referrer, the parent, the employee.
        to_id: Where it ends: the referee, the subsidiary, the customer.
        since: Valid from, or None if always.
        until: Valid up to, exclusive, or None if still.
    """

    kind: str = attrs.field()
    from_id: str = attrs.field(converter=plain_text)
    to_id: str = attrs.field(converter=plain_text)
    since: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    until: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)

    @kind.validator
    def _known(self, _: object, kind: str) -> None:
        if kind not in RELATION_KINDS:
            raise UnknownName("relation", kind, RELATION_KINDS)

    def __attrs_post_init__(self) -> None:
        if self.from_id == self.to_id:
            raise InvalidValue(f"nobody can stand in the relation {self.kind!r} to themselves")
        check_period(self.since, self.until)


def related(
    relations: Iterable[Relation], party_id: str, *, kind: str, as_of: dt.datetime
) -> tuple[str, ...]:
    """Return who *party_id* leads to by *kind* at *as_of*, sorted, each once."""
    return tuple(
        sorted(
            {
                relation.to_id
                for relation in relations
                if relation.kind == kind
                and relation.from_id == party_id
                and holds_at(relation.since, relation.until, as_of)
            }
        )
    )
