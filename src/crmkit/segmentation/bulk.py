"""The same over columns: each function here is its scalar twin, row by row, to the bit.

`rfm` is the twin of `segmentation.summarize`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from crmkit.model import CustomerId
from crmkit.model.columns import Ints
from crmkit.segmentation.grids import TierGrid
from crmkit.segmentation.rfm_columns import RfmColumns, rfm
from crmkit.segmentation.scales import (
    SCORED,
    Ladder,
    Scale,
    Scores,
    check_currency,
    check_fit,
    cut_places,
    goodness,
)
from crmkit.segmentation.tier_tables import TierTable
from crmkit.segmentation.tiers import TIERS, check_table

__all__ = ["RfmColumns", "ScoreColumns", "fit_scale", "rfm", "score", "tier_grid", "tier_of"]


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreColumns:
    """The `Scores` of many customers; arrays have shape ``(n,)`` and type int64.

    Attributes:
        customers: Customer ids, in the order they were given.
        recency: How recent.
        frequency: How frequent.
        monetary: How much money.
        length: How long the relation, or None if it was not measured.
    """

    customers: tuple[str, ...]
    recency: Ints
    frequency: Ints
    monetary: Ints
    length: Ints | None

    def __len__(self) -> int:
        return len(self.customers)

    def __repr__(self) -> str:
        return f"ScoreColumns({len(self):,} customers)"

    def rows(self) -> list[Scores]:
        """Return one `Scores` for each customer, in their order, as `score` has them."""
        lengths = [None] * len(self) if self.length is None else self.length.tolist()
        return [
            Scores(CustomerId(customer_id), *numbers)
            for customer_id, *numbers in zip(
                self.customers,
                self.recency.tolist(),
                self.frequency.tolist(),
                self.monetary.tolist(),
                lengths,
                strict=True,
            )
        ]


def fit_scale(columns: RfmColumns, *, bins: int = 5) -> Scale:
    """Return what `segmentation.fit_scale` returns.

    Raises:
        InvalidValue: If there is no customer, or *bins* is under 2.
    """
    check_fit(len(columns), bins)
    return Scale(
        bins=bins,
        fitted=len(columns),
        ladders=tuple(
            _ladder(measure, _goodness(measure, columns.numbers(measure)), bins)
            for measure in SCORED
            if measure != "length_days" or columns.length_days is not None
        ),
        currency=columns.currency,
    )


def score(columns: RfmColumns, scale: Scale) -> ScoreColumns:
    """Return what `segmentation.score` returns, as columns in the same order.

    Raises:
        InvalidValue: If the money is in another currency than the scale's, or
            the scale has a length and the columns have none.
    """
    scores = _scores(columns, scale)
    return ScoreColumns(
        customers=columns.customers,
        recency=scores["recency_days"],
        frequency=scores["frequency"],
        monetary=scores["monetary_minor"],
        length=scores.get("length_days"),
    )


def tier_of(columns: RfmColumns, scale: Scale, *, table: TierTable = TIERS) -> Ints:
    """Return what `segmentation.tier_of` returns; shape ``(n,)``, int64.

    Raises:
        InvalidValue: If the table does not fit the scale, or `score` raises.
    """
    check_table(table, scale)
    tiers = np.array([tier for _, tier in table.cells()], np.int64)
    return tiers[_cells(columns, scale, table.measures)]


def tier_grid(columns: RfmColumns, scale: Scale, *, table: TierTable = TIERS) -> TierGrid:
    """Return what `segmentation.tier_grid` returns.

    Raises:
        InvalidValue: If the table does not fit the scale, or `score` raises.
    """
    check_table(table, scale)
    counts = np.bincount(_cells(columns, scale, table.measures), minlength=scale.bins ** len(table.measures))
    cells = (cell for cell, _ in table.cells())
    return TierGrid(
        table=table,
        counts=tuple((cell, count) for cell, count in zip(cells, counts.tolist(), strict=True) if count),
    )


def _scores(columns: RfmColumns, scale: Scale) -> dict[str, Ints]:
    check_currency(columns.currency, scale)
    return {ladder.measure: _climbed(columns.numbers(ladder.measure), ladder) for ladder in scale.ladders}


def _climbed(numbers: Ints, ladder: Ladder) -> Ints:
    upward = np.array([goodness(ladder.measure, cut) for cut in ladder.cuts], np.int64)
    return np.searchsorted(upward, _goodness(ladder.measure, numbers)) + 1


def _goodness(measure: str, numbers: Ints) -> Ints:
    return -numbers if measure == "recency_days" else numbers


def _ladder(measure: str, upward: Ints, bins: int) -> Ladder:
    places = cut_places(len(upward), bins)
    cuts = np.partition(upward, places)[places]
    counts = np.bincount(np.searchsorted(cuts, upward), minlength=bins)
    return Ladder(
        measure=measure,
        cuts=tuple(goodness(measure, cut) for cut in cuts.tolist()),
        counts=tuple(counts.tolist()),
    )


def _cells(columns: RfmColumns, scale: Scale, measures: Sequence[str]) -> Ints:
    """Return the place of each customer's cell among all cells in ascending order."""
    scores = _scores(columns, scale)
    place = np.zeros(len(columns), np.int64)
    for measure in measures:
        place = place * scale.bins + scores[measure] - 1
    return place
