"""Subjects: what conditions are asked of: a profile, a mapping, or one activity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, final

import attrs

from crmkit.errors import Contradiction, InvalidValue
from crmkit.model import ACTIVITY_FIELDS, Activity, Profile, in_fact_order, instant, read

OWN: Final = frozenset(field.name for field in ACTIVITY_FIELDS)


@final
@attrs.frozen(kw_only=True)
class Subject:
    """What a condition is asked of.

    Attributes:
        read: Returns the value of a field, None if it is unknown.
        as_of: The instant it is asked at, or None if there is none.
        activities: The history up to then, in fact order, or None if there is none.
    """

    read: Callable[[str], object]
    as_of: dt.datetime | None = None
    activities: Sequence[Activity] | None = None


def subject_of(profile: Profile | Mapping[str, object], *, as_of: dt.datetime | None = None) -> Subject:
    """Return *profile* as a subject.

    Raises:
        InvalidValue: If a mapping's ``as_of`` or ``activities`` are something else.
        Contradiction: If *as_of* is another instant than the profile's.
    """
    if isinstance(profile, Profile):
        same_instant(profile.as_of, as_of)
        return Subject(read=profile.__getitem__, as_of=profile.as_of, activities=profile.activities)
    if not isinstance(profile, Mapping):
        raise InvalidValue(f"a condition is asked of a Profile or a mapping, got {type(profile).__name__}")
    own, facts = profile.get("as_of"), profile.get("activities")
    if own is not None and not isinstance(own, dt.datetime):
        raise InvalidValue(f"the key 'as_of' holds a {type(own).__name__}; give an aware datetime")
    same_instant(own, as_of)
    at = own if own is not None else as_of
    return Subject(
        read=lambda name: read(profile, name),
        as_of=None if at is None else instant(at),
        activities=None if facts is None else in_fact_order(_activities(facts)),
    )


def of_activity(fact: Activity, as_of: dt.datetime) -> Subject:
    """Return one activity as a subject: its own attributes, then its props."""
    return Subject(read=lambda name: value_in(fact, name), as_of=as_of)


def value_in(fact: Activity, name: str) -> object:
    """Return the attribute called *name* of an activity, else the prop, else None."""
    return getattr(fact, name) if name in OWN else fact[name]


def instant_of(subject: Subject) -> dt.datetime:
    """Return the instant that *subject* is asked at.

    Raises:
        InvalidValue: If it has none.
    """
    if subject.as_of is None:
        raise InvalidValue("the condition asks about time: give the mapping the key 'as_of', or pass as_of=…")
    return subject.as_of


def activities_of(subject: Subject) -> Sequence[Activity]:
    """Return the history of *subject*.

    Raises:
        InvalidValue: If it has none.
    """
    if subject.activities is None:
        raise InvalidValue("the condition asks about activities: give the mapping the key 'activities'")
    return subject.activities


def same_instant(own: dt.datetime | None, asked: dt.datetime | None) -> None:
    """Check that what is true of one instant is not asked about another.

    Raises:
        Contradiction: If it is.
    """
    if own is not None and asked is not None and instant(own) != instant(asked):
        raise Contradiction(
            f"the profile is true as of {own.isoformat()}, but as_of is {asked.isoformat()}; "
            "make a profile as of that instant"
        )


def _activities(facts: object) -> list[Activity]:
    if not isinstance(facts, Iterable):
        raise InvalidValue("the key 'activities' holds no activities; give a list of Activity")
    listed = list(facts)
    for fact in listed:
        if not isinstance(fact, Activity):
            raise InvalidValue(f"the key 'activities' holds a {type(fact).__name__}; give a list of Activity")
    return listed
