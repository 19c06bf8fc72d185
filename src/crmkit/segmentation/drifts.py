"""Drift: whether a scale still fits the customers it is used on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import final

import attrs

from crmkit.display import html_table, text_table
from crmkit.errors import InvalidValue
from crmkit.segmentation.rfm import Rfm
from crmkit.segmentation.scales import Scale, score


@final
@attrs.frozen(kw_only=True)
class MeasureDrift:
    """How the scores of one measure are spread now, beside when the scale was fitted.

    Attributes:
        measure: The measure.
        fitted: Customers with each score when the scale was fitted, lowest first.
        found: Customers with each score now.
    """

    measure: str
    fitted: tuple[int, ...]
    found: tuple[int, ...]

    @property
    def moved_permille(self) -> int:
        """The share of customers, in thousandths rounded down, that would have to change score to fit again.

        It is the total variation distance of the two spreads: half the sum of the differences of shares.
        """
        then, now = sum(self.fitted), sum(self.found)
        apart = sum(abs(one * now - other * then) for one, other in zip(self.fitted, self.found, strict=True))
        return 1000 * apart // (2 * then * now)


@final
@attrs.frozen(kw_only=True)
class Drift:
    """Whether a scale still fits, measure by measure.

    Attributes:
        scale: Digest of the scale.
        customers: Number of customers looked at.
        tolerance_permille: How many of a thousand may have moved.
        measures: One `MeasureDrift` for each measure of the scale.
    """

    scale: str
    customers: int
    tolerance_permille: int
    measures: tuple[MeasureDrift, ...]

    @property
    def fits(self) -> bool:
        """Whether no measure has moved by more than the tolerance."""
        return all(one.moved_permille <= self.tolerance_permille for one in self.measures)

    def __str__(self) -> str:
        return f"{self._verdict()}\n{text_table(*self._table())}"

    def _repr_html_(self) -> str:
        columns, rows = self._table()
        return html_table(columns, rows, caption=self._verdict())

    def _verdict(self) -> str:
        verdict = "still fits" if self.fits else "no longer fits: fit a new one"
        return f"Scale {self.scale} {verdict} ({self.customers:,} customers)"

    def _table(self) -> tuple[list[str], list[list[object]]]:
        scores = [f"score {place}" for place in range(1, len(self.measures[0].fitted) + 1)]
        rows: list[list[object]] = []
        for one in self.measures:
            rows.append([one.measure, "fitted", *one.fitted, ""])
            rows.append([one.measure, "now", *one.found, f"{one.moved_permille / 10:.1f} % moved"])
        return ["measure", "", *scores, "moved"], rows


def drift(rfm: Iterable[Rfm], scale: Scale, *, tolerance_permille: int = 100) -> Drift:
    """Return how far the scores of *rfm* are spread otherwise than when *scale* was fitted.

    Raises:
        InvalidValue: If there is no customer, the tolerance is not 0 to 1000, or `score` raises.
    """
    if not 0 <= tolerance_permille <= 1000:
        raise InvalidValue(f"tolerance_permille must be 0 to 1000, got {tolerance_permille}")
    scores = [dict(one.by_measure) for one in score(rfm, scale)]
    if not scores:
        raise InvalidValue("drift needs at least one customer; there is none with a visit")
    measures = []
    for ladder in scale.ladders:
        found = Counter(one[ladder.measure] for one in scores)
        measures.append(
            MeasureDrift(
                measure=ladder.measure,
                fitted=ladder.counts,
                found=tuple(found[place] for place in range(1, scale.bins + 1)),
            )
        )
    return Drift(
        scale=scale.digest,
        customers=len(scores),
        tolerance_permille=tolerance_permille,
        measures=tuple(measures),
    )
