"""Cases: one matter of a customer's, on any channel, as a fold of what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final, final

import attrs

from crmkit.display import html_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomerId, CustomField, CustomObject, CustomStatus, derive_id, instant

OPENED: Final = "opened"
CUSTOMER_MESSAGE: Final = "customer_message"
AGENT_MESSAGE: Final = "agent_message"
PAUSED: Final = "paused"
RESUMED: Final = "resumed"
ESCALATED: Final = "escalated"
CLOSED: Final = "closed"
EVENT_KINDS: Final = (OPENED, CUSTOMER_MESSAGE, AGENT_MESSAGE, PAUSED, RESUMED, ESCALATED, CLOSED)
"""What may happen to a case, in the order in which things of one instant are taken."""

OPEN: Final = "open"
WAITING: Final = "waiting"
DONE: Final = "closed"

PRIORITIES: Final = ("low", "normal", "high", "urgent")

CASE: Final = CustomObject(
    name="case",
    meaning="one matter of a customer's, on any channel",
    fields=(
        CustomField(name="subject", meaning="what it is about, in a sentence"),
        CustomField(name="topic", meaning="what it is about, in a word: complaint, delivery"),
    ),
    statuses=(
        CustomStatus(
            name="status",
            meaning="whose the next step is",
            statuses={
                OPEN: "the next step is ours",
                WAITING: "the next step is the customer's",
                DONE: "nobody has a step to take",
            },
        ),
        CustomStatus(
            name="priority",
            meaning="how soon it needs an answer",
            statuses={
                "low": "whenever there is time",
                "normal": "in its turn",
                "high": "before others",
                "urgent": "at once",
            },
        ),
    ),
)
"""What the data dictionary says of a case: ``Additions(objects=[CASE])``."""

# event kind -> the status it leads to from each status; what is not named changes nothing
_MOVES: Final = {
    CUSTOMER_MESSAGE: {WAITING: OPEN, DONE: OPEN},
    PAUSED: {OPEN: WAITING},
    RESUMED: {WAITING: OPEN, DONE: OPEN},
    CLOSED: {OPEN: DONE, WAITING: DONE},
}


@final
@attrs.frozen(kw_only=True)
class CaseEvent:
    """One thing that happened to a case.

    Attributes:
        id: Id of the event, unique in its case; told twice, it counts once.
        kind: One of `EVENT_KINDS`.
        at: When it happened.
        channel: Where, or None if nowhere in particular.
        by: Who did it: an employee, or None for the customer or a machine.
        note: What is worth knowing; for an escalation the name of the step.
    """

    id: str
    kind: str = attrs.field()
    at: dt.datetime = attrs.field(converter=instant)
    channel: str | None = None
    by: str | None = None
    note: str = attrs.field(default="", repr=False)

    @kind.validator
    def _known(self, _: object, kind: str) -> None:
        if kind not in EVENT_KINDS:
            raise UnknownName("case event", kind, EVENT_KINDS)


def _in_order(events: Iterable[CaseEvent]) -> tuple[CaseEvent, ...]:
    kept: dict[str, CaseEvent] = {}
    for event in sorted(events, key=_event_order):
        kept.setdefault(event.id, event)
    return tuple(kept.values())


def _event_order(event: CaseEvent) -> tuple[dt.datetime, int, str, str]:
    return event.at, EVENT_KINDS.index(event.kind), event.id, repr(event)


@final
@attrs.frozen(kw_only=True)
class Case:
    """One matter of a customer's.

    Attributes:
        id: Id of the case.
        customer_id: Whose matter it is.
        subject: What it is about; kept out of `repr`.
        topic: A word for it, "complaint", "delivery", or None if nobody said.
        priority: One of `PRIORITIES`.
        events: What happened to it, in order of time, each once; the first is its opening.
    """

    id: str
    customer_id: CustomerId = attrs.field(converter=CustomerId)
    subject: str = attrs.field(default="", repr=False)
    topic: str | None = None
    priority: str = attrs.field(default="normal")
    events: tuple[CaseEvent, ...] = attrs.field(converter=_in_order)

    @priority.validator
    def _known(self, _: object, priority: str) -> None:
        if priority not in PRIORITIES:
            raise UnknownName("priority", priority, PRIORITIES)

    def __attrs_post_init__(self) -> None:
        if not self.events or self.events[0].kind != OPENED:
            raise InvalidValue(f"the case {self.id!r} begins with something other than its opening")

    @property
    def opened_at(self) -> dt.datetime:
        """When it was opened."""
        return self.events[0].at

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel it went over, in order of first use."""
        return tuple(dict.fromkeys(event.channel for event in self.events if event.channel is not None))

    def _repr_html_(self) -> str:
        rows = ((f"{e.at:%Y-%m-%d %H:%M}", e.kind.replace("_", " "), e.channel, e.by) for e in self.events)
        return html_table(("at (UTC)", "what", "channel", "by"), rows, caption=f"case {self.id}")


