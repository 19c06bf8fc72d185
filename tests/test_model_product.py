"""Products: price, cost and what lies between."""

from __future__ import annotations

import pytest
from hypothesis import given

from crmkit.errors import InvalidValue
from crmkit.model import Money, Product, ProductId
from model_values import PRODUCTS


@given(PRODUCTS)
def test_margin_is_price_less_cost(product: Product) -> None:
    """Cost and margin make the price, or both are unknown."""
    if product.cost is None or product.margin is None:
        assert product.cost is None
        assert product.margin is None
    else:
        assert product.cost.amount_minor + product.margin.amount_minor == product.price.amount_minor
        assert product.margin.currency == product.price.currency


def test_a_product_is_checked_once() -> None:
    """One currency, and no bundle within itself."""
    yuan, euro = (Money(amount_minor=5, currency=code) for code in ("CNY", "EUR"))
    with pytest.raises(InvalidValue, match="cost is in EUR, price in CNY"):
        Product(id=ProductId("p"), name="p", price=yuan, cost=euro)
    with pytest.raises(InvalidValue, match="cannot be a part of itself"):
        Product(id=ProductId("p"), name="p", price=yuan, parts=(ProductId("q"), ProductId("p")))
