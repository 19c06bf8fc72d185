"""Tier tables, the tiers of customers, the grid of tiers, and drift."""

from __future__ import annotations

from itertools import product

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import conditions
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import CustomerId, from_json, to_json
from crmkit.segmentation import (
    RELATION_TIERS,
    TIERS,
    Block,
    Rfm,
    Scale,
    TierTable,
    drift,
    fit_scale,
    score,
    tier_grid,
    tier_of,
    tiers_by_points,
)
from crmkit.segmentation.scales import SCORED
from segmentation_pools import measured

SCORE = st.integers(1, 3)
CELLS = st.tuples(SCORE, SCORE)


def small_table(*blocks: Block) -> TierTable:
    return TierTable(names=("low", "high"), blocks=blocks, measures=("recency_days", "frequency"), bins=3)


GOOD = (Block(1, ((1, 3), (1, 1))), Block(2, ((1, 3), (2, 3))))


@given(st.lists(st.tuples(st.sampled_from((1, 2)), CELLS, CELLS), min_size=1, max_size=5))
def test_a_table_covers_every_cell_once_or_is_refused(
    drawn: list[tuple[int, tuple[int, int], tuple[int, int]]],
) -> None:
    """Whatever blocks are drawn: a table that is built has exactly one block for each cell."""
    blocks = [
        Block(tier, tuple((min(a, b), max(a, b)) for a, b in zip(one, other, strict=True)))
        for tier, one, other in drawn
    ]
    covered = [cell for block in blocks for cell in block.cells()]
    whole = sorted(covered) == sorted(product(range(1, 4), repeat=2)) and {tier for tier, _, _ in drawn} == {
        1,
        2,
    }

    if whole:
        table = small_table(*blocks)
        assert all(table.tier(cell) == block.tier for block in blocks for cell in block.cells())
    else:
        with pytest.raises((InvalidValue, Contradiction)):
            small_table(*blocks)


@given(
    st.sampled_from((TIERS, RELATION_TIERS)),
    st.lists(st.integers(1, 5), min_size=3, max_size=3),
    st.integers(0, 2),
)
def test_the_shipped_tiers_are_monotone_in_each_score(table: TierTable, cell: list[int], axis: int) -> None:
    """A better score never means a lower tier."""
    better = [min(5, one + (place == axis)) for place, one in enumerate(cell)]

    assert table.tier(better) >= table.tier(cell)


@given(
    st.lists(st.integers(2, 12), max_size=3, unique=True),
    st.integers(2, 4),
    st.integers(1, 3),
)
def test_points_give_the_tier_whose_floor_they_reach(floors: list[int], bins: int, axes: int) -> None:
    """The tier is the number of floors at or below the sum of the scores."""
    wanted = sorted({axes, *(floor for floor in floors if axes < floor <= axes * bins)})
    names = [f"tier {floor}" for floor in wanted]
    table = tiers_by_points(names, wanted, measures=SCORED[:axes], bins=bins)

    for cell, tier in table.cells():
        assert tier == sum(floor <= sum(cell) for floor in wanted)
        assert table.name(tier) == f"tier {wanted[tier - 1]}"


@given(measured(), st.sampled_from((TIERS, RELATION_TIERS)))
def test_everyone_has_one_tier(rfm: list[Rfm], table: TierTable) -> None:
    """Tiers come in the order of the customers, alone or together, and the grid counts everyone."""
    scale = fit_scale(rfm)
    tiers = tier_of(rfm, scale, table=table)

    assert tiers == [tier_of(one, scale, table=table) for one in rfm]
    assert tiers == [
        table.tier([dict(scores.by_measure)[measure] for measure in table.measures])
        for scores in score(rfm, scale)
    ]
    grid = tier_grid(rfm, scale, table=table)
    assert grid.customers == len(rfm)
    assert dict(grid.tiers) == {name: tiers.count(tier) for tier, name in enumerate(table.names, 1)}


@given(measured())
def test_a_plane_of_the_grid_counts_two_measures(rfm: list[Rfm]) -> None:
    """Rows go from the highest score down, columns from the lowest up."""
    scale = fit_scale(rfm)
    plane = tier_grid(rfm, scale).plane("recency_days", "frequency")
    found = [(one.recency, one.frequency) for one in score(rfm, scale)]

    assert plane == tuple(
        tuple(found.count((recency, frequency)) for frequency in range(1, 6)) for recency in range(5, 0, -1)
    )


