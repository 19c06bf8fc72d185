"""Scales: from measures to scores, fitted once, frozen, good for anyone later."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final, final, overload

import attrs

from crmkit import conditions
from crmkit.display import html_table, text_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomerId
from crmkit.segmentation.rfm import Rfm, only_currency

SCORED: Final = ("recency_days", "frequency", "monetary_minor", "length_days")
"""The measures that are scored."""


@final
@attrs.frozen(kw_only=True)
class Ladder:
    """The steps of one measure.

    Attributes:
        measure: One of `SCORED`.
        cuts: What must be passed for each further score, worst first: more than
            the cut, or for recency fewer days than it.
        counts: How many of the customers it was fitted on have each score, lowest first.
    """

    measure: str = attrs.field()
    cuts: tuple[int, ...]
    counts: tuple[int, ...]

    @measure.validator
    def _known(self, _: object, measure: str) -> None:
        if measure not in SCORED:
            raise UnknownName("measure", measure, SCORED)

    def __attrs_post_init__(self) -> None:
        upward = [goodness(self.measure, cut) for cut in self.cuts]
        if upward != sorted(upward):
            raise InvalidValue(f"the cuts of {self.measure} must go from worst to best, got {self.cuts}")
        if len(self.counts) != len(self.cuts) + 1 or min(self.counts) < 0:
            raise InvalidValue(f"{self.measure} needs one count more than cuts, each 0 or more")

    def score(self, number: int) -> int:
        """Return the score of a measured *number*, 1 to ``len(cuts) + 1``."""
        upward = [goodness(self.measure, cut) for cut in self.cuts]
        return bisect_left(upward, goodness(self.measure, number)) + 1


@final
@attrs.frozen(kw_only=True)
class Scale:
    """How measures become scores; made by `fit_scale`, kept, and used on anyone later.

    Attributes:
        bins: The highest score; 1 is the lowest.
        fitted: Number of customers it was fitted on.
        ladders: The steps of each measure, in the order of `SCORED`.
        currency: Currency of the money, or None if no amount was known.
    """

    bins: int
    fitted: int
    ladders: tuple[Ladder, ...]
    currency: str | None = None

    def __attrs_post_init__(self) -> None:
        measures = [ladder.measure for ladder in self.ladders]
        if measures != [measure for measure in SCORED if measure in measures] or len(measures) < 3:
            raise InvalidValue(f"a scale has a ladder for each of {', '.join(SCORED[:3])}, in this order")
        for ladder in self.ladders:
            if len(ladder.counts) != self.bins or sum(ladder.counts) != self.fitted:
                raise InvalidValue(
                    f"the ladder of {ladder.measure} must count {self.fitted} customers in {self.bins} bins"
                )

    @property
    def digest(self) -> str:
        """The content hash: equal for equal scales, whoever fitted them, on any machine."""
        return conditions.digest(self)

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures it scores."""
        return tuple(ladder.measure for ladder in self.ladders)

    def __str__(self) -> str:
        return text_table(self._columns(), self._rows())

    def _repr_html_(self) -> str:
        return html_table(self._columns(), self._rows(), caption=f"Scale of {self.fitted:,} customers")

    def _columns(self) -> list[str]:
        return ["measure", "score 1", *(f"score {score}" for score in range(2, self.bins + 1))]

    def _rows(self) -> list[list[object]]:
        return [
            [
                ladder.measure,
                "the rest",
                *(f"{'<' if ladder.measure == 'recency_days' else '>'} {cut:,}" for cut in ladder.cuts),
            ]
            for ladder in self.ladders
        ]


@final
@attrs.frozen
class Scores:
    """The scores of a customer, 1 lowest.

    Attributes:
        customer_id: Id of the customer.
        recency: How recent, among those the scale was fitted on.
        frequency: How frequent.
        monetary: How much money.
        length: How long the relation, or None if it was not measured.
    """

    customer_id: CustomerId = attrs.field(converter=CustomerId)
    recency: int
    frequency: int
    monetary: int
    length: int | None = None

    @property
    def by_measure(self) -> tuple[tuple[str, int], ...]:
        """The scores that are known by measure, sorted: the form that `model.Profile` keeps."""
        pairs = (
            ("frequency", self.frequency),
            ("length_days", self.length),
            ("monetary_minor", self.monetary),
            ("recency_days", self.recency),
        )
        return tuple((name, number) for name, number in pairs if number is not None)


