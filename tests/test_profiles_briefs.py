"""Briefs: each role gets its lines, always the same ones, and never more than the profile says."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import UnknownName
from crmkit.conditions import F
from crmkit.funnel import Lead, Opportunity, StageChange
from crmkit.model import Activity, Consent, Customer, Profile, Relation, consent_at
from crmkit.playbook import RETAIL
from crmkit.profiles import Brief, Viewer, Visibility, marketing_brief, portray, sales_brief, visible
from crmkit.profiles.briefs import NOTHING
from crmkit.service import Tone, cases_of, service_brief, status_at
from crmkit.testing import histories, instants
from model_values import PROFILES, SECRET
from test_profiles_visibility import PARTS, POLICIES, SEEN, VALUES, VIEWERS, _secret

NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
LINES = {
    "marketing": ["stage", "tier", "tags", "consent", "last touchpoints"],
    "sales": ["owner", "open sales", "open leads", "last talks", "value", "needs"],
    "service": ["open cases", "complaints", "entitled to", "tone"],
}
CONSENTS = st.lists(
    st.builds(
        Consent,
        purpose=st.sampled_from(("marketing", "service", "*")),
        channel=st.sampled_from(("email", "sms", "*")),
        granted=st.booleans(),
        at=instants(days=3),
    ),
    max_size=5,
).map(tuple)
KINDS = ("complaint", "support_request", "case_opened", "case_closed", "interaction", "touch")


def _briefs(profile: Profile) -> list[Brief]:
    return [marketing_brief(profile), sales_brief(profile), service_brief(profile)]


@given(PROFILES)
def test_a_role_always_gets_the_same_lines(profile: Profile) -> None:
    """Nothing is left out because it is unknown, and no line is empty."""
    for brief in _briefs(profile):
        assert [name for name, _ in brief.lines] == LINES[brief.role]
        assert all(text for _, text in brief.lines)
        assert all(brief[name] == text for name, text in brief.lines)
        assert (brief.customer_id, brief.as_of) == (profile.customer.id, profile.as_of)


@given(VIEWERS, POLICIES)
def test_a_brief_of_a_view_tells_nothing_that_the_view_hides(viewer: Viewer, policy: Visibility) -> None:
    """Who may not see a value is not told it by a brief either."""
    seen = visible(SEEN, viewer, policy).profile
    if seen is None:
        return
    told = "".join(str(brief) + brief.markdown() + brief._repr_html_() for brief in _briefs(seen))
    shown = str(attrs.asdict(seen))
    for name in PARTS:
        secret = VALUES.get(name, _secret(name))
        assert secret not in told or secret in shown


@given(CONSENTS, instants(days=3))
def test_consent_is_told_as_it_is(consents: tuple[Consent, ...], as_of: dt.datetime) -> None:
    """For each channel the customer spoke of, the line says what the gate would be told."""
    brief = marketing_brief(Profile(customer=Customer(id="c1"), as_of=as_of, consents=consents))
    for channel in ("email", "sms"):
        word = consent_at(consents, purpose="marketing", channel=channel, as_of=as_of)
        if word is not None and channel in {one.channel for one in consents}:
            assert f"{channel} {'yes' if word.granted else 'no'} " in brief["consent"]
        else:
            assert channel not in brief["consent"]


@given(histories(customers=("c1",), kinds=KINDS, days=60), instants(days=60))
def test_open_cases_are_those_that_are_not_over(facts: list[Activity], as_of: dt.datetime) -> None:
    """The brief names every open case of the facts, under whichever id they were told, and no other."""
    customer = Customer(id="now", aliases=["c1"])
    profile = portray(customer, facts, RETAIL.definitions, as_of=as_of)
    own = [attrs.evolve(fact, customer_id="now") for fact in profile.activities]
    wanted = [case.id for case in cases_of(own) if status_at(case, as_of=as_of) in {"open", "waiting"}]
    line = service_brief(profile)["open cases"]
    assert [text.split()[0].rstrip(",") for text in line.split("; ")] == wanted if wanted else line == NOTHING


@given(histories(customers=("c1",), kinds=KINDS, days=60), instants(days=60))
def test_the_future_is_not_told(facts: list[Activity], as_of: dt.datetime) -> None:
    """Facts after the profile's instant change no line."""
    past = [fact for fact in facts if fact.at <= as_of]
    one, other = (portray(Customer(id="c1"), told, RETAIL.definitions, as_of=as_of) for told in (facts, past))
    assert _briefs(one) == _briefs(other)


