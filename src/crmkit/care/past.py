"""The past of a customer: what a profile said at an earlier instant.

With the definitions it was made of, a profile is worked out anew as of any
instant of its history.  Without them it tells less: the stage is known since
it began, a tag since it was set, and measures and tiers are taken as they are.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, final

import attrs

from crmkit.conditions import Condition
from crmkit.conditions.nodes import Node, field_names, tags_read, walk
from crmkit.model import MEASURES, Activity, Profile, Tag, fields_of

if TYPE_CHECKING:
    from crmkit.lifecycle import Timeline
    from crmkit.profiles import Definitions
    from crmkit.segmentation import TagRule

WORTH_FIELDS: Final = frozenset({"tier", "tier_name", *(measure.name for measure in MEASURES)})
"""The fields that tell what a customer is worth; they change with time alone."""

_PORTRAYED: Final = WORTH_FIELDS | {"lapse_cause"}


@final
@attrs.frozen(kw_only=True)
class History:
    """A profile with what is needed to turn it back.

    Attributes:
        profile: The profile as of now.
        nodes: The nodes of the condition that is going to be asked, and of the tag rules it rests on.
        reads: The fields they read; only these are worked out.
        definitions: What the profile was made of, as far as it is read, or None if that is not known.
        timeline: The stages and roles up to now, or None without definitions.
    """

    profile: Profile
    nodes: tuple[Node, ...]
    reads: frozenset[str]
    definitions: Definitions | None = None
    timeline: Timeline | None = None


def history_of(condition: Condition, profile: Profile, definitions: Definitions | None) -> History:
    """Return the history of *profile* as far as *condition* is going to read it."""
    nodes = tuple(walk(condition))
    if definitions is None:
        return History(profile=profile, nodes=nodes, reads=field_names(condition))
    from crmkit.lifecycle import fold
    from crmkit.profiles import lifecycle_of

    rules = _rules_read(condition, definitions.tag_rules)
    reads = field_names(condition).union(*(field_names(rule.when) for rule in rules))
    machine = lifecycle_of(profile.customer, definitions)
    return History(
        profile=profile,
        nodes=(*nodes, *(node for rule in rules for node in walk(rule.when))),
        reads=reads,
        definitions=attrs.evolve(
            definitions,
            scale=definitions.scale if reads & WORTH_FIELDS else None,
            tag_rules=rules,
        ),
        timeline=fold(machine, profile.activities, as_of=profile.as_of, fields=fields_of(profile.customer)),
    )


def _rules_read(condition: Condition, rules: Sequence[TagRule]) -> tuple[TagRule, ...]:
    """Return the rules whose tags *condition* reads, those whose tags these read, and so on."""
    waiting: list[Condition] = [condition]
    read: dict[str, TagRule] = {}
    while waiting:
        tags = tags_read(waiting.pop())
        new = [rule for rule in rules if rule.name not in read and (tags is None or rule.tag in tags)]
        read.update((rule.name, rule) for rule in new)
        waiting.extend(rule.when for rule in new)
    return tuple(read.values())


def profile_at(history: History, at: dt.datetime) -> Profile:
    """Return the profile as it was at the instant *at*, as far as *history* reads and tells it."""
    now, definitions = history.profile, history.definitions
    facts = now.activities[: bisect_right(now.activities, at, key=_instant)]
    if definitions is None or history.timeline is None:
        return _as_far_as_told(attrs.evolve(now, as_of=at, activities=facts), now)
    if history.reads & _PORTRAYED:
        from crmkit.profiles import portray

        past = portray(now.customer, facts, attrs.evolve(definitions, tag_rules=()), as_of=at)
    else:
        past = _on_timeline(attrs.evolve(now, as_of=at, activities=facts), history.timeline)
    return _tagged(past, now, definitions) if definitions.tag_rules else attrs.evolve(past, tags=now.tags)


def _on_timeline(past: Profile, timeline: Timeline) -> Profile:
    span = timeline.at(past.as_of)
    return attrs.evolve(
        past,
        stage=span.stage,
        stage_since=span.since,
        stage_cause=span.cause,
        roles=_roles(timeline, past.as_of),
    )


def _as_far_as_told(past: Profile, now: Profile) -> Profile:
    tags = tuple(attrs.evolve(tag, since=past.as_of) if _is_timeless(tag, now) else tag for tag in now.tags)
    if now.stage_since is None or now.stage_since <= past.as_of:
        return attrs.evolve(past, tags=tags)
    return attrs.evolve(past, tags=tags, stage=None, stage_since=None, stage_cause=None)


def _is_timeless(tag: Tag, now: Profile) -> bool:
    """Return whether a tag counts from the instant of asking because it rests on nothing with a time."""
    return tag.since == now.as_of and not tag.evidence and now.stage_since != now.as_of


def _roles(timeline: Timeline, at: dt.datetime) -> tuple[str, ...]:
    held = {
        span.stage
        for span in timeline.role_spans
        if (span.since is None or span.since <= at) and (span.until is None or at < span.until)
    }
    return tuple(sorted(held))


def _tagged(past: Profile, now: Profile, definitions: Definitions) -> Profile:
    """Return the profile with its tags set anew, and those that no rule of the definitions sets as they are."""
    from crmkit.segmentation import tag

    rules = {rule.name for rule in definitions.tag_rules}
    others = tuple(one for one in now.tags if one.rule not in rules)
    given = tag(definitions.tag_rules, attrs.evolve(past, tags=others), as_of=past.as_of)
    return attrs.evolve(past, tags=(*others, *given))


def _instant(activity: Activity) -> dt.datetime:
    return activity.at
