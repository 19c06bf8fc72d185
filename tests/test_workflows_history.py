"""History: every fact under the customer it belongs to, once identity is resolved."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from crmkit.adapters.memory import MemoryStorage
from crmkit.model import (
    Account,
    Activity,
    Contact,
    ContactRole,
    Customer,
    CustomerId,
    Profile,
    Record,
    RecordId,
    Relation,
)
from crmkit.playbook import RETAIL
from crmkit.workflows.decide import decide
from crmkit.workflows.explain import explain
from crmkit.workflows.history import load_history, load_history_of
from crmkit.workflows.identify import evidence, identify
from crmkit.workflows.portray import load_profile, load_profiles, measurable, portray_all

NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
ANA = Customer(id="ana", record_ids=(RecordId("r1"), RecordId("r2")), aliases=(CustomerId("old"),))
FIRM = Customer(id="firm", party=Account(), record_ids=(RecordId("f1"),))


TOLD = st.sampled_from(("c1", "c2", "c3", "r1", "r2", "r3", "x"))
INSTANTS = st.integers(-1, 1).map(lambda days: NOON + days * DAY)
FACTS = st.builds(
    Activity,
    st.sampled_from(tuple("abcdefgh")),
    TOLD,
    st.sampled_from(("purchase", "use")),
    INSTANTS,
    account_id=st.one_of(st.none(), st.none(), TOLD),
)
ROLES = st.builds(
    ContactRole,
    contact_id=TOLD,
    account_id=st.sampled_from(("c3", "c3", "r3", "c1")),
    since=st.one_of(st.none(), st.none(), INSTANTS),
)
PARTIES = st.builds(
    Customer,
    id=st.sampled_from(("c1", "c2", "c3", "c3")),
    party=st.sampled_from((Contact(), Account(), Account())),
    record_ids=st.lists(st.sampled_from(("c1", "r1", "r2", "r3")), max_size=3),
    aliases=st.lists(st.sampled_from(("c2", "r3", "x")), max_size=1),
)


@given(
    st.lists(PARTIES, min_size=2, max_size=4),
    st.lists(FACTS, min_size=3, max_size=8),
    st.lists(ROLES, min_size=1, max_size=4),
)
def test_one_history_is_the_same_as_out_of_all(
    customers: list[Customer], facts: list[Activity], roles: list[ContactRole]
) -> None:
    """Whoever looks at one customer sees what the job saw, without reading what is told of others."""
    storage = MemoryStorage()
    storage.facts.add(activities=facts, contact_roles=roles)
    storage.customers.replace_customers(customers)
    storage.customers.replace_profiles(Profile(customer=one, as_of=NOON) for one in customers)
    whole = load_history(storage)
    profiles = {one.customer.id: one for one in load_profiles(storage, whole)}
    for customer in storage.customers.customers():
        assert load_history_of(storage, customer).of(customer) == whole.of(customer)
    for told in ("c1", "c2", "c3", "r1", "r2", "r3", "x"):
        known = storage.customers.get(told)
        assert load_profile(storage, told) == (None if known is None else profiles[known.id])


def test_ids_lead_home() -> None:
    """Facts told of a record or an alias are the customer's; a stranger keeps the id they came with."""
    storage = MemoryStorage()
    storage.customers.replace_customers([ANA])
    facts = [
        Activity(f"a{n}", who, "use", NOON - n * DAY) for n, who in enumerate(["r2", "old", "ana", "who"])
    ]
    storage.facts.add(activities=facts)
    history = load_history(storage)
    assert [fact.id for fact in history.of(ANA)] == ["a2", "a1", "a0"]
    assert {fact.customer_id for fact in history.of(ANA)} == {"ana"}
    assert [fact.id for fact in history.activities[CustomerId("who")]] == ["a3"]
    assert len(history.facts) == 4


def test_an_account_has_its_own_facts_and_its_contacts() -> None:
    """What contacts did in its name, or in nobody's while they were there, is the account's history too."""
    storage = MemoryStorage()
    storage.customers.replace_customers([ANA, FIRM])
    storage.facts.add(
        activities=[
            Activity("own", "f1", "use", NOON),
            Activity("named", "who", "use", NOON, account_id="f1"),
            Activity("during", "r1", "use", NOON + DAY),
            Activity("before", "r1", "use", NOON - DAY),
            Activity("elsewhere", "r1", "use", NOON + DAY, account_id="other"),
        ],
        contact_roles=[ContactRole(contact_id="r2", account_id="f1", since=NOON)],
    )
    history = load_history(storage)
    assert {fact.id for fact in history.of(FIRM)} == {"own", "named", "during"}
    assert [role.contact_id for role in history.contact_roles[FIRM.id]] == ["ana"]
    assert history.contact_roles[ANA.id] == history.contact_roles[FIRM.id]


