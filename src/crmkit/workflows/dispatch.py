"""Dispatch: claim what is in the outbox, send it, write down what became of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Final

from crmkit import care
from crmkit.care import FAILED, SENT, UNKNOWN
from crmkit.errors import CrmkitError
from crmkit.model import Profile
from crmkit.playbook import Playbook, template_of
from crmkit.ports import Message, Notifier, Receipt, Storage
from crmkit.workflows.progress import Progress, silent

WORKER: Final = "crmkit"
BATCH: Final = 200
LEASE: Final = dt.timedelta(minutes=15)


def dispatch(
    storage: Storage,
    notifier: Notifier,
    playbook: Playbook,
    *,
    at: dt.datetime,
    worker: str = WORKER,
    progress: Progress = silent,
) -> Counter[str]:
    """Send what is in the outbox; return how many were "sent", "failed", are of "unknown" fate, or "wait".

    Every gate is looked at again before a message goes: one whose consent or
    contact point has gone has failed, one that has run into quiet hours waits
    in the outbox.  Each message is settled on its own, so one that fails
    never stops the rest, and a run that is killed goes on where it stopped:
    what was sent and not settled is handed to the notifier again, under the
    same key.
    """
    outcomes: Counter[str] = Counter({SENT: 0, FAILED: 0, UNKNOWN: 0})
    waiting: set[str] = set()
    while True:
        claimed = storage.ledger.claim(worker=worker, at=at, lease=LEASE, limit=BATCH + len(waiting))
        fresh = [decision for decision in claimed if decision.key not in waiting]
        if not fresh:
            return outcomes
        for decision in progress(fresh, "messages"):
            profile = storage.customers.profile(decision.customer_id)
            receipt = _released(decision, profile, notifier, playbook, at)
            if receipt is None:
                waiting.add(decision.key)
                outcomes["waiting"] += 1
                continue
            storage.ledger.settle(decision.key, receipt.outcome, at=at, detail=receipt.detail)
            outcomes[receipt.outcome] += 1


def _released(
    decision: care.Decision, profile: Profile | None, notifier: Notifier, playbook: Playbook, at: dt.datetime
) -> Receipt | None:
    """Return what became of *decision*, or None if it has to wait."""
    if profile is None:
        return Receipt(outcome=FAILED, detail="the customer is gone, or has become a part of another")
    closed = care.held_back(decision, profile, policy=playbook.policy, at=at)
    for_good = [reason for reason in closed if reason.not_before is None]
    if for_good:
        return Receipt(outcome=FAILED, detail=f"{for_good[0].gate}: {for_good[0].text}")
    return None if closed else _deliver(decision, profile, notifier, playbook)


def _deliver(decision: care.Decision, profile: Profile, notifier: Notifier, playbook: Playbook) -> Receipt:
    """Return what became of *decision*: failed if it could not be written, unknown if the notifier broke."""
    try:
        message = _message(decision, profile, playbook)
    except CrmkitError as error:
        return Receipt(outcome=FAILED, detail=str(error))
    try:
        return notifier.send(message)
    except Exception as error:  # the port says: an exception means that nobody knows
        return Receipt(outcome=UNKNOWN, detail=type(error).__name__)


def _message(decision: care.Decision, profile: Profile, playbook: Playbook) -> Message:
    content = care.render(template_of(playbook, decision.template), profile)
    channel = decision.channel or ""
    return Message(
        key=decision.key,
        customer_id=decision.customer_id,
        channel=channel,
        address=_address(channel, profile, playbook),
        subject=content.subject,
        body=content.body,
    )


def _address(channel: str, profile: Profile, playbook: Playbook) -> str:
    """Return where the customer is reached on *channel*, "" where it needs no contact point."""
    point = dict(playbook.policy.channels)[channel]
    known = profile[point] if point else None
    return str(known[0]) if isinstance(known, tuple) else ""
