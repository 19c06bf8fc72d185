"""Profiles: one value says everything that is true of a customer at an instant."""

from __future__ import annotations

import datetime as dt
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import InvalidValue, lifecycle
from crmkit import segmentation as seg
from crmkit.care.past import history_of, profile_at
from crmkit.conditions import A, F, days
from crmkit.model import (
    Account,
    Activity,
    Contact,
    ContactPoint,
    ContactRole,
    Customer,
    Profile,
    Record,
    Relation,
    columns_of,
    consents_of,
    fields_of,
    in_fact_order,
)
from crmkit.playbook import RETAIL
from crmkit.profiles import Definitions, fitted, portray, profile, updated
from crmkit.testing import histories, instants

PERSON = Customer(id="c1", party=Contact())
FIRM = Customer(id="c1", party=Account())
NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
TAGS = (
    seg.TagRule("buyer", when=A("purchase").count() >= 1),
    seg.TagRule("top", when=(F.tier >= 4) & F.tags.contains("buyer")),
)
PLAIN = Definitions(lifecycle=lifecycle.RETAIL, account_lifecycle=lifecycle.B2B, tag_rules=TAGS)


def _sale(name: str, at: dt.datetime, amount: int = 100, currency: str = "CNY", who: str = "c1") -> Activity:
    return Activity(name, who, "purchase", at, amount_minor=amount, currency=currency)


@given(histories(customers=("c1",)), instants(), st.randoms(use_true_random=False))
def test_order_and_repetition_of_facts_do_not_matter(
    facts: list[Activity], as_of: dt.datetime, rng: Random
) -> None:
    """Whoever tells the same facts, in any order and more than once, gets the same profile."""
    told = [*facts, *facts]
    rng.shuffle(told)
    assert portray(PERSON, told, PLAIN, as_of=as_of) == portray(PERSON, facts, PLAIN, as_of=as_of)


@given(histories(customers=("c1",)), instants())
def test_the_future_is_not_seen(facts: list[Activity], as_of: dt.datetime) -> None:
    """The same call replays history: facts after as_of change nothing."""
    past = [fact for fact in facts if fact.at <= as_of]
    definitions = fitted(PLAIN, facts, as_of=as_of)
    seen = portray(PERSON, facts, definitions, as_of=as_of)
    assert seen == portray(PERSON, past, definitions, as_of=as_of)
    assert seen.activities == tuple(in_fact_order(past))


@given(histories(customers=("c1", "c2", "c3")), instants())
def test_each_part_is_what_its_package_says(facts: list[Activity], as_of: dt.datetime) -> None:
    """A profile adds nothing of its own: stage, roles, measures, tier, scores and consent come from their rooms."""
    definitions = fitted(PLAIN, facts, as_of=as_of)
    own = [fact for fact in facts if fact.customer_id == "c1"]
    seen = portray(PERSON, own, definitions, as_of=as_of)

    timeline = lifecycle.fold(lifecycle.RETAIL, own, as_of=as_of)
    assert (seen.stage, seen.stage_since, seen.stage_cause) == (
        timeline.stage,
        timeline.since,
        timeline.cause,
    )
    assert (seen.roles, seen.lapse_cause) == (timeline.roles, timeline.lapse_cause)
    assert seen.consents == consents_of([fact for fact in own if fact.at <= as_of])

    rfm = seg.summarize(own, as_of=as_of)
    if not rfm or definitions.scale is None:
        assert (seen.tier, seen.tier_name, seen.scores) == (None, None, ())
    else:
        assert seen.measures == rfm[0].measures
        assert seen.tier == seg.tier_of(rfm[0], definitions.scale)
        assert seen.tier_name == seg.TIERS.name(seen.tier)
        assert seen.scores == seg.score(rfm[0], definitions.scale).by_measure
    assert seen.tags == seg.tag(TAGS, attrs.evolve(seen, tags=()), as_of=as_of)


