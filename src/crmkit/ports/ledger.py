"""Ledger: where the host keeps what was decided, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from crmkit.care import FAILED, HOLDOUT, SEND, SENT, UNKNOWN, Decision, LedgerEntry, ledger_entry
from crmkit.errors import UnknownName
from crmkit.model import CustomerId


class Ledger(Protocol):
    """Decisions, what became of those to send, and the outbox of those still to go.

    Costs: `record` is called once a plan with all its decisions, `claim` once
    a batch, `settle` once a message.
    """

    def record(self, decisions: Iterable[Decision]) -> None:
        """Make this the plan, and put what is to be sent into the outbox, together or not at all.

        A send or holdout, once kept, stays as it is, whatever else is decided
        under its key, also in the same plan; only one that failed may be sent
        or held out anew.  What an earlier plan said to wait or drop is gone: a
        plan is about every customer.  Of several of these under one key the
        last counts.

        Raises:
            InvalidValue: If a send or holdout has no channel; then nothing is kept.
        """

    def decisions(self, customer_id: CustomerId | None = None) -> Iterator[Decision]:
        """Yield the decisions about this customer, or all, sorted by customer, rule and key."""

    def entries(self, customer_id: CustomerId | None = None) -> Iterator[LedgerEntry]:
        """Yield one entry for each send and holdout of this customer, or of all, oldest first, ties by key."""

    def claim(self, *, worker: str, at: dt.datetime, lease: dt.timedelta, limit: int) -> list[Decision]:
        """Return up to *limit* decisions from the outbox, oldest first, for *worker* alone until *at* + *lease*.

        What another worker holds is left to it until its lease ends.  A
        worker that was restarted gets back what it holds.

        Raises:
            InvalidValue: If *at* carries no time zone.
        """

    def settle(self, key: str, state: str, *, at: dt.datetime, detail: str = "") -> None:
        """Write down that the claimed send *key* became *state*, "sent", "failed" or "unknown", and why.

        It leaves the outbox for good.  Settling again, or a key that nobody
        knows, changes nothing.

        Raises:
            InvalidValue: If *at* carries no time zone.
            UnknownName: If *state* is none of the three.
        """


def settled(state: str) -> str:
    """Return *state*, which a send can come to.

    Raises:
        UnknownName: If it cannot.
    """
    if state not in (SENT, FAILED, UNKNOWN):
        raise UnknownName("outcome of a send", state, (SENT, FAILED, UNKNOWN))
    return state


def fresh(
    decisions: Iterable[Decision], states: Mapping[str, str]
) -> tuple[dict[str, Decision], dict[str, LedgerEntry]]:
    """Return the decisions that a plan adds, by key, and the entries of those to send or hold out.

    Args:
        decisions: The plan.
        states: What became of each key that the ledger keeps.

    Raises:
        InvalidValue: If a send or holdout has no channel.
    """
    added: dict[str, Decision] = {}
    entries: dict[str, LedgerEntry] = {}
    for decision in decisions:
        key, is_kept = decision.key, decision.outcome in (SEND, HOLDOUT)
        state = states.get(key)
        if key in entries or not (state is None or (state == FAILED and is_kept)):
            continue
        added[key] = decision
        if is_kept:
            entries[key] = ledger_entry(decision)
    return added, entries