def fit_scale(rfm: Iterable[Rfm], *, bins: int = 5) -> Scale:
    """Return the scale that spreads *rfm* over the scores 1 to *bins* as evenly as fairness allows.

    Of n customers, one who is better than ``c`` others in a measure scores
    ``min(bins, c * bins // n + 1)``; who ties, ties.  Recency is better when
    smaller.  Length is on the scale if every customer has one.

    Raises:
        InvalidValue: If there is no customer, *bins* is under 2, only some have a
            length, or the money is of several currencies.
    """
    customers = list(rfm)
    check_fit(len(customers), bins)
    missing = sum(one.length_days is None for one in customers)
    if 0 < missing < len(customers):
        raise InvalidValue(f"{missing} customers have no length; summarise all of them with length=True")
    return Scale(
        bins=bins,
        fitted=len(customers),
        ladders=tuple(
            _ladder(measure, [dict(one.measures)[measure] for one in customers], bins)
            for measure in SCORED
            if measure != "length_days" or not missing
        ),
        currency=only_currency(one.currency for one in customers),
    )


@overload
def score(rfm: Rfm, scale: Scale) -> Scores: ...
@overload
def score(rfm: Iterable[Rfm], scale: Scale) -> list[Scores]: ...
def score(rfm: Rfm | Iterable[Rfm], scale: Scale) -> Scores | list[Scores]:
    """Return the scores of one customer, or of several in their order.

    Whoever it is, fitted or not, better or worse than all of those, the scores
    lie in 1 to ``scale.bins``.

    >>> everyone = [Rfm(f"c{place}", place, 10 - place, 100 * (10 - place)) for place in range(10)]
    >>> score(Rfm("new", 2, 7, 850), fit_scale(everyone)).by_measure
    (('frequency', 4), ('monetary_minor', 5), ('recency_days', 4))

    Raises:
        InvalidValue: If the money is in another currency than the scale's, or
            the scale has a length and a customer has none.
    """
    if not isinstance(rfm, Rfm):
        return [score(one, scale) for one in rfm]
    check_currency(rfm.currency, scale)
    known = dict(rfm.measures)
    found = {one.measure: one.score(_number(known, one.measure)) for one in scale.ladders}
    return Scores(
        rfm.customer_id,
        found["recency_days"],
        found["frequency"],
        found["monetary_minor"],
        found.get("length_days"),
    )


def goodness(measure: str, number: int) -> int:
    """Return *number* so that more is better."""
    return -number if measure == "recency_days" else number


def cut_places(fitted: int, bins: int) -> list[int]:
    """Return at which places, 0 first, of *fitted* values from worst to best the cuts lie.

    ``c * bins // fitted + 1 >= s`` holds from ``c = ceil((s - 1) * fitted / bins)`` on,
    so a value scores *s* when it is better than the value before that place.
    """
    return [-(-(reached - 1) * fitted // bins) - 1 for reached in range(2, bins + 1)]


def check_fit(fitted: int, bins: int) -> None:
    """Check that a scale can be fitted.

    Raises:
        InvalidValue: If there is no customer, or fewer than 2 bins.
    """
    if bins < 2:
        raise InvalidValue(f"bins must be 2 or more, got {bins}")
    if not fitted:
        raise InvalidValue("a scale is fitted on at least one customer; there is none with a visit")


def check_currency(currency: str | None, scale: Scale) -> None:
    """Check that money in *currency* may be scored.

    Raises:
        InvalidValue: If the scale was fitted on another currency.
    """
    if currency is not None and scale.currency is not None and currency != scale.currency:
        raise InvalidValue(
            f"the scale was fitted on {scale.currency}, the money is in {currency}; convert it"
        )


def missing_length() -> InvalidValue:
    """Return the error for a length that is needed and was not measured."""
    return InvalidValue("a length is needed; summarise with length=True or a preset that measures it")


def _ladder(measure: str, numbers: Sequence[int], bins: int) -> Ladder:
    upward = sorted(goodness(measure, number) for number in numbers)
    cuts = [upward[place] for place in cut_places(len(upward), bins)]
    ends = [0, *(bisect_right(upward, cut) for cut in cuts), len(upward)]
    return Ladder(
        measure=measure,
        cuts=tuple(goodness(measure, cut) for cut in cuts),
        counts=tuple(end - start for start, end in pairwise(ends)),
    )


def _number(known: dict[str, int], measure: str) -> int:
    if measure not in known:
        raise missing_length()
    return known[measure]
