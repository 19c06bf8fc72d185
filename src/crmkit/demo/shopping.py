"""Shopping: what the demo's tea house sells, and what goes into one basket."""

from __future__ import annotations

from random import Random
from typing import Final

from crmkit.demo.names import chance, pick, skewed
from crmkit.model import Money, Product, ProductId

CURRENCY: Final = "CNY"


def _product(
    key: str,
    name: str,
    price: int,
    cost: int,
    *,
    serves: tuple[str, ...],
    parts: tuple[str, ...] = (),
    advantages: tuple[str, ...] = (),
) -> Product:
    return Product(
        id=ProductId(key),
        name=name,
        price=Money(amount_minor=price * 100, currency=CURRENCY),
        cost=Money(amount_minor=cost * 100, currency=CURRENCY),
        parts=tuple(ProductId(part) for part in parts),
        advantages=advantages,
        serves=serves,
    )


PRODUCTS: Final = (
    _product("tea-longjing", "龙井 Longjing green tea, 100 g", 168, 70, serves=("daily tea", "gifts")),
    _product("tea-puer", "普洱 Pu'er cake, 357 g", 298, 120, serves=("daily tea", "gifts")),
    _product("tea-oolong", "乌龙 Oolong, 150 g", 128, 48, serves=("daily tea",)),
    _product("tea-jasmine", "茉莉 Jasmine pearls, 80 g", 88, 30, serves=("daily tea",)),
    _product("coffee-house", "House blend coffee, 250 g", 78, 32, serves=("coffee at work",)),
    _product("coffee-yunnan", "云南 Yunnan single origin, 250 g", 98, 41, serves=("coffee at work", "gifts")),
    _product("pot-zisha", "紫砂 Yixing teapot", 580, 260, serves=("gifts", "wedding")),
    _product("cup-set", "Porcelain cups, set of four", 180, 75, serves=("gifts",)),
    _product("table-tea", "Tea for two at the house", 96, 28, serves=("events",)),
    _product("table-lunch", "Lunch at the house", 68, 27, serves=("events",)),
    _product("class-tasting", "Tasting class", 220, 60, serves=("events", "training")),
    _product(
        "box-festival",
        "Festival gift box",
        428,
        190,
        serves=("gifts",),
        parts=("tea-longjing", "tea-jasmine", "cup-set"),
        advantages=("cheaper than its parts", "delivered in two days"),
    ),
    _product("club-year", "Tea club, one year", 1980, 800, serves=("daily tea", "events")),
    _product(
        "office-month", "Office supply, per month", 2600, 1500, serves=("office supply", "coffee at work")
    ),
)
_SHELF: Final = (*PRODUCTS[:8], PRODUCTS[11])
_TABLE: Final = PRODUCTS[8:11]
CLUB: Final = PRODUCTS[12]
OFFICE: Final = PRODUCTS[13]


def basket(rng: Random, *, at_table: bool, generous: bool) -> tuple[int, int, tuple[str, ...], int | None]:
    """Return amount and cost in minor units, the ids of the products, and the number of guests.

    Guests are known only where people sit *at_table*, and not always;
    *generous* people buy more of everything.
    """
    guests = 1 + skewed(rng, 6) if at_table else None
    lines = [pick(_TABLE, rng)] * guests if guests else []
    wanted = (0 if at_table else 1) + skewed(rng, 7 if generous else 3)
    lines += [pick(_SHELF, rng) for _ in range(wanted)]
    amount = sum(line.price.amount_minor for line in lines)
    cost = sum(line.cost.amount_minor for line in lines if line.cost is not None)
    known = guests if guests and chance(rng, 85) else None
    return amount, cost, tuple(sorted({str(line.id) for line in lines})), known
