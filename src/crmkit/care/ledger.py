"""The ledger: what was planned and sent to whom, so that nothing happens twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.care.decisions import HOLDOUT, SEND, STEP, Decision
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomerId, instant

PLANNED: Final = "planned"
SENT: Final = "sent"
FAILED: Final = "failed"
UNKNOWN: Final = "unknown"
HELD_OUT: Final = "held_out"
STATES: Final = (SENT, UNKNOWN, PLANNED, HELD_OUT, FAILED)
"""What may have become of a decision, the most binding first.

A planned send holds its place, an unknown one may have gone, a failed one
certainly did not; who is held out is recorded as "would have been sent".
"""

ON_THE_WAY_OR_GONE: Final = frozenset({SENT, UNKNOWN, PLANNED})
DECIDED: Final = ON_THE_WAY_OR_GONE | {HELD_OUT}


@final
@attrs.frozen(kw_only=True)
class LedgerEntry:
    """One send, as far as it has come; told more than once, its most binding state counts.

    Attributes:
        key: The decision's key: the same send, tried again, has the same key.
        customer_id: Whom it is for, as they were called then.
        rule: Name of the rule.
        occurrence: Which entry into the rule, as `Decision.occurrence`.
        step: Step of the rule.
        channel: How it goes.
        purpose: What for.
        template: What it says.
        state: One of `STATES`.
        at: When it was planned to go, or went.
        detail: What is known of how it went, free of personal data.
    """

    key: str
    customer_id: CustomerId = attrs.field(converter=CustomerId)
    rule: str
    occurrence: str
    step: str = STEP
    channel: str
    purpose: str
    template: str
    state: str = attrs.field()
    at: dt.datetime = attrs.field(converter=instant)
    detail: str = ""

    @state.validator
    def _known(self, _: object, state: str) -> None:
        if state not in STATES:
            raise UnknownName("ledger state", state, STATES)


def ledger_entry(
    decision: Decision,
    *,
    state: str | None = None,
    at: dt.datetime | None = None,
    detail: str = "",
) -> LedgerEntry:
    """Return what the ledger keeps of a decision to send, or to hold out.

    Args:
        decision: One whose outcome is SEND or HOLDOUT; only these are kept.
        state: What became of it; by default planned, or held out.
        at: When it went, by default the instant it was planned for.
        detail: What is known of how it went.

    Raises:
        InvalidValue: If the decision is to wait or to drop: there is nothing to keep.
    """
    if decision.outcome not in (SEND, HOLDOUT) or decision.channel is None:
        raise InvalidValue(
            f"a decision to {decision.outcome.lower()} leaves nothing in the ledger; plan again later"
        )
    return LedgerEntry(
        key=decision.key,
        customer_id=decision.customer_id,
        rule=decision.rule,
        occurrence=decision.occurrence,
        step=decision.step,
        channel=decision.channel,
        purpose=decision.purpose,
        template=decision.template,
        state=state or (PLANNED if decision.outcome == SEND else HELD_OUT),
        at=at or decision.at,
        detail=detail,
    )


def by_customer(ledger: Iterable[LedgerEntry]) -> dict[str, list[LedgerEntry]]:
    """Return the entries by customer id, each key once in its most binding state, oldest first."""
    binding: dict[tuple[str, str], LedgerEntry] = {}
    for entry in sorted(ledger, key=lambda entry: (STATES.index(entry.state), entry.at)):
        binding.setdefault((entry.customer_id, entry.key), entry)
    found: dict[str, list[LedgerEntry]] = {}
    for entry in sorted(binding.values(), key=lambda entry: (entry.at, entry.key)):
        found.setdefault(entry.customer_id, []).append(entry)
    return found
