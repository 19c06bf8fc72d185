"""Customers: where the host keeps who is who, and what is true of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from crmkit.dedup import Match
from crmkit.model import Customer, CustomerId, Profile


class Customers(Protocol):
    """Golden records, the evidence behind them, and profiles.

    Costs: the `replace_` methods are called once a run with everything;
    `get` and what follows it once for each customer that someone looks at.
    """

    def replace_customers(self, customers: Iterable[Customer], matches: Iterable[Match] = ()) -> None:
        """Make these the customers and this the evidence; what was known of identity before is gone."""

    def get(self, customer_id: str) -> Customer | None:
        """Return the customer with this id, or the one it leads to.

        A former id (an alias) and the id of a record lead to the customer
        they belong to.  Any other id gives None.
        """

    def customers(self) -> Iterator[Customer]:
        """Yield every customer, sorted by id."""

    def links(self) -> dict[str, CustomerId]:
        """Return the customer that each record's id and each alias leads to."""

    def matches(self, customer_id: CustomerId) -> list[Match]:
        """Return the evidence that names a record of this customer, strongest first, ties by ids."""

    def replace_profiles(self, profiles: Iterable[Profile]) -> None:
        """Make these the profiles, kept without their activities, which are facts."""

    def profile(self, customer_id: CustomerId) -> Profile | None:
        """Return the profile of this customer, without activities, or None if there is none."""

    def profiles(self) -> Iterator[Profile]:
        """Yield every profile, without activities, sorted by customer id."""
