"""After the sale: cases over every channel, and how soon they are answered and solved.

A `Case` is a fold of what happened to it; `receive` puts a message into the
case it belongs to, whatever channel it came on; `sla_clock` counts the open
time of a `Calendar`, pauses left out.

>>> import datetime as dt
>>> from crmkit.calendars import hours
>>> office = Calendar(zone="Asia/Shanghai", hours={"mon-fri": ("09:00-12:00", "13:00-18:00")})
>>> policy = SlaPolicy(name="office", calendar=office, answer=hours(4), solve=hours(16))
>>> friday = dt.datetime(2024, 5, 10, 9, tzinfo=dt.UTC)  # 17:00 in Shanghai
>>> clock = sla_clock(open_case("c1", friday, channel="email"), policy, as_of=friday)
>>> print(clock.due.isoformat(), clock.breached, clock.paused)
2024-05-13T04:00:00+00:00 False False
"""

from crmkit.calendars import Calendar, deadline, elapsed
from crmkit.service.briefs import TONES, Tone, service_brief
from crmkit.service.cases import CASE, Case, CaseEvent, Phase, open_case, phases, record, status_at
from crmkit.service.intake import Message, cases_of, receive
from crmkit.service.sla import GoalClock, NextEscalation, SlaClock, sla_clock
from crmkit.service.sla_policy import Escalation, SlaPolicy, Target

__all__ = [
    "CASE",
    "TONES",
    "Calendar",
    "Case",
    "CaseEvent",
    "Escalation",
    "GoalClock",
    "Message",
    "NextEscalation",
    "Phase",
    "SlaClock",
    "SlaPolicy",
    "Target",
    "Tone",
    "cases_of",
    "deadline",
    "elapsed",
    "open_case",
    "phases",
    "receive",
    "record",
    "service_brief",
    "sla_clock",
    "status_at",
]