@given(
    histories(customers=("c1",)), histories(customers=("c1",)), st.lists(instants(), min_size=2, max_size=2)
)
def test_adding_facts_is_portraying_all_of_them(
    known: list[Activity], more: list[Activity], times: list[dt.datetime]
) -> None:
    """Late facts, repeats and the time that passed included; ties and roles stay."""
    first, then = sorted(times)
    role = ContactRole(contact_id="c1", account_id="c9")
    tie = Relation(kind="friend", from_id="c1", to_id="c8")
    definitions = fitted(PLAIN, known, as_of=then)

    def portrayed(facts: list[Activity], as_of: dt.datetime) -> Profile:
        return portray(PERSON, facts, definitions, as_of=as_of, contact_roles=[role], relations=[tie])

    past = [fact for fact in known if fact.at <= first]
    after = updated(portrayed(known, first), more, definitions, as_of=then)
    assert after == portrayed([*past, *more], then)
    assert updated(after, [*more, *past], definitions, as_of=then) == after


@given(histories(customers=("c1",)), instants(), st.randoms(use_true_random=False))
def test_facts_can_be_added_one_by_one_in_any_order(
    facts: list[Activity], as_of: dt.datetime, rng: Random
) -> None:
    """However the history is cut up, the profile comes out the same."""
    seen = portray(PERSON, [], PLAIN, as_of=as_of)
    told = list(facts)
    rng.shuffle(told)
    for fact in told:
        seen = updated(seen, [fact], PLAIN, as_of=as_of)
    assert seen == portray(PERSON, facts, PLAIN, as_of=as_of)


def test_records_become_the_customer() -> None:
    """`profile` starts from records; `portray` from the golden record of the same."""
    records = [
        Record("r2", "shop", {"name": "王小明", "email": "ana@x.pt"}, kind="person"),
        Record("r1", "form", {"name": "王小明", "phone": "13800138000"}, kind="person"),
    ]
    sale = _sale("a1", NOON - days(3), who="r2")
    role = ContactRole(contact_id="r1", account_id="c9")
    tie = Relation(kind="friend", from_id="r1", to_id="c8")
    seen = profile(records, [sale], PLAIN, as_of=NOON, contact_roles=[role], relations=[tie])
    assert seen.customer.record_ids == ("r1", "r2")
    assert seen["name"] == "王小明"
    assert (seen.stage, seen["frequency"], seen.contact_roles, seen.relations) == ("new", 1, (role,), (tie,))


def test_an_organisation_has_its_own_lifecycle_where_there_is_one() -> None:
    """The same history is another stage for a firm, unless the business has one lifecycle for all."""
    sale = _sale("a1", NOON - days(3))
    alone = attrs.evolve(PLAIN, account_lifecycle=None)
    assert portray(PERSON, [sale], PLAIN, as_of=NOON).stage == "new"
    assert portray(FIRM, [sale], PLAIN, as_of=NOON).stage == "first_order"
    assert portray(FIRM, [sale], alone, as_of=NOON).stage == "new"


def test_facts_of_contacts_count_for_their_account() -> None:
    """An account's worth is what its contacts bought in its name, as one history."""
    facts = [_sale("a1", NOON - days(9), who="p1"), _sale("a2", NOON - days(2), 300, who="p2")]
    seen = portray(FIRM, facts, fitted(PLAIN, facts, as_of=NOON), as_of=NOON)
    assert dict(seen.measures) == {"frequency": 2, "monetary_minor": 400, "recency_days": 2}


def test_money_of_another_currency_is_an_unknown_amount() -> None:
    """A visit paid in dollars is a visit; yuan and dollars are never added up."""
    facts = [_sale("a1", NOON - days(9)), _sale("a2", NOON - days(2), 300, "USD")]
    definitions = fitted(attrs.evolve(PLAIN, currency="CNY"), facts, as_of=NOON)
    seen = portray(PERSON, facts, definitions, as_of=NOON)
    assert dict(seen.measures) == {"frequency": 2, "monetary_minor": 100, "recency_days": 2}
    with pytest.raises(InvalidValue, match="CNY and USD"):
        fitted(PLAIN, facts, as_of=NOON)


