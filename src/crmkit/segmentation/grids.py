"""Tier grids: how many customers there are in each cell of scores and in each tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import final

import attrs

from crmkit.display import html_bars, html_table, text_bar, text_table
from crmkit.segmentation.rfm import Rfm
from crmkit.segmentation.scales import Scale, score
from crmkit.segmentation.tier_tables import Cell, TierTable
from crmkit.segmentation.tiers import TIERS, cell_of, check_table


@final
@attrs.frozen(kw_only=True)
class TierGrid:
    """Customers by cell of scores.

    Attributes:
        table: The tiers of the cells.
        counts: Customers in each cell that has any, in ascending order of cells.
    """

    table: TierTable = attrs.field(repr=False)
    counts: tuple[tuple[Cell, int], ...]

    @property
    def customers(self) -> int:
        """How many customers there are."""
        return sum(count for _, count in self.counts)

    @property
    def tiers(self) -> tuple[tuple[str, int], ...]:
        """The name of each tier and its customers, highest tier first."""
        found: Counter[int] = Counter()
        for cell, count in self.counts:
            found[self.table.tier(cell)] += count
        return tuple((name, found[tier]) for tier, name in reversed(list(enumerate(self.table.names, 1))))

    def plane(self, down: str, across: str) -> tuple[tuple[int, ...], ...]:
        """Return the customers by the score of *down*, highest first, and of *across*, lowest first.

        Both are measures of the table; the other measures are summed over.
        """
        row, column = self.table.measures.index(down), self.table.measures.index(across)
        found: Counter[tuple[int, int]] = Counter()
        for cell, count in self.counts:
            found[cell[row], cell[column]] += count
        scores = range(1, self.table.bins + 1)
        return tuple(tuple(found[one, other] for other in scores) for one in reversed(scores))

    def __str__(self) -> str:
        longest = max(count for _, count in self.tiers)
        rows = [(name, count, text_bar(count, longest)) for name, count in self.tiers]
        return text_table(("tier", "customers", ""), rows)

    def _repr_html_(self) -> str:
        bars = html_bars(self.tiers, caption=f"{self.customers:,} customers by tier")
        if len(self.table.measures) < 2:
            return bars
        down, across = self.table.measures[:2]
        scores = range(1, self.table.bins + 1)
        rows = [
            (f"{down} {score_}", *counts)
            for score_, counts in zip(reversed(scores), self.plane(down, across), strict=True)
        ]
        head = ["customers", *(f"{across} {score_}" for score_ in scores)]
        return bars + html_table(head, rows, caption="By score, 1 lowest")


def tier_grid(rfm: Iterable[Rfm], scale: Scale, *, table: TierTable = TIERS) -> TierGrid:
    """Return how many of the customers lie in each cell and tier.

    Raises:
        InvalidValue: If the table does not fit the scale, or `score` raises.
    """
    check_table(table, scale)
    counts = Counter(cell_of(scores, table) for scores in score(rfm, scale))
    return TierGrid(table=table, counts=tuple(sorted(counts.items())))
