"""Policy: what holds for every rule: consent, quiet hours, caps, zones and channels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, final

import attrs

from crmkit.calendars import Quiet, zone
from crmkit.care.caps import Cap
from crmkit.care.rules import Rule
from crmkit.conditions import Condition
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.model import Profile

NEEDS_YES: Final = "needs_yes"
NEEDS_NO_NO: Final = "needs_no_no"
CONSENT_RULES: Final = (NEEDS_YES, NEEDS_NO_NO)

CONSENT: Final = (("marketing", NEEDS_YES), ("service", NEEDS_NO_NO))
"""What each purpose needs of the customer: a yes, or only that they did not say no."""

CHANNELS: Final = (
    ("app", "device"),
    ("call", "phone"),
    ("email", "email"),
    ("post", "address"),
    ("sms", "phone"),
    ("store", ""),
    ("wechat", "wechat"),
    ("wecom", "wechat"),
)
"""The contact point each channel needs, "" for none: in the store they stand before us."""


def _pairs(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items() if isinstance(given, Mapping) else map(tuple, given)))


@final
@attrs.frozen(kw_only=True)
class Exempt:
    """A purpose that caps and the minimum gap do not hold back.

    Attributes:
        purpose: The purpose; it still needs consent.
        counts: Whether its sends still count in the caps and gaps of others.
        from_quiet: Whether quiet hours do not hold it back either.
    """

    purpose: str
    counts: bool = False
    from_quiet: bool = False


@final
@attrs.frozen(kw_only=True)
class Suppression:
    """Customers who are left in peace, whatever they consented to.

    Attributes:
        name: What it is called in reasons: "do-not-disturb".
        when: The condition; it holds back only while it is true.
        purposes: The purposes it holds back; none means all.
    """

    name: str
    when: Condition
    purposes: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@final
@attrs.frozen(kw_only=True)
class Policy:
    """What every rule has to keep to.

    Attributes:
        caps: How much a customer hears from us; all hold, whatever rule sends.
        quiet: Hours in which nobody writes or calls, or None for none.
        min_gap: Time between any two sends to a customer, at least.
        consent: What each purpose needs, a mapping when given: "needs_yes" (the
            customer's latest word must be a yes) or "needs_no_no" (it must not be a no).
        channels: The kind of contact point each channel needs, "" for none, a mapping when given.
        exempt: Purposes that caps and the minimum gap do not hold back.
        suppressions: Customers who are left in peace.
        zone_fields: The customer's fields that may name their zone, the first known one counts.
        default_zone: Their zone where these do not tell; None means that nothing
            is sent to whom quiet hours or caps would need a zone for.
        salt: Goes into who is held out; another salt draws others.
    """

    caps: tuple[Cap, ...] = attrs.field(default=(), converter=tuple[Cap, ...])
    quiet: Quiet | None = None
    min_gap: dt.timedelta = attrs.field(default=dt.timedelta())
    consent: tuple[tuple[str, str], ...] = attrs.field(default=CONSENT, converter=_pairs)
    channels: tuple[tuple[str, str], ...] = attrs.field(default=CHANNELS, converter=_pairs)
    exempt: tuple[Exempt, ...] = attrs.field(default=(), converter=tuple[Exempt, ...])
    suppressions: tuple[Suppression, ...] = attrs.field(default=(), converter=tuple[Suppression, ...])
    zone_fields: tuple[str, ...] = attrs.field(default=("zone",), converter=tuple[str, ...])
    default_zone: str | None = attrs.field(default=None)
    salt: str = ""

    @min_gap.validator
    def _not_negative(self, _: object, min_gap: dt.timedelta) -> None:
        if min_gap < dt.timedelta():
            raise InvalidValue(f"min_gap must be 0 or more, got {min_gap}")

    @default_zone.validator
    def _known_zone(self, _: object, name: str | None) -> None:
        if name is not None:
            zone(name)

    def __attrs_post_init__(self) -> None:
        for _, need in self.consent:
            if need not in CONSENT_RULES:
                raise UnknownName("consent rule", need, CONSENT_RULES)
        purposes = [one.purpose for one in self.exempt]
        if len(set(purposes)) < len(purposes):
            raise Contradiction(f"a purpose is exempt twice: {', '.join(sorted(purposes))}; say it once")
        capped = [one for cap in self.caps for one in cap.purposes]
        suppressed = [one for suppression in self.suppressions for one in suppression.purposes]
        for named in (*purposes, *capped, *suppressed):
            known_name("purpose", named, self.consent)
        for named in (one for cap in self.caps for one in cap.channels):
            known_name("channel", named, self.channels)


def known_name(what: str, name: str, known: Iterable[tuple[str, str]]) -> None:
    """Check that *name* is among *known*.

    Raises:
        UnknownName: If it is not; the closest name is offered.
    """
    if name not in dict(known):
        raise UnknownName(what, name, dict(known))


def check_rules(rules: Iterable[Rule], policy: Policy) -> list[Rule]:
    """Return *rules*, the most urgent first: larger priority, ties by name.

    Raises:
        Contradiction: If two rules share a name.
        UnknownName: If a rule has a purpose or a channel that *policy* does not know.
    """
    ordered = sorted(rules, key=lambda rule: (-rule.priority, rule.name))
    seen: set[str] = set()
    for rule in ordered:
        if rule.name in seen:
            raise Contradiction(f"two rules are called {rule.name!r}; their ledger would be one")
        seen.add(rule.name)
        known_name("purpose", rule.purpose, policy.consent)
        for channel in rule.channel:
            known_name("channel", channel, policy.channels)
    return ordered


def zone_of(profile: Profile, policy: Policy) -> str | None:
    """Return the zone *profile* lives in: what its fields say, else the policy's default, else None.

    A field that holds no IANA name says nothing.
    """
    for field in policy.zone_fields:
        value = profile[field]
        for name in value if isinstance(value, tuple) else (value,):
            if isinstance(name, str) and _is_zone(name):
                return name
    return policy.default_zone


@lru_cache(maxsize=1024)
def _is_zone(name: str) -> bool:
    try:
        zone(name)
    except UnknownName:
        return False
    return True
