"""Presets: what counts as a visit, which money counts, and how far back we look."""

from __future__ import annotations

from typing import Final, final

import attrs

from crmkit.calendars import Duration
from crmkit.errors import InvalidValue, UnknownName

VISITS: Final = ("purchases", "interactions")
MONETARY: Final = ("total", "mean", "profit")

_ALONE: Final = frozenset({"send", "delivered", "bounced", "reading"})


@final
@attrs.frozen(kw_only=True)
class Preset:
    """The choices behind recency, frequency and money.

    Facts that share an ``order_id`` are lines of one order and one visit.  A
    refund takes money off and is no visit.

    Attributes:
        name: What to call it.
        visits: "purchases", or "interactions": every fact that takes the customer, so
            neither refunds nor what we or a machine do alone (send, delivered, bounced, reading).
        monetary: "total", "mean" per visit, or "profit" (signed: amount less ``cost_minor``,
            and the amount itself where the cost is unknown).
        length: Whether the length of the relation is measured as well.
        purchases: Kinds of fact that bring money in.
        refunds: Kinds of fact that take money out.
        window: Only visits and money in ``(as_of - window, as_of]`` count; None looks back for ever.

    >>> import attrs
    >>> from crmkit.calendars import days
    >>> last_year = attrs.evolve(RFM, name="last year", window=days(365))
    """

    name: str
    visits: str = attrs.field(default="purchases")
    monetary: str = attrs.field(default="total")
    length: bool = False
    purchases: tuple[str, ...] = attrs.field(default=("purchase", "contract_start", "renewal"))
    refunds: tuple[str, ...] = ("refund",)
    window: Duration | None = None

    @visits.validator
    def _known_visits(self, _: object, visits: str) -> None:
        if visits not in VISITS:
            raise UnknownName("choice of visits", visits, VISITS)

    @monetary.validator
    def _known_monetary(self, _: object, monetary: str) -> None:
        if monetary not in MONETARY:
            raise UnknownName("choice of monetary", monetary, MONETARY)

    def __attrs_post_init__(self) -> None:
        if not self.purchases:
            raise InvalidValue("a preset needs at least one kind of purchase, such as 'purchase'")
        both = sorted(set(self.purchases) & set(self.refunds))
        if both:
            raise InvalidValue(f"{both[0]!r} cannot be a purchase and a refund; take it out of one of them")

    def is_visit(self, kind: str) -> bool:
        """Return whether a fact of *kind* is a visit."""
        if self.visits == "purchases":
            return kind in self.purchases
        return kind not in self.refunds and kind not in _ALONE

    def money_sign(self, kind: str) -> int:
        """Return 1 if a fact of *kind* brings money in, -1 if it takes money out, else 0."""
        return 1 if kind in self.purchases else -1 if kind in self.refunds else 0


RFM: Final = Preset(name="rfm")
"""Recency, frequency and total money of purchases: the classic.  Source: Hughes (1994)."""

LRFM: Final = Preset(name="lrfm", length=True)
"""RFM and the length of the relation since the first purchase.

Source: Chang & Tsay (2004), who measure up to the last purchase instead: length less recency.
"""

RELATION: Final = Preset(name="relation", visits="interactions", monetary="profit", length=True)
"""Length of the relation from the first touch, interactions of any kind, total profit; buyers or not."""
