"""Tag rules: labels that conditions put on customers, each with its reason, its facts and its time."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import final

import attrs

from crmkit.calendars import Duration, later
from crmkit.conditions import Condition, Explanation, describe, explain
from crmkit.conditions.evaluate import verdict
from crmkit.conditions.nodes import Not, field_names, tags_read
from crmkit.conditions.subject import subject_of
from crmkit.conditions.terms import is_positive
from crmkit.errors import Contradiction, InvalidValue
from crmkit.model import Profile, Tag
from crmkit.model.period import holds_at
from crmkit.segmentation.segments import check_condition


@final
@attrs.frozen(cache_hash=True)
class TagRule:
    """A tag for every customer of whom a condition is true.

    The condition may read tags that other rules set: ``F.tags.contains("vip")``.

    Attributes:
        name: Name of the rule.
        when: The condition.
        tag: The tag; the rule's own name if it is not given.
        lasts: How long the tag holds after the last thing it rests on; None as long as the condition is true.

    >>> from crmkit.conditions import A, days
    >>> rule = TagRule("upset", when=A("complaint").count() >= 1, lasts=days(30))
    >>> rule.tag
    'upset'
    """

    name: str = attrs.field()
    when: Condition = attrs.field(kw_only=True)
    tag: str = attrs.field(default=attrs.Factory(lambda rule: rule.name, takes_self=True), kw_only=True)
    lasts: Duration | None = attrs.field(default=None, kw_only=True)

    @when.validator
    def _a_condition(self, _: object, when: object) -> None:
        check_condition(when)

    @lasts.validator
    def _positive(self, _: object, lasts: Duration | None) -> None:
        if lasts is not None and not is_positive(lasts):
            raise InvalidValue("lasts needs a duration longer than nothing, such as days(30)")

    def __attrs_post_init__(self) -> None:
        if not (self.name and self.tag):
            raise InvalidValue("a tag rule needs a name and a tag")


def tag(rules: Iterable[TagRule], profile: Profile, *, as_of: dt.datetime) -> tuple[Tag, ...]:
    """Return the tags that *rules* put on a customer at *as_of*, sorted by tag, then rule.

    A rule fires when its condition is true, not when it is unknown.  Rules run
    in the order in which they read each other's tags, whatever order they are
    given in, and each once, so it always ends.  Other tags of the profile stay
    readable; those that these rules set before are set anew.

    A tag names the facts that make its condition true.  It counts from the last
    of them, or from the beginning of the stage or of the tags that it rests on
    if that is later, or from *as_of* if nothing it rests on has a time.  Where
    the rule says how long it lasts, it is gone after that.

    Raises:
        Contradiction: If two rules have one name, if rules read each other's tags
            in a circle, or if *as_of* is another instant than the profile's.
    """
    ordered = _in_order(tuple(rules))
    names = {rule.name for rule in ordered}
    others = tuple(one for one in profile.tags if one.rule not in names)
    seen = profile if len(others) == len(profile.tags) else attrs.evolve(profile, tags=others)
    subject = subject_of(seen, as_of=as_of)
    given: list[Tag] = []
    for rule in ordered:
        found = _tag(rule, seen, as_of) if verdict(rule.when, subject) is True else None
        if found is not None:
            given.append(found)
            seen = attrs.evolve(seen, tags=(*seen.tags, found))
            subject = subject_of(seen)
    return tuple(sorted(given, key=lambda one: (one.name, one.rule)))


def _tag(rule: TagRule, profile: Profile, as_of: dt.datetime) -> Tag | None:
    """Return the tag of a rule that fires, or None if it is over."""
    behind = list(_behind(explain(rule.when, profile, as_of=as_of), wanted=True))
    ids = dict.fromkeys(one for leaf in behind for one in leaf.activity_ids)
    evidence = [fact for fact in profile.activities if fact.id in ids]
    times = [*(fact.at for fact in evidence), *(at for leaf in behind for at in _beginnings(leaf, profile))]
    since = max(times, default=profile.as_of)
    until = None if rule.lasts is None else later(since, rule.lasts)
    if until is not None and until <= profile.as_of:
        return None
    return Tag(
        name=rule.tag,
        since=since,
        until=until,
        rule=rule.name,
        reason=describe(rule.when),
        evidence=tuple(fact.id for fact in evidence),
    )


def _behind(why: Explanation, *, wanted: bool) -> Iterator[Explanation]:
    """Yield the leaves that make *why* be as *wanted*."""
    if why.verdict is not wanted:
        return
    if not why.parts:
        yield why
    for part in why.parts:
        yield from _behind(part, wanted=wanted is not isinstance(why.node, Not))


def _beginnings(leaf: Explanation, profile: Profile) -> Iterator[dt.datetime]:
    """Yield when the stage, or the tags, that *leaf* reads began."""
    if "stage" in field_names(leaf.node) and profile.stage_since is not None:
        yield profile.stage_since
    names = tags_read(leaf.node) or frozenset()
    for one in profile.tags:
        if one.name in names and holds_at(one.since, one.until, profile.as_of):
            yield one.since


@lru_cache(maxsize=64)
def _in_order(rules: tuple[TagRule, ...]) -> tuple[TagRule, ...]:
    """Return *rules* so that each comes after those whose tags it reads."""
    by_name = {rule.name: rule for rule in rules}
    if len(by_name) < len(rules):
        twice, _ = Counter(rule.name for rule in rules).most_common(1)[0]
        raise Contradiction(f"two tag rules are called {twice!r}; give each a name of its own")
    needs = {rule.name: _setters(rule, rules) for rule in rules}
    try:
        return tuple(by_name[name] for name in TopologicalSorter(needs).static_order())
    except CycleError as error:
        circle = " needs ".join(repr(name) for name in reversed(error.args[1]))
        raise Contradiction(
            f"tag rules go in a circle: {circle}; take one of these tags out of a condition"
        ) from None


def _setters(rule: TagRule, rules: Iterable[TagRule]) -> list[str]:
    """Return the rules whose tags *rule* reads."""
    names = tags_read(rule.when)
    if names is None:
        raise Contradiction(
            f"the tag rule {rule.name!r} reads all tags, its own with them; ask F.tags.contains('…') instead"
        )
    return [other.name for other in rules if other.tag in names]
