"""Constraints: what forbids that records are one party, whatever speaks for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeVar

from crmkit.dedup.cluster import Apart, Bound
from crmkit.dedup.decision import DISTINCT, Decision, Split
from crmkit.dedup.kinds import COMPANY, EXACT
from crmkit.dedup.normalize import normalise, value_keys
from crmkit.dedup.normalize.companies import split_company, trades_of
from crmkit.dedup.normalize.company_name import CompanyName
from crmkit.dedup.normalize.company_words import CITIES, COUNTRIES
from crmkit.dedup.policy import Policy
from crmkit.dedup.table import RecordKey, Row, texts_of_value
from crmkit.model import ORGANISATION

K = TypeVar("K", int, str)

KINDS_APART = "one is a person, the other an organisation"

UNITS_APART = "they are parts of one organisation, or an organisation and a part of it"
PLACES_APART = "their names tell of two places"
TRADES_APART = "their names tell of two trades"


def once_only(source: str) -> str:
    """Return why a clean source keeps two records apart."""
    return f"the source {source!r} holds each party once"


def too_many(field: str, at_most: int) -> str:
    """Return why a limit keeps two records apart."""
    return f"they would hold more than {at_most} value(s) of {field!r}"


def aparts(said: Iterable[Decision | Split], place: Mapping[RecordKey, int]) -> list[Apart[int]]:
    """Return the pairs that a person keeps apart, by their places; those not placed are left out."""
    return [
        Apart(place[one.a], place[one.b], str(one))
        for one in said
        if isinstance(one, Decision) and one.verdict == DISTINCT and one.a in place and one.b in place
    ]


def split_bounds(said: Iterable[Decision | Split], place: Mapping[RecordKey, int]) -> list[Bound[int]]:
    """Return a bound for each split that has records on both sides among those placed."""
    found = []
    for one in said:
        if isinstance(one, Split):
            sides = {place[key]: frozenset(("out",)) for key in one.ids if key in place}
            rest = {place[key]: frozenset(("in",)) for key in one.rest if key in place}
            if sides and rest:
                found.append(Bound(at_most=1, values={**sides, **rest}, reason=str(one)))
    return found


def part_bounds(components: Iterable[Iterable[tuple[int, Sequence[str]]]]) -> list[Bound[int]]:
    """Return what no organisation is at once: two of its parts, of two cities or countries, or in two trades.

    A place behind a name is that of a branch where another name in the
    component tells of such a branch.  Bounds that cannot bind are left out.

    Args:
        components: For each component the place of each organisation in it, and its names.
    """
    units: dict[int, frozenset[object]] = {}
    said: dict[int, list[CompanyName]] = {}
    for component in components:
        here = {
            place: [split_company(name) for name in names if value_keys(name, COMPANY)]
            for place, names in component
        }
        branches = {(one.core, one.unit) for names in here.values() for one in names}
        for place, names in here.items():
            told = {
                one.place if one.unit is None and (one.core, one.place) in branches else one.unit
                for one in names
            }
            units[place] = frozenset(told - {None})
        said |= here
    cities, countries = (
        {place: frozenset[object]({one.place for one in names} & known) for place, names in said.items()}
        for known in (CITIES, COUNTRIES)
    )
    trades = {place: frozenset[object]().union(*map(trades_of, names)) for place, names in said.items()}
    held = (
        (UNITS_APART, units), (PLACES_APART, cities), (PLACES_APART, countries), (TRADES_APART, trades)
    )  # fmt: skip
    return [
        Bound(at_most=1, values=values, reason=reason)
        for reason, values in held
        if len(frozenset().union(*values.values())) > 1
    ]


def company_fields(policy: Policy) -> list[str]:
    """Return the fields that hold the names of organisations."""
    return [one.field for one in policy.comparisons if one.kind is COMPANY]


def bounds_of(rows: Sequence[Row], policy: Policy, said: Collection[Decision | Split]) -> list[Bound[int]]:
    """Return what no party among *rows* may hold too many of, by their places; bounds that cannot bind are left out."""
    bounds: list[Bound[int]] = []
    kinds = {row.kind for row in rows}
    if len(kinds - {None}) > 1:
        held = {place: frozenset((row.kind,)) for place, row in enumerate(rows) if row.kind is not None}
        bounds.append(Bound(at_most=1, values=held, reason=KINDS_APART))
    for source in policy.clean_sources:
        own = {
            place: frozenset((place,))
            for place, row in enumerate(rows)
            if source in texts_of_value(row.values.get(policy.source or ""))[:1]
        }
        if len(own) > 1:
            bounds.append(Bound(at_most=1, values=own, reason=once_only(source)))
    for limit in policy.limits:
        held = {
            place: frozenset(form.text for form in normalise(texts, EXACT))
            for place, row in enumerate(rows)
            if (texts := texts_of_value(row.values.get(limit.field)))
        }
        if len(frozenset().union(*held.values())) > limit.at_most:
            bounds.append(
                Bound(at_most=limit.at_most, values=held, reason=too_many(limit.field, limit.at_most))
            )
    if ORGANISATION in kinds:
        named = [(place, row) for place, row in enumerate(rows) if row.kind == ORGANISATION]
        for field in company_fields(policy):
            bounds += part_bounds([[(place, texts_of_value(row.values.get(field))) for place, row in named]])
    if said:
        bounds += split_bounds(said, {row.id: place for place, row in enumerate(rows)})
    return bounds
