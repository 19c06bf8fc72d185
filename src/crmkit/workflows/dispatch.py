"""Dispatch: claim what is in the outbox, send it, write down what became of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Final

from crmkit import care
from crmkit.care import FAILED, SENT, UNKNOWN
from crmkit.errors import CrmkitError, InvalidValue
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
    """Send everything in the outbox; return how many were "sent", "failed" or are of "unknown" fate.

    Each message is settled on its own, so one that fails never stops the
    rest, and a run that is killed goes on where it stopped: what was sent and
    not settled is handed to the notifier again, under the same key.
    """
    outcomes: Counter[str] = Counter({SENT: 0, FAILED: 0, UNKNOWN: 0})
    while claimed := storage.ledger.claim(worker=worker, at=at, lease=LEASE, limit=BATCH):
        for decision in progress(claimed, "messages"):
            profile = storage.customers.profile(decision.customer_id)
            receipt = _deliver(decision, profile, notifier, playbook)
            storage.ledger.settle(decision.key, receipt.outcome, at=at)
            outcomes[receipt.outcome] += 1
    return outcomes


def _deliver(
    decision: care.Decision, profile: Profile | None, notifier: Notifier, playbook: Playbook
) -> Receipt:
    """Return what became of *decision*: failed if it could not be written, unknown if the notifier broke."""
    try:
        message = _message(decision, profile, playbook)
    except CrmkitError as error:
        return Receipt(outcome=FAILED, detail=str(error))
    try:
        return notifier.send(message)
    except Exception as error:  # the port says: an exception means that nobody knows
        return Receipt(outcome=UNKNOWN, detail=type(error).__name__)


def _message(decision: care.Decision, profile: Profile | None, playbook: Playbook) -> Message:
    if profile is None or decision.channel is None:
        raise InvalidValue("the customer is gone, or has no channel left; plan again")
    content = care.render(template_of(playbook, decision.template), profile)
    return Message(
        key=decision.key,
        customer_id=decision.customer_id,
        channel=decision.channel,
        address=_address(decision.channel, profile, playbook),
        subject=content.subject,
        body=content.body,
    )


def _address(channel: str, profile: Profile, playbook: Playbook) -> str:
    point = dict(playbook.policy.channels).get(channel, "")
    known = profile[point] if point else ""
    first = known[0] if isinstance(known, tuple) else known
    if first is None:
        raise InvalidValue(f"the customer has no {point} for the channel {channel!r} any more; plan again")
    return str(first)