@final
@attrs.frozen
class Phase:
    """A stretch of time in which a case had one status.

    Attributes:
        status: "open" (the next step is ours), "waiting" (it is the customer's), or "closed".
        since: When it began.
        until: When it ended, exclusive, or None if it holds.
    """

    status: str
    since: dt.datetime
    until: dt.datetime | None = None


def open_case(
    customer_id: str,
    at: dt.datetime,
    *,
    channel: str | None = None,
    subject: str = "",
    topic: str | None = None,
    priority: str = "normal",
    case_id: str | None = None,
) -> Case:
    """Return a new case; its id is derived from the customer, the instant and the topic unless it is given.

    >>> case = open_case("c1", dt.datetime(2024, 5, 1, 9, tzinfo=dt.UTC), channel="email", topic="delivery")
    >>> case.opened_at.isoformat(), status_at(case, as_of=case.opened_at)
    ('2024-05-01T09:00:00+00:00', 'open')
    """
    opened_at = instant(at)
    name = case_id or derive_id("case", customer_id, opened_at.isoformat(), topic or "")
    return Case(
        id=name,
        customer_id=CustomerId(customer_id),
        subject=subject,
        topic=topic,
        priority=priority,
        events=(CaseEvent(id=f"{name}/{OPENED}", kind=OPENED, at=opened_at, channel=channel),),
    )


def record(case: Case, event: CaseEvent) -> Case:
    """Return *case* with one more event; one it has already changes nothing.

    Events may be told late and in any order: they are folded in order of time.

    Raises:
        InvalidValue: If the event happened before the case was opened.
    """
    if event.at < case.opened_at:
        raise InvalidValue(
            f"the case {case.id!r} was opened at {case.opened_at.isoformat()}, after the event"
        )
    return attrs.evolve(case, events=(*case.events, event))


def phases(case: Case, *, as_of: dt.datetime) -> tuple[Phase, ...]:
    """Return the statuses of *case* up to *as_of*, oldest first, without gaps; none before its opening.

    A message of the customer's resumes a case that waits for them, and opens
    a closed one again.  What an event cannot change, it does not change.
    """
    found = list(_phases(case, instant(as_of)))
    ended = [attrs.evolve(phase, until=after.since) for phase, after in pairwise(found)]
    return (*ended, *found[-1:])


def status_at(case: Case, *, as_of: dt.datetime) -> str | None:
    """Return the status of *case* at *as_of*, "open", "waiting" or "closed", or None before its opening."""
    found = phases(case, as_of=as_of)
    return found[-1].status if found else None


def _phases(case: Case, as_of: dt.datetime) -> Iterator[Phase]:
    status = None
    for event in case.events:
        if event.at > as_of:
            return
        after = OPEN if status is None else _MOVES.get(event.kind, {}).get(status, status)
        if after != status:
            yield Phase(after, event.at)
        status = after
