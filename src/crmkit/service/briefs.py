"""The brief for service: what is open, what went wrong, what they are entitled to, and how to speak."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, final

import attrs

from crmkit.conditions import A, Condition, F, days, matches
from crmkit.model import Activity, Profile
from crmkit.profiles import Brief
from crmkit.profiles.briefs import brief_of, latest, tier_text
from crmkit.profiles.visibility import customer_ids
from crmkit.service.cases import DONE, Case, status_at
from crmkit.service.intake import cases_of

_CONTRACT: Final = ("contract_start", "renewal", "contract_end")


@final
@attrs.frozen
class Tone:
    """How to speak to customers of whom a condition is true.

    Attributes:
        name: How, in a few words.
        when: The condition.
    """

    name: str
    when: Condition


TONES: Final = (
    Tone("apologise first: they complained lately", A("complaint").within(days(30)).count() >= 1),
    Tone("with care: they have left us", F.lapse_cause.is_known()),
    Tone("personally: they are among our best", F.tier >= 4),
)
"""How to speak to whom; the first that is true counts."""

FRIENDLY: Final = "friendly"
"""How to speak to everyone else."""


def service_brief(profile: Profile, *, tones: Iterable[Tone] = TONES) -> Brief:
    """Return what service should know: open cases, complaints, what they are entitled to, the tone.

    Cases are those that the facts of the profile tell of.

    >>> import datetime as dt
    >>> from crmkit.model import Customer
    >>> noon = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
    >>> late = Activity("a1", "c1", "complaint", noon, props={"topic": "delivery"})
    >>> brief = service_brief(Profile(customer=Customer(id="c1"), as_of=noon, activities=(late,), tier=4))
    >>> brief["complaints"], brief["entitled to"], brief["tone"]
    ('1: 2024-05-01 complaint', 'tier 4', 'apologise first: they complained lately')
    """
    facts = _own_facts(profile)
    complaints = [fact for fact in facts if fact.kind == "complaint"]
    tier = tier_text(profile)
    contract = latest([fact for fact in facts if fact.kind in _CONTRACT][-1:], _CONTRACT)
    entitled = (f"tier {tier}" if tier else "", ", ".join(profile.roles), contract)
    true = (tone.name for tone in tones if matches(tone.when, profile))
    return brief_of(
        profile,
        "service",
        ("open cases", "; ".join(text for case in cases_of(facts) if (text := _open_case(case, profile)))),
        ("complaints", f"{len(complaints)}: {latest(complaints, ('complaint',))}" if complaints else ""),
        ("entitled to", "; ".join(text for text in entitled if text)),
        ("tone", next(true, FRIENDLY)),
    )


def _own_facts(profile: Profile) -> list[Activity]:
    """Return the facts of the profile, those told under a former id under the present one."""
    ids, present = customer_ids(profile.customer), profile.customer.id
    return [
        attrs.evolve(fact, customer_id=present)
        if fact.customer_id in ids and fact.customer_id != present
        else fact
        for fact in profile.activities
    ]


def _open_case(case: Case, profile: Profile) -> str:
    """Return a case that is not over in words, or "" if it is."""
    status = status_at(case, as_of=profile.as_of)
    if status == DONE or status is None:
        return ""
    about = f" about {case.topic}" if case.topic else ""
    return f"{case.id}{about}, {status}, {case.priority}, since {case.opened_at:%Y-%m-%d}"
