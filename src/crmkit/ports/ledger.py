"""Ledger: where the host keeps what was decided, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Protocol

from crmkit.care import FAILED, HOLDOUT, SEND, Decision, LedgerEntry
from crmkit.model import CustomerId


class Ledger(Protocol):
    """Decisions, what became of those to send, and the outbox of those still to go.

    Costs: `record` is called once a plan with all its decisions, `claim` once
    a batch, `settle` once a message.
    """

    def record(self, decisions: Iterable[Decision]) -> None:
        """Make this the plan, and put what is to be sent into the outbox, together or not at all.

        A send or holdout, once kept, stays as it is, whatever else is decided
        under its key; only one that failed may be sent or held out anew.
        What an earlier plan said to wait or drop is gone: a plan is about
        every customer.
        """

    def decisions(self, customer_id: CustomerId | None = None) -> Iterator[Decision]:
        """Yield the decisions about this customer, or all, sorted by customer, rule and key."""

    def entries(self, customer_id: CustomerId | None = None) -> Iterator[LedgerEntry]:
        """Yield one entry for each send and holdout of this customer, or of all, oldest first, ties by key."""

    def claim(self, *, worker: str, at: dt.datetime, lease: dt.timedelta, limit: int) -> list[Decision]:
        """Return up to *limit* decisions from the outbox, oldest first, for *worker* alone until *at* + *lease*.

        What another worker holds is left to it until its lease ends.  A
        worker that was restarted gets back what it holds.
        """

    def settle(self, key: str, state: str, *, at: dt.datetime, detail: str = "") -> None:
        """Write down that the claimed send *key* became *state*, "sent", "failed" or "unknown", and why.

        It leaves the outbox for good.  Settling again, or a key that nobody
        knows, changes nothing.
        """


def is_kept(decision: Decision) -> bool:
    """Return whether the ledger keeps an entry for *decision*."""
    return decision.outcome in (SEND, HOLDOUT)


def is_fresh(decision: Decision, state: str | None) -> bool:
    """Return whether *decision* takes the place of what is kept under its key, of which *state* became."""
    return state is None or (state == FAILED and is_kept(decision))
