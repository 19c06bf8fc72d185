"""The threshold: from where on a pair speaks for one party, chosen without labels.

A fitted model says of each pair how likely it is one party; added up, that
gives the precision and the recall to expect of any threshold.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.model import CurvePoint
from crmkit.dedup.weights import MILLI

LOWEST, HIGHEST, STEP = -10 * MILLI, 30 * MILLI, MILLI // 2
CLOSE_ENOUGH = 1e-4
LEAST = MILLI
"""One bit: the odds at which a wrong pair, which costs twice as much as a lost one, is worth the risk."""


def quality_curve(scores: Ints) -> tuple[CurvePoint, ...]:
    """Return what each threshold is expected to bring, given the *scores* of the candidate pairs.

    Recall is among the pairs that were compared: what blocking never finds is not in it.
    """
    likely = 1.0 / (1.0 + np.exp2(-scores.astype(np.float64) / MILLI))
    order = np.argsort(scores)
    above = np.append(np.cumsum(likely[order][::-1])[::-1], 0.0)
    steps = np.arange(LOWEST, HIGHEST + 1, STEP)
    first = np.searchsorted(scores[order], steps, side="left")
    number = len(scores) - first
    total = max(float(above[0]), 1e-12)
    return tuple(
        CurvePoint(
            threshold_millibits=int(step),
            precision=float(above[place]) / many if many else 1.0,
            recall=float(above[place]) / total,
        )
        for step, place, many in zip(steps.tolist(), first.tolist(), number.tolist(), strict=True)
    )


def choose_threshold(curve: Sequence[CurvePoint]) -> int:
    """Return the lowest threshold that is expected to do about best, in millibits; never under two to one.

    Best is the F-measure in which precision counts twice as much as recall:
    two customers taken for one cost more than one taken for two.
    """
    best = max(map(_f_measure, curve))
    good = (point.threshold_millibits for point in curve if _f_measure(point) >= best - CLOSE_ENOUGH)
    return max(min(good), LEAST)


def _f_measure(point: CurvePoint) -> float:
    """Return the F-measure with beta² of one half.  Source: van Rijsbergen (1979), chapter 7."""
    return 1.5 * point.precision * point.recall / max(0.5 * point.precision + point.recall, 1e-12)