def test_relations_end_at_customers() -> None:
    """A relation between two records of one customer says nothing any more."""
    storage = MemoryStorage()
    storage.customers.replace_customers([ANA, FIRM])
    storage.facts.add(
        relations=[
            Relation(kind="friend", from_id="r1", to_id="r2"),
            Relation(kind="refers", from_id="r1", to_id="f1"),
            Relation(kind="refers", from_id="r2", to_id="f1"),
        ]
    )
    history = load_history(storage)
    assert history.relations[ANA.id] == [Relation(kind="refers", from_id="ana", to_id="firm")]
    assert history.relations[FIRM.id] == history.relations[ANA.id]


def firm(key: str, name: str, email: str, phone: str) -> Record:
    return Record(
        key, "erp", {"name": name, "email": email, "phone": phone, "country": "GB"}, kind="organisation"
    )


HEAD = firm("h", "Kestrel Foods Ltd", "info@kestrel-foods.example", "020 7946 0000")
BRANCH = firm("b", "Kestrel Foods, Leeds Branch", "leeds@kestrel-foods.example", "0113 496 0000")
HOTELS = firm("o", "Kestrel Hotels Ltd", "office@kestrel-foods.example", "020 7946 0009")


def test_organisations_that_belong_together_stand_in_a_relation() -> None:
    """Identity finds them, the history of both has the relation, and who looks at one is told why."""
    storage = MemoryStorage()
    storage.facts.add(records=[HEAD, BRANCH, HOTELS])
    customers = identify(storage)
    branch_of = Relation(kind="branch_of", from_id="b", to_id="h")
    parent_of = Relation(kind="parent_of", from_id="h", to_id="o")

    assert [one.id for one in customers] == ["b", "h", "o"]
    assert load_history(storage).relations == {
        "b": [branch_of],
        "h": [branch_of, parent_of],
        "o": [parent_of],
    }

    storage.customers.replace_profiles(Profile(customer=one, as_of=NOON) for one in customers)
    decide(storage, [], RETAIL, as_of=NOON)
    assert "'b' is a branch of 'h': the same name and e-mail host" in str(explain(storage, "b"))
    assert [one.kind for one in explain(storage, "o").kinships] == ["parent_of"]


def test_what_is_told_of_two_organisations_counts_before_what_is_found() -> None:
    """Who owns whom is known better by someone who says it; told and found alike are one relation."""
    storage = MemoryStorage()
    told = [
        Relation(kind="parent_of", from_id="o", to_id="h"),
        Relation(kind="branch_of", from_id="b", to_id="h"),
    ]
    storage.facts.add(records=[HEAD, BRANCH, HOTELS], relations=told)
    identify(storage)

    assert load_history(storage).relations[CustomerId("h")] == sorted(told, key=repr)

    storage.facts.forget()
    identify(storage)
    assert load_history(storage).relations == {}


def test_an_account_knows_its_own_customers() -> None:
    """Whom it is told to supply, under the ids of the customers; a person has none."""
    storage = MemoryStorage()
    supplies = [
        Relation(kind="supplies", from_id="h", to_id="c9"),
        Relation(kind="supplies", from_id="h", to_id="o"),
        Relation(kind="supplies", from_id="c9", to_id="o"),
        Relation(kind="refers", from_id="o", to_id="h"),
    ]
    storage.facts.add(
        records=[HEAD, HOTELS], relations=supplies, activities=[Activity("a1", "c9", "use", NOON)]
    )

    assert {one.id: one["customer_ids"] for one in identify(storage)} == {
        "c9": None,
        "h": ("c9", "o"),
        "o": None,
    }


def test_activities_alone_make_customers() -> None:
    """Someone of whom no source tells is a customer all the same."""
    storage = MemoryStorage()
    storage.facts.add(activities=[Activity("a1", "c2", "use", NOON), Activity("a2", "c1", "use", NOON)])
    assert [one.id for one in identify(storage)] == ["c1", "c2"]
    assert evidence(storage, CustomerId("c1"), []) == []


def test_foreign_money_is_reported() -> None:
    """The currency that most amounts are in is counted; the others are a problem, not an addition."""
    storage = MemoryStorage()
    storage.facts.add(
        activities=[
            Activity(f"a{n}", "c1", "purchase", NOON - n * DAY, amount_minor=100, currency=code)
            for n, code in enumerate(["CNY", "CNY", "USD"])
        ]
    )
    identify(storage)
    history = load_history(storage)
    counted = measurable(RETAIL.definitions, history, as_of=NOON)
    assert counted.currency == "CNY"
    [seen] = portray_all(storage, history, counted, as_of=NOON)
    assert dict(seen.measures)["monetary_minor"] == 200
    [problem] = storage.facts.problems()
    assert "1 amounts in USD are not counted" in problem.reason
    assert problem.kept
