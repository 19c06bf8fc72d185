"""Ties: who lives with whom, works where, owns what, and brought whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from random import Random
from typing import Final

from crmkit.demo.diary import WINDOW_DAYS, Fact
from crmkit.demo.names import chance, pick
from crmkit.demo.parties import Company, Person
from crmkit.model import ContactRole, CustomerId, RecordId, Relation

_REPS: Final = tuple(f"rep-{number}" for number in range(1, 9))


def draw_referrals(people: Sequence[Person], rng: Random) -> dict[str, str]:
    """Return referee -> referrer, both party ids; a referrer was known before, so there is no circle."""
    referrals = {}
    for person in people:
        if person.joined_days < WINDOW_DAYS and chance(rng, 9):
            referrer = pick(people, rng)
            if referrer.joined_days > person.joined_days:
                referrals[person.id] = referrer.id
    return referrals


def referral_facts(
    referrals: Mapping[str, str], people: Mapping[str, Person], of_party: Mapping[str, Sequence[RecordId]]
) -> list[Fact]:
    """Return the fact of each referral, on the day the referee was first heard of."""
    return [
        Fact(
            party_id=referrer,
            days=people[referee].joined_days + 0.4,
            kind="referral",
            channel="referral",
            props={"referee": of_party[referee][0]},
        )
        for referee, referrer in referrals.items()
    ]


def contact_roles(
    people: Iterable[Person], of_party: Mapping[str, Sequence[RecordId]], as_of: dt.datetime
) -> tuple[ContactRole, ...]:
    """Return what each contact is and was at which company, by the first record of either."""
    return tuple(
        ContactRole(
            contact_id=CustomerId(of_party[person.id][0]),
            account_id=CustomerId(of_party[job.company_id][0]),
            buying_role=job.buying_role,
            job_title=job.job_title,
            since=as_of - dt.timedelta(days=job.since_days),
            until=None if job.until_days is None else as_of - dt.timedelta(days=job.until_days),
        )
        for person in people
        for job in person.jobs
    )


def relations(
    people: Sequence[Person],
    companies: Sequence[Company],
    referrals: Mapping[str, str],
    of_party: Mapping[str, Sequence[RecordId]],
    rng: Random,
) -> tuple[Relation, ...]:
    """Return households, parts of companies, subsidiaries, referrals and the reps who serve companies."""
    ends = [
        *(("household", one.id, other.id) for one, other in _neighbours(people)),
        *(_kinship(company) for company in companies if company.parent_id in of_party),
        *(("refers", referrer, referee) for referee, referrer in referrals.items()),
    ]
    served = [
        Relation(kind="serves", from_id=pick(_REPS, rng), to_id=of_party[company.id][0])
        for company in companies
    ]
    return (
        *(
            Relation(kind=kind, from_id=of_party[start][0], to_id=of_party[end][0])
            for kind, start, end in ends
        ),
        *served,
    )


def _neighbours(people: Sequence[Person]) -> Iterable[tuple[Person, Person]]:
    """Return those who live together, two by two."""
    together = [person for person in people if person.household_id is not None]
    return ((one, other) for one, other in pairwise(together) if one.household_id == other.household_id)


def _kinship(company: Company) -> tuple[str, str, str]:
    parent = str(company.parent_id)
    if company.unit:
        return "branch_of", company.id, parent
    return "parent_of", parent, company.id