def test_sales_are_told_as_they_stood() -> None:
    """Open then, though signed since; of others nothing; lost ones not at all."""
    signed = StageChange(from_stage="potential", to_stage="signed", at=NOON + DAY, by="e1")
    lost = StageChange(from_stage="need", to_stage="lost", at=NOON - DAY, by="e1")
    sales = [
        Opportunity(
            "o2", "c1", "signed", NOON - DAY, amount_minor=123_456, currency="EUR", history=(signed,)
        ),
        Opportunity("o1", "old", "need", NOON - 2 * DAY),
        Opportunity("o3", "c1", "lost", NOON - 3 * DAY, history=(lost,)),
        Opportunity("o4", "c2", "need", NOON - DAY),
        Opportunity("o5", "c1", "need", NOON + DAY),
    ]
    leads = [
        Lead("l1", NOON - DAY, customer_id="old"),
        Lead("l2", NOON - DAY, account_id="c1", status="retired"),
        Lead("l3", NOON - DAY),
    ]
    ties = tuple(
        Relation(kind=kind, from_id=who, to_id="old") for kind, who in (("owns", "e1"), ("serves", "e2"))
    )
    customer = Customer(id="c1", aliases=["old"], needs=("tea",))
    profile = Profile(
        customer=customer,
        as_of=NOON,
        tier=3,
        tier_name="gold",
        relations=ties,
        measures=(("frequency", 1200),),
    )
    brief = sales_brief(profile, opportunities=sales, leads=leads)
    assert dict(brief.lines) == {
        "owner": "e1; served by e2",
        "open sales": "o1 in need; o2 in potential, 1,234.56 EUR",
        "open leads": "l1, since 2024-05-31",
        "last talks": NOTHING,
        "value": "3 gold; frequency 1,200",
        "needs": "tea",
    }
    with pytest.raises(UnknownName, match="Did you mean 'sales'"):
        sales_brief(profile, opportunities=[attrs.evolve(sales[1], pipeline="sale")])


def test_the_first_tone_that_is_true_counts() -> None:
    """Tones are definitions; who fits none is spoken to as a friend."""
    profile = Profile(customer=Customer(id="c1"), as_of=NOON, tier=5, lapse_cause="competitor")
    assert service_brief(profile)["tone"] == "with care: they have left us"
    assert service_brief(attrs.evolve(profile, lapse_cause=None))["tone"].startswith("personally")
    assert service_brief(profile, tones=[Tone("drily", F.tier < 3)])["tone"] == "friendly"


def test_a_brief_shows_itself() -> None:
    """As text, Markdown and HTML, with data as text; its repr tells nothing personal."""
    touches = tuple(
        Activity(f"a{day}", "c1", "touch", NOON - day * DAY, channel="a|b") for day in (4, 3, 2, 1)
    )
    customer = Customer(id="c1", name=f"<b>{SECRET}</b>")
    brief = marketing_brief(
        Profile(customer=customer, as_of=NOON, activities=touches, stage="gone", lapse_cause="competitor")
    )
    assert (
        brief["last touchpoints"] == "2024-05-31 touch (a|b); 2024-05-30 touch (a|b); 2024-05-29 touch (a|b)"
    )
    assert brief["stage"] == "gone, left because of competitor"
    assert SECRET in str(brief)
    assert "<b>" not in brief.markdown() + brief._repr_html_()
    assert {line.replace(r"\|", "").count("|") for line in brief.markdown().splitlines()} == {3}
    assert SECRET not in repr(brief)
    with pytest.raises(UnknownName, match="Did you mean 'tags'"):
        brief["tag"]
