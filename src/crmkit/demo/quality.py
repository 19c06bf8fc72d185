"""Quality: how well a resolution found the truth, counted in pairs of records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, final

import attrs


@final
@attrs.frozen(kw_only=True)
class IdentityQuality:
    """What a resolution got right.

    Attributes:
        found: Pairs of records of one customer, as resolved.
        true: Pairs of records of one party, in truth.
        right: Pairs that are both.
    """

    found: int
    true: int
    right: int

    @property
    def precision(self) -> float:
        """The share of the pairs found that are true; 1 if none was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """The share of the true pairs that were found; 1 if there is none."""
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 if both are 0."""
        return 2 * self.right / (self.found + self.true) if self.found + self.true else 1.0

    def __str__(self) -> str:
        return (
            f"Identity against the truth: precision {self.precision:.3f}, recall {self.recall:.3f} "
            f"({self.right:,} of {self.true:,} pairs found, {self.found - self.right:,} wrong)"
        )


def identity_quality(clusters: Mapping[Any, Hashable], truth: Mapping[Any, Hashable]) -> IdentityQuality:
    """Return how well *clusters* (record id -> customer id) meet *truth* (record id -> party id).

    >>> quality = identity_quality({"a": 1, "b": 1, "c": 2}, {"a": "x", "b": "x", "c": "x"})
    >>> quality.precision, round(quality.recall, 3)
    (1.0, 0.333)

    Raises:
        KeyError: If a record of one is not in the other.
    """
    both = Counter((clusters[record], truth[record]) for record in truth.keys() | clusters.keys())
    return IdentityQuality(
        found=_pairs(Counter(clusters.values())),
        true=_pairs(Counter(truth.values())),
        right=_pairs(both),
    )


def _pairs(sizes: Counter[Any]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())
