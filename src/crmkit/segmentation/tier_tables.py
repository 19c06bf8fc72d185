"""Tier tables: every cell of scores has one tier, and one only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Final, TypeAlias, final

import attrs

from crmkit.display import html_table, text_table
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.segmentation.scales import SCORED

Cell: TypeAlias = tuple[int, ...]
"""Scores, one for each measure of a table, in its order."""

MOST_CELLS: Final = 100_000
"""The most cells a table may have: 46 bins of three measures, 17 of four."""


@final
@attrs.frozen
class Block:
    """A block of cells that share a tier.

    Attributes:
        tier: The tier, 1 lowest.
        ranges: Lowest and highest score, both inclusive, for each measure of the table.
    """

    tier: int
    ranges: tuple[tuple[int, int], ...]

    def cells(self) -> Iterator[Cell]:
        """Yield the cells, in ascending order."""
        return product(*(range(low, high + 1) for low, high in self.ranges))


@final
@attrs.frozen(kw_only=True)
class TierTable:
    """Which tier each cell of scores is; every cell has exactly one.

    Attributes:
        names: Names of the tiers, lowest first.
        blocks: The blocks of cells; together they cover every cell, none twice.
        measures: The measures whose scores make a cell.
        bins: The highest score, 2 or more; there are at most `MOST_CELLS` cells.

    >>> table = TierTable(
    ...     names=("passing", "regular"),
    ...     blocks=(Block(1, ((1, 3), (1, 1))), Block(2, ((1, 3), (2, 3)))),
    ...     measures=("recency_days", "frequency"),
    ...     bins=3,
    ... )
    >>> table.tier((3, 1)), table.name(2)
    (1, 'regular')

    Raises:
        Contradiction: If a cell is in two blocks.
        InvalidValue: If a cell is in none, a block leaves the table, or there are too many cells.
    """

    names: tuple[str, ...]
    blocks: tuple[Block, ...]
    measures: tuple[str, ...] = SCORED[:3]
    bins: int = 5
    _tiers: dict[Cell, int] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        _check_axes(self.measures, self.bins)
        _check_names(self.names, self.blocks)
        object.__setattr__(self, "_tiers", _tiers_of(self))

    def tier(self, cell: Sequence[int]) -> int:
        """Return the tier of a cell, 1 lowest."""
        try:
            return self._tiers[tuple(cell)]
        except KeyError:
            raise InvalidValue(
                f"a cell has {len(self.measures)} scores from 1 to {self.bins}, got {tuple(cell)}"
            ) from None

    def name(self, tier: int) -> str:
        """Return the name of a tier."""
        if not 1 <= tier <= len(self.names):
            raise InvalidValue(f"a tier is 1 to {len(self.names)}, got {tier}")
        return self.names[tier - 1]

    def cells(self) -> Iterator[tuple[Cell, int]]:
        """Yield every cell and its tier, in ascending order of cells."""
        return iter(sorted(self._tiers.items()))

    def __str__(self) -> str:
        return text_table(("tier", "name", "cells"), self._rows())

    def _repr_html_(self) -> str:
        caption = f"Tiers by {', '.join(self.measures)}"
        return html_table(("tier", "name", "cells"), self._rows(), caption=caption)

    def _rows(self) -> list[tuple[int, str, int]]:
        tiers = list(self._tiers.values())
        return [(tier, name, tiers.count(tier)) for tier, name in reversed(list(enumerate(self.names, 1)))]


def tiers_by_points(
    names: Iterable[str],
    floors: Sequence[int],
    *,
    measures: tuple[str, ...] = SCORED[:3],
    bins: int = 5,
) -> TierTable:
    """Return the table that adds up the scores and gives each tier from its floor of points on.

    *floors* ascend, one for each name; the first is the number of measures,
    which is the least anyone has.  Such a table is monotone in every score.

    >>> tiers_by_points(("low", "high"), (3, 10)).tier((5, 4, 1))
    2

    Raises:
        InvalidValue: If the floors do not ascend or leave out the least.
    """
    if not floors or floors[0] > len(measures) or list(floors) != sorted(set(floors)):
        raise InvalidValue(f"floors must ascend and begin at {len(measures)} points, got {tuple(floors)}")
    _check_axes(measures, bins)
    blocks = tuple(
        block
        for head in product(range(1, bins + 1), repeat=len(measures) - 1)
        for block in _blocks(head, floors, bins)
    )
    return TierTable(names=tuple(names), blocks=blocks, measures=measures, bins=bins)


def _blocks(head: Cell, floors: Sequence[int], bins: int) -> Iterator[Block]:
    """Yield the blocks of cells that begin with *head*: one for each tier they reach."""
    ends = [floor - sum(head) for floor in floors[1:]]
    for tier, (low, high) in enumerate(zip([1, *ends], [*ends, bins + 1], strict=True), 1):
        last = (max(low, 1), min(high - 1, bins))
        if last[0] <= last[1]:
            yield Block(tier, (*((one, one) for one in head), last))


def _check_axes(measures: tuple[str, ...], bins: int) -> None:
    for measure in measures:
        if measure not in SCORED:
            raise UnknownName("measure", measure, SCORED)
    if not measures or len(set(measures)) != len(measures):
        raise InvalidValue(f"a table names at least one measure, each once, got {measures}")
    if bins < 2:
        raise InvalidValue(f"bins must be 2 or more, got {bins}")
    if bins ** len(measures) > MOST_CELLS:
        raise InvalidValue(
            f"{bins} bins of {len(measures)} measures are more than {MOST_CELLS:,} cells; take fewer bins"
        )


def _check_names(names: tuple[str, ...], blocks: tuple[Block, ...]) -> None:
    if not all(names) or len(set(names)) != len(names):
        raise InvalidValue(f"every tier needs a name of its own, got {names}")
    used = {block.tier for block in blocks}
    if used != set(range(1, len(names) + 1)):
        raise InvalidValue(
            f"{len(names)} names need the tiers 1 to {len(names)}, the blocks have {sorted(used)}"
        )


def _tiers_of(table: TierTable) -> dict[Cell, int]:
    tiers: dict[Cell, int] = {}
    for block in table.blocks:
        _check_inside(block, table)
        for cell in block.cells():
            if cell in tiers:
                raise Contradiction(
                    f"cell {cell} is {table.names[tiers[cell] - 1]!r} and {table.names[block.tier - 1]!r}; "
                    "take it out of one block"
                )
            tiers[cell] = block.tier
    missing = table.bins ** len(table.measures) - len(tiers)
    if missing:
        grid = product(range(1, table.bins + 1), repeat=len(table.measures))
        first = next(cell for cell in grid if cell not in tiers)
        raise InvalidValue(f"cell {first} and {missing - 1} others have no tier; add a block")
    return tiers


def _check_inside(block: Block, table: TierTable) -> None:
    """Check a block by its ends; to go through its cells first would take as long as it is large."""
    inside = all(1 <= low <= high <= table.bins for low, high in block.ranges)
    if len(block.ranges) != len(table.measures) or not inside:
        raise InvalidValue(
            f"the block {block.ranges} is outside: "
            f"give {len(table.measures)} ranges within 1 to {table.bins}, each from its lowest score on"
        )