def test_without_a_visit_there_is_no_scale() -> None:
    """A base of mere prospects has stages and no tiers."""
    touch = Activity("a1", "c1", "touch", NOON)
    definitions = fitted(PLAIN, [touch], as_of=NOON)
    assert definitions.scale is None
    assert portray(PERSON, [touch], definitions, as_of=NOON).tier is None


def test_a_naive_instant_is_refused() -> None:
    """Nobody guesses a zone."""
    with pytest.raises(InvalidValue, match="no time zone"):
        portray(PERSON, [], RETAIL.definitions, as_of=dt.datetime(2024, 1, 1))


def test_a_profile_shows_itself() -> None:
    """What is known, line by line; what is not is left out; a golden record shows where its values come from."""
    record = Record("r1", "shop", {"name": "<b>王小明</b>", "email": "ana@x.pt"}, kind="person")
    facts = [_sale("a1", NOON - days(9), who="r1")]
    seen = profile([record], facts, fitted(PLAIN, facts, as_of=NOON), as_of=NOON)
    assert str(seen).splitlines()[:4] == [
        "id: r1",
        "kind: person",
        "as of: 2024-06-01 12:00 UTC",
        "stage: new (purchase)",
    ]
    assert "tier: 1 bronze" in str(seen)
    assert "left because" not in str(seen)
    assert "&lt;b&gt;王小明" in seen._repr_html_()
    assert "<b>" not in seen._repr_html_() + seen.customer._repr_html_()
    assert "ana@x.pt" in seen.customer._repr_html_()


GUARDED = lifecycle.Lifecycle(
    "guarded",
    "stranger",
    moves=(
        lifecycle.on(("use", "signup"), lifecycle.ANY, "vip", when=F.vip.is_true(), priority=3),
        lifecycle.on("purchase", lifecycle.ANY, "reader", when=F.language == "zh", priority=2),
        lifecycle.on("purchase", lifecycle.ANY, "reached", when=F.email.contains("a@b.pt"), priority=1),
        lifecycle.on(("purchase", "use"), ("stranger", "reached", "reader"), "other"),
    ),
    roles=(lifecycle.Role(name="buyer", begins="purchase"),),
)
CUSTOMERS = st.builds(
    lambda vip, language, emails: Customer(
        id="c1",
        party=Contact(language=language),
        fields={} if vip is None else {"vip": vip},
        contact_points=tuple(ContactPoint(kind="email", value=email) for email in emails),
    ),
    st.sampled_from((None, True, False)),
    st.sampled_from((None, "zh", "en")),
    st.lists(st.sampled_from(("a@b.pt", "c@d.pt")), max_size=2, unique=True),
)


@given(CUSTOMERS, histories(customers=("c1",)), instants(), instants())
def test_guards_read_the_fields_of_the_customer(
    customer: Customer, facts: list[Activity], as_of: dt.datetime, before: dt.datetime
) -> None:
    """The stage of a profile, now and in its past, is that of the lifecycle with the customer's fields, in bulk too."""
    fields = fields_of(customer)
    definitions = Definitions(lifecycle=GUARDED)
    seen = portray(customer, facts, definitions, as_of=as_of)
    assert seen.stage == lifecycle.stage_at(GUARDED, facts, as_of=as_of, fields=fields)
    if facts:
        columns = columns_of(facts)
        assert seen.stage == lifecycle.bulk.stages(GUARDED, columns, as_of=as_of, fields={"c1": fields})[0]

    then = min(before, as_of)
    past = profile_at(history_of(F.stage == "vip", seen, definitions), then)
    assert past.stage == lifecycle.stage_at(GUARDED, facts, as_of=then, fields=fields)


@given(CUSTOMERS)
def test_the_fields_of_a_customer_are_what_they_answer_to(customer: Customer) -> None:
    """By name, what is unknown left out."""
    assert all(customer[name] == value for name, value in fields_of(customer).items())
    known = [name for name in ("vip", "language", "email", "kind", "needs") if customer[name] is not None]
    assert {*known} == {*fields_of(customer)}
