"""Intake: where a message belongs, whatever channel it comes on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, final

import attrs

from crmkit.model import Activity, CustomerId, in_fact_order, instant
from crmkit.service.cases import (
    AGENT_MESSAGE,
    CLOSED,
    CUSTOMER_MESSAGE,
    DONE,
    PRIORITIES,
    Case,
    CaseEvent,
    open_case,
    record,
    status_at,
)

REOPEN_WITHIN: Final = dt.timedelta(days=7)


@final
@attrs.frozen(kw_only=True)
class Message:
    """A message from a customer, or to one.

    Attributes:
        id: Id of the message; received twice, it counts once.
        customer_id: Whose message it is, or whom it went to.
        at: When it was sent.
        channel: Where: "email", "call", "wecom".
        case_id: The case it names, or None if it names none.
        reply_to: The message it answers, or None if it does not say.
        topic: A word for what it is about, or None if nobody said.
        subject: What it is about; kept out of `repr`.
        by: The employee who wrote it, or None for the customer.
    """

    id: str
    customer_id: CustomerId = attrs.field(converter=CustomerId)
    at: dt.datetime = attrs.field(converter=instant)
    channel: str | None = None
    case_id: str | None = None
    reply_to: str | None = None
    topic: str | None = None
    subject: str = attrs.field(default="", repr=False)
    by: str | None = None


def receive(cases: Iterable[Case], message: Message, *, reopen_within: dt.timedelta = REOPEN_WITHIN) -> Case:
    """Return the case that *message* belongs to, with the message in it.

    It belongs, in this order, to the case that has it already, the case it
    names, the case of the message it answers, the customer's case that is
    not closed and was touched last, or the one closed last, *reopen_within*
    ago at most, which the customer's message opens again.  A topic that both
    have must agree.  If there is none, a new case is returned.  The channel
    plays no part: a reply by telephone lands in the case of an e-mail.

    Cases of other customers, and those opened after the message was sent, are
    left alone, also when they are named.
    """
    known = sorted(cases, key=lambda case: case.id)
    own = [case for case in known if case.customer_id == message.customer_id and case.opened_at <= message.at]
    case = _named(own, message) or _last_touched(own, message, reopen_within)
    if case is None:
        is_free = all(case.id != message.case_id for case in known)
        case = open_case(
            message.customer_id,
            message.at,
            channel=message.channel,
            subject=message.subject,
            topic=message.topic,
            case_id=message.case_id if is_free else None,
        )
    kind = CUSTOMER_MESSAGE if message.by is None else AGENT_MESSAGE
    event = CaseEvent(id=message.id, kind=kind, at=message.at, channel=message.channel, by=message.by)
    return record(case, event)


def cases_of(activities: Iterable[Activity], *, reopen_within: dt.timedelta = REOPEN_WITHIN) -> list[Case]:
    """Return the cases that *activities* tell of, of any number of customers, sorted by opening, then id.

    A ``complaint`` or ``support_request`` is a message of the customer's, an
    ``interaction`` that names a case in its prop ``case_id`` is one of ours, unless its
    prop ``by`` is "customer".  ``case_opened`` registers the case that such a message
    began, or opens one, under its ``case_id``, else the activity's id; its props
    ``topic`` and ``priority`` are read.  ``case_closed`` closes the case it names, else
    the one touched last; one that finds no such case closes nothing.
    """
    by_customer: dict[str, list[Activity]] = {}
    for fact in in_fact_order(activities):
        by_customer.setdefault(fact.customer_id, []).append(fact)
    found = [case for facts in by_customer.values() for case in _cases_of_one(facts, reopen_within)]
    return sorted(found, key=lambda case: (case.opened_at, case.customer_id, case.id))


def _cases_of_one(facts: Iterable[Activity], reopen_within: dt.timedelta) -> list[Case]:
    cases: dict[str, Case] = {}
    registered: set[str] = set()
    for fact in facts:
        if fact.kind == "case_opened":
            case = _registered(fact, [case for case in cases.values() if case.id not in registered], cases)
            registered.add(case.id)
        else:
            told = _told(list(cases.values()), fact, reopen_within)
            if told is None:
                continue
            case = told
        cases = {name: one for name, one in cases.items() if one.events[0] != case.events[0]}
        cases[case.id] = case
    return list(cases.values())


def _named(own: list[Case], message: Message) -> Case | None:
    """Return the case that the message is in, names, or answers in, in this order."""
    for wanted in (
        [case for case in own if _has(case, message.id)],
        [case for case in own if case.id == message.case_id],
        [case for case in own if message.reply_to is not None and _has(case, message.reply_to)],
    ):
        if wanted:
            return wanted[0]
    return None


def _has(case: Case, event_id: str) -> bool:
    return any(event.id == event_id for event in case.events)


def _last_touched(own: list[Case], message: Message, reopen_within: dt.timedelta) -> Case | None:
    """Return the case touched last before the message, one that is not closed before one closed lately."""
    if message.case_id is not None:
        return None
    about = [case for case in own if message.topic is None or case.topic in (None, message.topic)]
    running = [case for case in about if status_at(case, as_of=message.at) != DONE]
    lately = [case for case in about if message.at - _touched(case, message.at) <= reopen_within]
    return max(running or lately, key=lambda case: (_touched(case, message.at), case.id), default=None)


def _touched(case: Case, as_of: dt.datetime) -> dt.datetime:
    return max(event.at for event in case.events if event.at <= as_of)


def _registered(fact: Activity, unregistered: list[Case], cases: Mapping[str, Case]) -> Case:
    """Return the case that *fact* opens: one that a message began and nobody registered, else a new one."""
    name = _prop(fact, "case_id") or fact.id
    topic = _prop(fact, "topic")
    if name in cases:
        return cases[name]
    about = [case for case in unregistered if topic is None or case.topic in (None, topic)]
    running = [case for case in about if status_at(case, as_of=fact.at) != DONE]
    begun = max(running, key=lambda case: (_touched(case, fact.at), case.id), default=None)
    priority = _prop(fact, "priority")
    case = begun or open_case(fact.customer_id, fact.at, channel=fact.channel, case_id=name)
    return attrs.evolve(
        case,
        id=name,
        topic=topic or case.topic,
        priority=priority if priority in PRIORITIES else case.priority,
    )


def _told(own: list[Case], fact: Activity, reopen_within: dt.timedelta) -> Case | None:
    named = _prop(fact, "case_id")
    if fact.kind == "case_closed":
        return _closed(own, fact, named)
    from_customer = fact.kind in ("complaint", "support_request")
    if not from_customer and (fact.kind != "interaction" or named is None):
        return None
    by_customer = from_customer or fact["by"] == "customer"
    message = Message(
        id=fact.id,
        customer_id=fact.customer_id,
        at=fact.at,
        channel=fact.channel,
        case_id=named,
        topic=_prop(fact, "topic"),
        by=None if by_customer else str(fact["by"] or "agent"),
    )
    return receive(own, message, reopen_within=reopen_within)


def _closed(own: list[Case], fact: Activity, named: str | None) -> Case | None:
    running = [case for case in own if status_at(case, as_of=fact.at) != DONE and named in (None, case.id)]
    case = max(running, key=lambda case: (_touched(case, fact.at), case.id), default=None)
    if case is None:
        return None
    return record(case, CaseEvent(id=fact.id, kind=CLOSED, at=fact.at, channel=fact.channel))


def _prop(fact: Activity, name: str) -> str | None:
    value = fact[name]
    return None if value is None or value == "" else str(value)
