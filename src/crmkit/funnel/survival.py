"""Time to convert: how long it takes, told from those who did and those who may still."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import final

import attrs

from crmkit.errors import InvalidValue


@final
@attrs.frozen(kw_only=True)
class TimeToConvert:
    """How the share of converted customers grows with the time since their entry.

    Attributes:
        curve: Times since entry, ascending, at each of which somebody
            converted, with the share converted by then, from 0 to 1.
    """

    curve: tuple[tuple[dt.timedelta, float], ...] = ()

    @property
    def share(self) -> float:
        """The share that converts in the end, as far as anyone has been followed."""
        return self.curve[-1][1] if self.curve else 0.0

    @property
    def median(self) -> dt.timedelta | None:
        """The time by which half of those who entered have converted, or None if half never do."""
        return self.quantile(0.5)

    @property
    def typical(self) -> dt.timedelta | None:
        """The time by which half of those who convert at all have done so, or None if nobody does."""
        return self.quantile(self.share / 2) if self.curve else None

    def quantile(self, share: float) -> dt.timedelta | None:
        """Return the first time by which *share* of those who entered have converted, or None.

        Raises:
            InvalidValue: If *share* does not lie between 0 and 1.
        """
        if not 0 <= share <= 1:
            raise InvalidValue(f"a share lies between 0 and 1, got {share}")
        return next((after for after, converted in self.curve if converted >= share), None)


def time_to_convert(converted: Iterable[dt.timedelta], followed: Iterable[dt.timedelta]) -> TimeToConvert:
    """Return the Kaplan-Meier estimate of the time to convert.

    Args:
        converted: Time from entry to conversion of each who converted.
        followed: Time for which each other one was followed without converting;
            someone followed just as long as another took to convert was still there.

    Source: Kaplan & Meier (1958), the product-limit estimate.
    """
    events, others = Counter(converted), Counter(followed)
    at_risk = events.total() + others.total()
    left, curve = 1.0, []
    for after in sorted({*events, *others}):
        if events[after]:
            left *= (at_risk - events[after]) / at_risk
            curve.append((after, round(1 - left, 12)))
        at_risk -= events[after] + others[after]
    return TimeToConvert(curve=tuple(curve))