@given(measured(), measured())
def test_drift_counts_scores_and_is_none_at_first(rfm: list[Rfm], later: list[Rfm]) -> None:
    """A scale fits whom it was fitted on; apart from that, shares are compared exactly."""
    scale = fit_scale(rfm, bins=3)

    assert drift(rfm, scale, tolerance_permille=0).fits
    report = drift(later, scale)
    for one, ladder in zip(report.measures, scale.ladders, strict=True):
        scores = [dict(scores.by_measure)[one.measure] for scores in score(later, scale)]
        assert one.found == tuple(scores.count(place) for place in (1, 2, 3))
        assert one.fitted == ladder.counts
        apart = sum(
            abs(now / len(later) - then / len(rfm)) for now, then in zip(one.found, one.fitted, strict=True)
        )
        assert abs(one.moved_permille - 500 * apart) < 1.001
    assert report.fits == all(one.moved_permille <= 100 for one in report.measures)


def test_the_shipped_tiers_have_names_and_a_json_form() -> None:
    """Five tiers, bronze to diamond; the round trip is the identity and keeps the check."""
    assert TIERS.names == ("bronze", "silver", "gold", "platinum", "diamond")
    assert [
        TIERS.tier(cell) for cell in ((1, 1, 1), (1, 2, 2), (3, 2, 3), (3, 3, 3), (5, 3, 4), (5, 5, 4))
    ] == [1, 1, 2, 3, 4, 5]
    assert from_json(to_json(TIERS), TierTable) == TIERS
    assert conditions.from_json(conditions.to_json(TIERS), TierTable).tier((5, 5, 4)) == 5
    scale = fit_scale([Rfm(CustomerId("c1"), 1, 1, 1)])
    assert conditions.from_json(conditions.to_json(scale), Scale) == scale
    holes = to_json(TIERS).replace('"bins":5', '"bins":6')
    with pytest.raises(InvalidValue, match="have no tier"):
        from_json(holes, TierTable)


def test_a_table_says_what_is_wrong_with_it() -> None:
    """Cells uncovered, twice covered, outside; names and measures."""
    with pytest.raises(InvalidValue, match=r"cell \(1, 2\) and 5 others have no tier; add a block"):
        small_table(Block(1, ((1, 1), (1, 1))), Block(2, ((2, 3), (1, 1))))
    with pytest.raises(Contradiction, match=r"cell \(2, 2\) is 'low' and 'high'; take it out of one"):
        small_table(Block(1, ((1, 2), (1, 2))), Block(2, ((2, 3), (2, 3))))
    with pytest.raises(
        InvalidValue, match=r"block \(\(1, 3\), \(2, 4\)\) is outside: give 2 ranges within 1 to 3"
    ):
        small_table(GOOD[0], Block(2, ((1, 3), (2, 4))))
    with pytest.raises(InvalidValue, match="is outside: give 2 ranges"):
        small_table(GOOD[0], Block(2, ((1, 3), (2, 3), (1, 3))))
    with pytest.raises(InvalidValue, match=r"2 names need the tiers 1 to 2, the blocks have \[1\]"):
        small_table(Block(1, ((1, 3), (1, 3))))
    with pytest.raises(InvalidValue, match="a name of its own"):
        attrs.evolve(small_table(*GOOD), names=("low", "low"))
    with pytest.raises(InvalidValue, match="a name of its own"):
        attrs.evolve(small_table(*GOOD), names=("low", ""))
    with pytest.raises(UnknownName, match="Did you mean 'recency_days'"):
        attrs.evolve(small_table(*GOOD), measures=("recencydays", "frequency"))
    with pytest.raises(InvalidValue, match="each once"):
        attrs.evolve(small_table(*GOOD), measures=("frequency", "frequency"))
    with pytest.raises(InvalidValue, match="at least one measure"):
        TierTable(names=(), blocks=(), measures=())
    with pytest.raises(InvalidValue, match="bins must be 2 or more, got 1"):
        attrs.evolve(small_table(*GOOD), bins=1)


def test_a_table_is_asked_within_its_bounds() -> None:
    """Cells and tiers that it lacks are refused."""
    table = small_table(*GOOD)

    with pytest.raises(InvalidValue, match=r"2 scores from 1 to 3, got \(4, 1\)"):
        table.tier((4, 1))
    with pytest.raises(InvalidValue, match=r"got \(1,\)"):
        table.tier((1,))
    with pytest.raises(InvalidValue, match="a tier is 1 to 2, got 0"):
        table.name(0)
    with pytest.raises(InvalidValue, match="a tier is 1 to 2, got 3"):
        table.name(3)


