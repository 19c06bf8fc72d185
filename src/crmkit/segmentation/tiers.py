"""Tiers: what a customer is worth to us, as one number and a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, overload

import attrs

from crmkit.errors import InvalidValue
from crmkit.segmentation.rfm import Rfm
from crmkit.segmentation.scales import Scale, Scores, missing_length, score
from crmkit.segmentation.tier_tables import Cell, TierTable, tiers_by_points

TIERS: Final = tiers_by_points(("bronze", "silver", "gold", "platinum", "diamond"), (3, 6, 9, 12, 14))
"""Five tiers by the points of recency, frequency and money added up: 3, 6, 9, 12 and 14 points."""

RELATION_TIERS: Final = attrs.evolve(TIERS, measures=("length_days", "frequency", "monetary_minor"))
"""The same by length, interactions and profit: what the preset `RELATION` is for."""


@overload
def tier_of(rfm: Rfm, scale: Scale, *, table: TierTable = ...) -> int: ...
@overload
def tier_of(rfm: Iterable[Rfm], scale: Scale, *, table: TierTable = ...) -> list[int]: ...
def tier_of(rfm: Rfm | Iterable[Rfm], scale: Scale, *, table: TierTable = TIERS) -> int | list[int]:
    """Return the tier, 1 lowest, of one customer, or of several in their order.

    The tier's name is ``table.name(tier)``.

    >>> from crmkit.segmentation import Rfm, fit_scale
    >>> everyone = [Rfm(f"c{place}", place, 10 - place, 100 * (10 - place)) for place in range(10)]
    >>> scale = fit_scale(everyone)
    >>> tier_of(Rfm("new", 2, 7, 850), scale), TIERS.name(4)
    (4, 'platinum')

    Raises:
        InvalidValue: If the table does not fit the scale, or `score` raises.
    """
    check_table(table, scale)
    if isinstance(rfm, Rfm):
        return table.tier(cell_of(score(rfm, scale), table))
    return [table.tier(cell_of(one, table)) for one in score(rfm, scale)]


def cell_of(scores: Scores, table: TierTable) -> Cell:
    """Return the cell of *table* that *scores* lie in."""
    known = dict(scores.by_measure)
    return tuple(known[measure] for measure in table.measures)


def check_table(table: TierTable, scale: Scale) -> None:
    """Check that *table* can read the scores of *scale*.

    Raises:
        InvalidValue: If it has other bins, or reads a measure the scale lacks.
    """
    if table.bins != scale.bins:
        raise InvalidValue(f"the tiers are for scores up to {table.bins}, the scale goes up to {scale.bins}")
    if not set(table.measures) <= set(scale.measures):
        raise missing_length()
