"""Segments: named conditions, and who is in, out or not known to be either."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, final

import attrs

from crmkit.calendars import instant
from crmkit.conditions import Condition, Explanation, evaluate, explain
from crmkit.conditions.nodes import CONDITION_TYPES
from crmkit.display import html_bars, text_table
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomerId, Profile, read

FAMILIES: Final = ("demographic", "psychographic", "behavioural", "need", "value")
"""The families of variables that segments are made of."""

Subject: TypeAlias = Profile | Mapping[str, object]


@final
@attrs.frozen
class Segment:
    """Customers of whom a condition is true.

    Attributes:
        name: What to call it.
        when: The condition.
        family: The family of variables it is made of, one of `FAMILIES`, or None if it is of several.
        action: What we do for those who are in it.

    >>> from crmkit.conditions import F
    >>> vip = Segment("vip", when=F.tier >= 4, family="value", action="call")
    >>> print(vip)
    vip: tier is at least 4
    """

    name: str = attrs.field()
    when: Condition = attrs.field(kw_only=True)
    family: str | None = attrs.field(default=None, kw_only=True)
    action: str = attrs.field(default="", kw_only=True)

    @name.validator
    def _named(self, _: object, name: str) -> None:
        if not name:
            raise InvalidValue("a segment needs a name")

    @when.validator
    def _a_condition(self, _: object, when: object) -> None:
        check_condition(when)

    @family.validator
    def _known_family(self, _: object, family: str | None) -> None:
        if family is not None and family not in FAMILIES:
            raise UnknownName("family of variables", family, FAMILIES)

    def __str__(self) -> str:
        return f"{self.name}: {self.when}"


@final
@attrs.frozen(kw_only=True)
class Membership:
    """Who is in a segment at one instant; everyone asked about is in, out or unknown.

    Attributes:
        segment: The segment.
        as_of: The instant.
        inside: Those of whom it is true, sorted.
        outside: Those of whom it is false, sorted.
        unknown: Those of whom too little is known to tell, sorted.
        asked: The profile of everyone asked about, by id.
    """

    segment: Segment
    as_of: dt.datetime = attrs.field(converter=instant)
    inside: tuple[CustomerId, ...]
    outside: tuple[CustomerId, ...]
    unknown: tuple[CustomerId, ...]
    asked: Mapping[CustomerId, Subject] = attrs.field(repr=False, eq=False)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many are in, out and unknown."""
        return ("in", len(self.inside)), ("out", len(self.outside)), ("unknown", len(self.unknown))

    def why(self, customer_id: str) -> Explanation:
        """Return why a customer is in, out or unknown.

        Raises:
            UnknownName: If nobody asked about the customer.
        """
        asked = self.asked.get(CustomerId(customer_id))
        if asked is None:
            raise UnknownName("customer", customer_id, self.asked)
        return explain(self.segment.when, asked, as_of=self.as_of)

    def __str__(self) -> str:
        return f"{self.segment}\n{text_table(('', 'customers'), self.counts)}"

    def _repr_html_(self) -> str:
        return html_bars(self.counts, caption=str(self.segment))


def members(segment: Segment, profiles: Iterable[Subject], *, as_of: dt.datetime) -> Membership:
    """Return who is in *segment*, who is out, and of whom we cannot tell.

    A profile is a `Profile`, or a mapping with the key ``id`` and what the condition reads.

    >>> from crmkit.conditions import F
    >>> found = members(
    ...     Segment("vip", when=F.tier >= 4),
    ...     [{"id": "c1", "tier": 5}, {"id": "c2", "tier": 1}, {"id": "c3"}],
    ...     as_of=dt.datetime(2024, 5, 1, tzinfo=dt.UTC),
    ... )
    >>> found.inside, found.outside, found.unknown
    (('c1',), ('c2',), ('c3',))

    Raises:
        InvalidValue: If a customer comes twice or has no id, or a profile lacks what the condition needs.
        Contradiction: If a profile is of another instant than *as_of*.
    """
    asked: dict[CustomerId, Subject] = {}
    found: dict[bool | None, list[CustomerId]] = {True: [], False: [], None: []}
    for profile in profiles:
        customer_id = _id_of(profile)
        if customer_id in asked:
            raise InvalidValue(f"customer {customer_id!r} comes twice; give one profile for each")
        asked[customer_id] = profile
        found[evaluate(segment.when, profile, as_of=as_of)].append(customer_id)
    return Membership(
        segment=segment,
        as_of=as_of,
        inside=tuple(sorted(found[True])),
        outside=tuple(sorted(found[False])),
        unknown=tuple(sorted(found[None])),
        asked=asked,
    )


def check_condition(when: object) -> None:
    """Check that *when* is a condition.

    Raises:
        InvalidValue: If it is something else, such as a field that was not compared.
    """
    if not isinstance(when, CONDITION_TYPES):
        raise InvalidValue(f"when must be a condition such as F.tier >= 4, got a {type(when).__name__}")


def _id_of(profile: Subject) -> CustomerId:
    customer_id = read(profile, "id")
    if not isinstance(customer_id, str) or not customer_id:
        raise InvalidValue("a mapping needs the key 'id' with the customer's id, a text")
    return CustomerId(customer_id)
