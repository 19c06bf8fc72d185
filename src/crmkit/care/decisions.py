"""Decisions: what to do about one rule for one customer now, and every reason for it."""

from __future__ import annotations

import datetime as dt
from typing import Final, final

import attrs

from crmkit.display import html_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomerId, derive_id, instant
from crmkit.model.instants import maybe_instant

SEND: Final = "SEND"
WAIT: Final = "WAIT"
DROP: Final = "DROP"
HOLDOUT: Final = "HOLDOUT"
OUTCOMES: Final = (SEND, WAIT, DROP, HOLDOUT)

STEP: Final = "send"
"""The step of a rule that has one."""

GATES: Final = (
    "suppression",
    "consent",
    "eligibility",
    "entry",
    "holdout",
    "priority",
    "quiet hours",
    "caps",
    "minimum gap",
    "channel",
    "idempotency",
    "expiry",
)
"""The gates, in the order in which they are reported; their effect has no order."""


@final
@attrs.frozen(kw_only=True)
class Reason:
    """What one gate says.

    Attributes:
        gate: One of `GATES`.
        text: A sentence, free of personal data.
        closed: Whether the gate stands in the way.
        not_before: When a closed gate opens by time alone; None if it does not.
        channel: The channel it speaks of, or None for all.
    """

    gate: str = attrs.field()
    text: str
    closed: bool = True
    not_before: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    channel: str | None = None

    @gate.validator
    def _known(self, _: object, gate: str) -> None:
        if gate not in GATES:
            raise UnknownName("gate", gate, GATES)

    def __str__(self) -> str:
        sign = "✗" if self.closed else "✓"
        place = f" on {self.channel}" if self.channel else ""
        opens = f", not before {self.not_before:%Y-%m-%d %H:%M} UTC" if self.not_before else ""
        return f"{sign} {self.gate}{place}: {self.text}{opens}"


@final
@attrs.frozen(kw_only=True)
class Decision:
    """What is done about one rule for one customer.

    Attributes:
        outcome: SEND now; WAIT until `not_before` and plan again; DROP; or
            HOLDOUT, for who would be sent to and is not, for comparison.
        rule: Name of the rule.
        customer_id: Whom it is about.
        purpose: What for.
        template: What would be said.
        channel: How it goes, or None if no channel is open for good.
        occurrence: Which entry into the rule it is: "once", "since 2024-05-01T00:00:00+00:00",
            "every 3", "on 2024-05-01".
        step: Step of the rule.
        key: Names the effect: the same for the same customer, rule, occurrence,
            step and channel, whenever and however often it is decided.
        at: The instant it was decided for.
        not_before: The first instant at which every gate allows it, for WAIT.
        reasons: What the gates say, in the order of `GATES`.
    """

    outcome: str = attrs.field()
    rule: str
    customer_id: CustomerId
    purpose: str
    template: str
    channel: str | None
    occurrence: str
    step: str = STEP
    key: str
    at: dt.datetime = attrs.field(converter=instant)
    not_before: dt.datetime | None = attrs.field(default=None, converter=maybe_instant)
    reasons: tuple[Reason, ...] = ()

    @outcome.validator
    def _known(self, _: object, outcome: str) -> None:
        if outcome not in OUTCOMES:
            raise UnknownName("outcome", outcome, OUTCOMES)

    def __attrs_post_init__(self) -> None:
        if (self.outcome == WAIT) != (self.not_before is not None):
            raise InvalidValue("a decision to wait, and only that, says not before when")

    def __str__(self) -> str:
        head = f"{self.outcome} {self.rule} to {self.customer_id}"
        if self.channel:
            head += f" by {self.channel}"
        if self.not_before:
            head += f", not before {self.not_before:%Y-%m-%d %H:%M} UTC"
        return "\n".join([head, *(f"  {reason}" for reason in self.reasons)])

    def _repr_html_(self) -> str:
        rows = (
            (
                reason.gate,
                "closed" if reason.closed else "open",
                reason.channel,
                reason.text,
                f"{reason.not_before:%Y-%m-%d %H:%M}" if reason.not_before else None,
            )
            for reason in self.reasons
        )
        return html_table(
            ("gate", "", "channel", "why", "not before (UTC)"), rows, caption=str(self).split("\n")[0]
        )


def decision_key(
    *, customer_id: str, rule: str, occurrence: str, step: str = STEP, channel: str | None
) -> str:
    """Return the key of an effect; *customer_id* is the first id the customer ever had.

    No clock, no randomness and no version of the rule goes into it.
    """
    return derive_id("care", customer_id, rule, occurrence, step, channel or "")
