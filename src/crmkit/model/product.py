"""Products: what we offer, what it costs us, what it is good for."""

from __future__ import annotations

from typing import final

import attrs

from crmkit.errors import InvalidValue
from crmkit.model.identity import ProductId
from crmkit.model.money import Money


@final
@attrs.frozen(kw_only=True)
class Product:
    """A product, a service or a bundle of them.

    Attributes:
        id: Id of the product.
        name: What the customer calls it.
        price: List price.
        cost: What it costs us, in the same currency, or None if unknown.
        parts: Ids of the products a bundle is made of; empty for a single one.
        advantages: Why someone would choose it.
        serves: The needs it serves, in the words of `Customer.needs`.
    """

    id: ProductId = attrs.field(converter=ProductId)
    name: str
    price: Money
    cost: Money | None = None
    parts: tuple[ProductId, ...] = ()
    advantages: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.cost is not None and self.cost.currency != self.price.currency:
            raise InvalidValue(
                f"cost is in {self.cost.currency}, price in {self.price.currency}; give both in one currency"
            )
        if self.id in self.parts:
            raise InvalidValue(f"the bundle {self.id!r} cannot be a part of itself")

    @property
    def margin(self) -> Money | None:
        """Price less cost, or None if the cost is unknown."""
        if self.cost is None:
            return None
        return Money(
            amount_minor=self.price.amount_minor - self.cost.amount_minor, currency=self.price.currency
        )
