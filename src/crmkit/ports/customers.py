"""Customers: where the host keeps who is who, and what is true of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from crmkit.dedup import Match
from crmkit.model import Customer, CustomerId, Profile


class Customers(Protocol):
    """Golden records, the evidence behind them, and profiles.

    Costs: the `replace_` methods are called once a run with everything;
    `get` and what follows it once for each customer that someone looks at.
    """

    def replace_customers(self, customers: Iterable[Customer], matches: Iterable[Match] = ()) -> None:
        """Make these the customers and this the evidence; what was known of identity before is gone.

        What is told last counts: of customers with one id the last, of matches
        of one pair, either way round, the last, and a record or alias that
        several customers claim leads to the last of them.  A match is kept
        with its ids as text.
        """

    def get(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, or the one it leads to.

        A former id (an alias) and the id of a record lead to the customer
        they belong to: to the alias's where an id is both.  Any other id
        gives None.
        """

    def customers(self) -> Iterator[Customer]:
        """Yield every customer, sorted by id."""

    def links(self, ids: Iterable[str] | None = None) -> dict[str, CustomerId]:
        """Return the customer that each record's id and each alias, or each of *ids*, leads to, as `get` has it.

        An id that is neither a record's nor an alias leads nowhere and is left out.
        """

    def matches(self, customer_id: CustomerId) -> list[Match]:
        """Return the evidence that names an id which `links` leads to this customer, strongest first, ties by ids."""

    def replace_profiles(self, profiles: Iterable[Profile]) -> None:
        """Make these the profiles, kept without their activities, which are facts; of one customer the last."""

    def profile(self, customer_id: CustomerId) -> Profile | None:
        """Return the profile of this customer, without activities, or None if there is none."""

    def profiles(self) -> Iterator[Profile]:
        """Yield every profile, without activities, sorted by customer id."""


def known_customers(customers: Iterable[Customer]) -> dict[CustomerId, Customer]:
    """Return the customers that count, by id, in the order in which they were told last."""
    known: dict[CustomerId, Customer] = {}
    for one in customers:
        known.pop(one.id, None)
        known[one.id] = one
    return known


def homes(customers: Mapping[CustomerId, Customer]) -> dict[str, CustomerId]:
    """Return the customer that each record's id and each alias leads to."""
    everyone = customers.values()
    home: dict[str, CustomerId] = {record_id: one.id for one in everyone for record_id in one.record_ids}
    home |= {alias: one.id for one in everyone for alias in one.aliases}
    return {key: CustomerId(key) if key in customers else one for key, one in home.items()}


def known_matches(matches: Iterable[Match]) -> list[Match]:
    """Return the matches that count, their ids as text, the strongest first, ties by ids."""
    latest: dict[tuple[str, str], Match] = {}
    for match in matches:
        a, b = str(match.a), str(match.b)
        latest[(a, b) if a < b else (b, a)] = Match(a=a, b=b, weight=match.weight)
    return sorted(latest.values(), key=lambda match: (-match.weight, match.a, match.b))