@pytest.mark.parametrize("floors", [(), (4, 6), (3, 6, 6), (3, 7, 6)])
def test_floors_ascend_from_the_least(floors: tuple[int, ...]) -> None:
    """Floors that leave someone out are refused."""
    with pytest.raises(InvalidValue, match="floors must ascend and begin at 3 points"):
        tiers_by_points(("a", "b", "c"), floors)


def test_a_table_must_fit_the_scale() -> None:
    """Same bins, and a length where the table reads one."""
    rfm = [Rfm(CustomerId("c1"), 1, 1, 1)]

    with pytest.raises(InvalidValue, match="scores up to 5, the scale goes up to 3"):
        tier_of(rfm, fit_scale(rfm, bins=3))
    with pytest.raises(InvalidValue, match="a length is needed"):
        tier_of(rfm[0], fit_scale(rfm), table=RELATION_TIERS)
    with pytest.raises(InvalidValue, match="a length is needed"):
        tier_grid(rfm, fit_scale(rfm), table=RELATION_TIERS)


def test_drift_needs_customers_and_a_tolerance_that_can_be() -> None:
    """Nobody has no spread."""
    scale = fit_scale([Rfm(CustomerId("c1"), 1, 1, 1)])

    with pytest.raises(InvalidValue, match="at least one customer"):
        drift([], scale)
    with pytest.raises(InvalidValue, match="0 to 1000, got 1001"):
        drift([], scale, tolerance_permille=1001)
    with pytest.raises(InvalidValue, match="0 to 1000, got -1"):
        drift([], scale, tolerance_permille=-1)


def test_drift_says_when_a_scale_no_longer_fits() -> None:
    """Everyone a month older: half of them have slid to the lowest recency."""
    rfm = [Rfm(CustomerId(f"c{place}"), 10 * place, 1 + place, place) for place in range(4)]
    scale = fit_scale(rfm, bins=2)
    report = drift([attrs.evolve(one, recency_days=one.recency_days + 30) for one in rfm], scale)

    assert [one.moved_permille for one in report.measures] == [500, 0, 0]
    assert not report.fits
    assert attrs.evolve(report, tolerance_permille=500).fits
    assert "no longer fits: fit a new one (4 customers)" in str(report)
    assert "50.0 % moved" in str(report)
    assert "still fits" in str(drift(rfm, scale))
    assert "no longer fits" in report._repr_html_()
    assert (report.scale, report.customers) == (scale.digest, 4)


def test_tiers_show_themselves() -> None:
    """A table and a grid, in a terminal and in a notebook."""
    rfm = [Rfm(CustomerId(f"c{place}"), place, 10 - place, 10 - place) for place in range(10)]
    grid = tier_grid(rfm, fit_scale(rfm))

    assert grid.tiers == (("diamond", 2), ("platinum", 2), ("gold", 2), ("silver", 2), ("bronze", 2))
    assert "diamond           2  ████" in str(grid)
    html = grid._repr_html_()
    assert "10 customers by tier" in html
    assert "recency_days 5" in html
    assert "frequency 1" in html
    assert "diamond" in TIERS._repr_html_()
    assert "   5  diamond       4" in str(TIERS)
    one_axis = TierTable(names=("a",), blocks=(Block(1, ((1, 5),)),), measures=("frequency",))
    assert "<table" not in tier_grid(rfm, fit_scale(rfm), table=one_axis)._repr_html_()


def test_a_table_is_refused_before_its_cells_are_made() -> None:
    """However many cells a document names, the answer comes at once; a block that holds none is no block."""
    for wrong in ((1, 1_000_000_000), (-(10**25), 3), (3, 1)):
        with pytest.raises(InvalidValue, match="is outside: give 2 ranges"):
            small_table(Block(1, (wrong, (1, 1))), Block(2, ((1, 3), (2, 3))))
    for bins in (47, 10**9, 10**25):
        with pytest.raises(InvalidValue, match="bins of 3 measures are more than 100,000 cells"):
            attrs.evolve(TIERS, bins=bins)
        with pytest.raises(InvalidValue, match="take fewer bins"):
            tiers_by_points(("low", "high"), (3, 9), bins=bins)
