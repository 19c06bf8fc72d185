"""Care rules: who is told what, how, and how often."""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from crmkit.calendars import Duration
from crmkit.care.entries import Entry, once
from crmkit.conditions import Condition
from crmkit.conditions.nodes import CONDITION_TYPES
from crmkit.conditions.terms import is_positive
from crmkit.errors import InvalidValue


def _channels(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


@final
@attrs.frozen(kw_only=True)
class Rule:
    """A care rule.

    Attributes:
        name: Its name, the same through all its versions.
        when: The condition on the customer; the rule speaks only while it is true.
        channel: The channels it may use, the preferred one first.
        template: Name of the template.
        purpose: What for, as consent has it: "marketing", "service".
        entry: How often a customer may come in.
        priority: Of several rules the larger goes first, ties by name.
        expires: How long after entry it still makes sense to send, exclusive;
            None for as long as the condition is true, and for the rest of the
            day with an anniversary.
        holdout: Share of the customers who are held out for comparison, 0 to 1.
    """

    name: str = attrs.field()
    when: Condition = attrs.field()
    channel: tuple[str, ...] = attrs.field(converter=_channels)
    template: str
    purpose: str = "marketing"
    entry: Entry = attrs.field(factory=once)
    priority: int = 0
    expires: Duration | None = attrs.field(default=None)
    holdout: float = attrs.field(default=0.0, converter=float)

    @name.validator
    def _named(self, _: object, name: str) -> None:
        if not name:
            raise InvalidValue("a rule needs a name: its ledger hangs on it")

    @when.validator
    def _is_condition(self, _: object, when: Condition) -> None:
        if not isinstance(when, CONDITION_TYPES):
            raise InvalidValue(
                f"when is a condition such as F.stage == 'silent', got {type(when).__name__}; "
                "use conditions.ALWAYS for everyone"
            )

    @channel.validator
    def _some_channel(self, _: object, channels: tuple[str, ...]) -> None:
        if not channels or len(set(channels)) < len(channels):
            raise InvalidValue(f"a rule needs one or more channels, each once, got {channels}")

    @expires.validator
    def _ahead(self, _: object, expires: Duration | None) -> None:
        if expires is not None and not is_positive(expires):
            raise InvalidValue("expires needs a duration longer than nothing, or None for no expiry")

    @holdout.validator
    def _share(self, _: object, holdout: float) -> None:
        if not 0 <= holdout <= 1:
            raise InvalidValue(f"holdout is a share from 0 to 1, got {holdout}")

    def __str__(self) -> str:
        return (
            f"{self.name}: when {self.when}, {self.template!r} by {' or '.join(self.channel)} "
            f"for {self.purpose}, {self.entry}"
        )
