"""SLA policies: how soon cases are to be answered and solved, and who is told when time runs out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, final

import attrs

from crmkit.calendars import Calendar, Quiet, zone
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.service.cases import PRIORITIES

ANSWER: Final = "answer"
SOLVE: Final = "solve"
GOALS: Final = (ANSWER, SOLVE)


@final
@attrs.frozen(kw_only=True)
class Target:
    """How much open time there is for a case.

    Attributes:
        answer: Until somebody answers, or None for no limit.
        solve: Until it is solved, or None for no limit.
    """

    answer: dt.timedelta | None = attrs.field(default=None)
    solve: dt.timedelta | None = attrs.field(default=None)

    def __attrs_post_init__(self) -> None:
        if any(within is not None and within <= dt.timedelta() for within in (self.answer, self.solve)):
            raise InvalidValue(
                "a target is a time longer than nothing, such as hours(4), or None for no limit"
            )


@final
@attrs.frozen(kw_only=True)
class Escalation:
    """A step of the ladder: who is told when so much of the time is used up.

    Attributes:
        name: Its name; an event "escalated" with this note says that it was done.
        to: Who is told.
        percent: How much of the target's time is used up by then; 100 is the due instant.
        goal: Of which target: "answer" or "solve".
        quiet: The hours in which that person is left in peace, or None.
        zone: IANA name of that person's zone, or None for the calendar's.
    """

    name: str
    to: str
    percent: int = attrs.field(default=100)
    goal: str = attrs.field(default=SOLVE)
    quiet: Quiet | None = None
    zone: str | None = attrs.field(default=None)

    @percent.validator
    def _ahead(self, _: object, percent: int) -> None:
        if percent <= 0:
            raise InvalidValue(f"percent of the time used up is more than 0, got {percent}")

    @goal.validator
    def _known_goal(self, _: object, goal: str) -> None:
        if goal not in GOALS:
            raise UnknownName("goal", goal, GOALS)

    @zone.validator
    def _known_zone(self, _: object, name: str | None) -> None:
        if name is not None:
            zone(name)


def _targets(
    given: Mapping[str, Target] | Iterable[tuple[str, Target]],
) -> tuple[tuple[str, Target], ...]:
    pairs = given.items() if isinstance(given, Mapping) else ((name, target) for name, target in given)
    return tuple(sorted(pairs, key=lambda pair: pair[0]))


@final
@attrs.frozen(kw_only=True)
class SlaPolicy:
    """How soon cases are to be answered and solved.

    Attributes:
        name: Its name.
        calendar: When time counts.
        answer: Open time until somebody answers, or None for no limit.
        solve: Open time until the case is solved, or None for no limit.
        by_priority: Other targets for cases of some priorities, a mapping when given.
        ladder: Who is told when time runs out.
    """

    name: str
    calendar: Calendar
    answer: dt.timedelta | None = None
    solve: dt.timedelta | None = None
    by_priority: tuple[tuple[str, Target], ...] = attrs.field(default=(), converter=_targets)
    ladder: tuple[Escalation, ...] = attrs.field(default=(), converter=tuple[Escalation, ...])

    def __attrs_post_init__(self) -> None:
        Target(answer=self.answer, solve=self.solve)
        for priority, _ in self.by_priority:
            if priority not in PRIORITIES:
                raise UnknownName("priority", priority, PRIORITIES)
        names = [step.name for step in self.ladder]
        if len(set(names)) < len(names):
            raise Contradiction(f"two steps of the ladder have one name: {', '.join(sorted(names))}")
