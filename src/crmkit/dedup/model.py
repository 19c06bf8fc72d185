"""Models: what a policy learnt from records, as a frozen value.

Everything is a probability of a *level* (see `kinds.LEVELS`) among three sorts
of pairs: two records of one party, of two parties who share surroundings (a
household, an office), and of two parties by chance.
"""

from __future__ import annotations

from typing import Final, final

import attrs

from crmkit.dedup.policy import Policy
from crmkit.display import html_table

SCRIPTS: Final = ("latin", "mixed", "chinese")
"""How the names of a pair are written: neither in Chinese, one of them, both."""


@final
@attrs.frozen(kw_only=True)
class FacetFit:
    """How often each level of one facet occurs, the lowest level first; each sums to 1.

    Attributes:
        same: Among pairs of records of one party (m of Fellegi & Sunter).
        chance: Among pairs of strangers (u of Fellegi & Sunter).
        related: Among pairs of two parties that share surroundings; equal to
            *chance* for what such people do not share.
        seen: Among all pairs there are.
    """

    same: tuple[float, ...]
    chance: tuple[float, ...]
    related: tuple[float, ...]
    seen: tuple[float, ...]


@final
@attrs.frozen(kw_only=True)
class Tie:
    """Two facets that go together among strangers.

    Attributes:
        one: Place of one facet.
        other: Place of the other.
        lift: For each level of the one, for each of the other, how much more
            often strangers show both than by chance, in thousandths of a bit.
    """

    one: int
    other: int
    lift: tuple[tuple[int, ...], ...] = attrs.field(repr=False)


@final
@attrs.frozen(kw_only=True)
class Population:
    """Pairs that follow the same odds.

    Attributes:
        party: "person" or "organisation".
        script: One of `SCRIPTS`.
        pairs: How many pairs there are, compared or not.
        same: Share of them that are one party.
        related: Share of them that share surroundings.
        known: For each facet, how many records could agree in it.
        fits: For each facet, how often its levels occur.
        ties: Facets that go together, so that agreeing in both says less.
        namesakes: Share that is one party of the pairs that agree in name, as far as the name goes, however rare.
    """

    party: str
    script: str
    pairs: int
    same: float
    related: float
    known: tuple[int, ...]
    fits: tuple[FacetFit, ...]
    ties: tuple[Tie, ...] = ()
    namesakes: float = 1.0


@final
@attrs.frozen(kw_only=True)
class Terms:
    """How many records hold the frequent values of one facet.

    Attributes:
        facet: Name of the facet.
        counts: Text and number of records, sorted by text; those not named count as 2.
    """

    facet: str
    counts: tuple[tuple[str, int], ...] = attrs.field(repr=lambda counts: f"<{len(counts)} texts>")


@final
@attrs.frozen(kw_only=True)
class CurvePoint:
    """What a threshold is expected to bring, as the model sees it.

    Attributes:
        threshold_millibits: The threshold.
        precision: Share of the pairs from there on that are one party.
        recall: Share of the compared pairs of one party that are found.
    """

    threshold_millibits: int
    precision: float
    recall: float


@final
@attrs.frozen(kw_only=True)
class Model:
    """A policy and what it learnt; it decides alike on every machine.

    Attributes:
        policy: What is compared, and how.
        populations: What was learnt of each sort of pair.
        terms: Frequent values of the facets with term frequency.
        common: For each `RareTokens` of the policy, the words that are not rare, sorted.
        threshold_millibits: Log-odds, in thousandths of a bit, from which on a
            pair speaks for one party.
        curve: Expected precision and recall by threshold, ascending.
        records: How many records it learnt from.
    """

    policy: Policy
    populations: tuple[Population, ...]
    terms: tuple[Terms, ...]
    common: tuple[tuple[str, ...], ...] = attrs.field(repr=False, default=())
    threshold_millibits: int = 0
    curve: tuple[CurvePoint, ...] = attrs.field(repr=False, default=())
    records: int = 0

    def __str__(self) -> str:
        return (
            f"Model of {len(self.policy.comparisons)} comparisons, learnt from {self.records:,} records, "
            f"threshold {self.threshold_millibits / 1000:+.1f} bits"
        )

    def _repr_html_(self) -> str:
        rows = [
            (population.party, population.script, facet_name, f"{fit.same[-1]:.3f}", f"{fit.chance[-1]:.6f}")
            for population in self.populations
            for facet_name, fit in zip(_facet_names(self.policy), population.fits, strict=True)
        ]
        return html_table(
            ("party", "script", "facet", "same if one party", "same by chance"), rows, caption=str(self)
        )


def _facet_names(policy: Policy) -> list[str]:
    from crmkit.dedup.policy import facets

    return [facet.name for facet in facets(policy)]
