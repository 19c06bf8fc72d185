"""Contracts: the promises of each port, to be run against anyone's implementation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import attrs

from crmkit.care import SENT
from crmkit.dedup import Match
from crmkit.dedup.log import Added, Removed
from crmkit.errors import Problem
from crmkit.model import (
    Account,
    Activity,
    ActivityId,
    Contact,
    ContactPoint,
    ContactRole,
    Customer,
    CustomerId,
    Place,
    Profile,
    Record,
    RecordId,
    Relation,
    Tag,
)
from crmkit.ports import Customers, Definitions, Facts, Message, Notifier, Phases, Storage
from crmkit.testing.identity_contract import check_identity
from crmkit.testing.ledger_contract import check_ledger

_NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=dt.UTC)
_HOUR = dt.timedelta(hours=1)

_RECORDS = (
    Record(
        RecordId("r2"),
        "shop",
        {"name": "王小明", "email": ["a@x.pt", "b@x.pt"], "born_on": dt.date(1990, 2, 28)},
    ),
    Record(
        RecordId("r1"),
        "lead-form",
        {"vip": True, "seen": _NOON, "size": 7, "ratio": 0.5},
        kind="person",
        place=Place("leads.csv", 2),
    ),
    Record(
        RecordId("r3"),
        "crm",
        {"company": "O'Hara; DROP TABLE records"},
        kind="organisation",
        recorded_at=_NOON,
    ),
)
_ACTIVITIES = (
    Activity(ActivityId("a3"), CustomerId("r1"), "purchase", _NOON, amount_minor=2**40, currency="CNY"),
    Activity(ActivityId("a2"), CustomerId("r1"), "signup", _NOON, channel="wecom", source="app"),
    Activity(ActivityId("a4"), CustomerId("r1"), "purchase", _NOON - _HOUR, sequence=3, recorded_at=_NOON),
    Activity(
        ActivityId("a1"),
        CustomerId("r2"),
        "use",
        _NOON,
        account_id=CustomerId("r3"),
        props={"note": "早 '\""},
    ),
)


def check_facts(make: Callable[[], Facts]) -> None:
    """Check the promises of `crmkit.ports.Facts` on stores that *make* makes, each of them empty."""
    facts = make()
    assert [list(facts.records()), list(facts.activities()), list(facts.problems())] == [[], [], []]

    facts.add(records=_RECORDS, activities=_ACTIVITIES)
    assert list(facts.records()) == sorted(_RECORDS, key=lambda record: record.id)
    assert [record.place for record in facts.records()] == [Place("leads.csv", 2), None, None]
    assert [fact.id for fact in facts.activities()] == ["a4", "a2", "a3", "a1"]
    assert set(facts.activities()) == set(_ACTIVITIES)
    assert list(facts.customer_ids()) == ["r1", "r2"]

    assert [record.id for record in facts.records([RecordId("r3"), RecordId("r1"), RecordId("zz")])] == [
        "r1",
        "r3",
    ]
    assert [fact.id for fact in facts.activities([CustomerId("r2"), CustomerId("zz")])] == ["a1"]
    assert list(facts.records([])) == []
    assert [fact.id for fact in facts.in_name_of([CustomerId("r3"), CustomerId("r1")])] == ["a1"]
    assert list(facts.in_name_of([])) == []

    facts.add(records=_RECORDS, activities=_ACTIVITIES)
    assert len(list(facts.records())) == len(_RECORDS)
    assert len(list(facts.activities())) == len(_ACTIVITIES)

    corrected = attrs.evolve(_RECORDS[0], fields={"name": "王小明"})
    facts.add(records=[corrected])
    assert list(facts.records([RecordId("r2")])) == [corrected]

    _check_all_or_nothing(make())
    _check_ties(make())
    _check_problems(make())


def _check_all_or_nothing(facts: Facts) -> None:
    def broken() -> Iterator[Record]:
        yield _RECORDS[0]
        raise _Kill

    with suppress(_Kill):
        facts.add(activities=_ACTIVITIES, records=broken())
    assert [list(facts.records()), list(facts.activities())] == [[], []]

    facts.add(records=_RECORDS, activities=_ACTIVITIES)
    facts.forget()
    assert [list(facts.records()), list(facts.activities())] == [[], []]


def _check_ties(facts: Facts) -> None:
    role = ContactRole(contact_id=CustomerId("r1"), account_id=CustomerId("r3"), since=_NOON)
    former = attrs.evolve(role, since=None, until=_NOON)
    relation = Relation(kind="refers", from_id="r1", to_id="r2", since=_NOON)
    for _ in range(2):
        facts.add(contact_roles=[role, former], relations=[relation])
    assert sorted(facts.contact_roles(), key=repr) == sorted([role, former], key=repr)
    for side in ("r1", "r3"):
        assert sorted(facts.contact_roles([CustomerId(side)]), key=repr) == sorted([role, former], key=repr)
    assert len(list(facts.contact_roles([CustomerId("r3"), CustomerId("r1")]))) == 2
    assert list(facts.contact_roles([CustomerId("r2")])) == []
    assert list(facts.relations()) == [relation]


def _check_problems(facts: Facts) -> None:
    late = Problem(source="b.csv", row=2, field="email", reason="no e-mail address", kept=True)
    early = Problem(source="b.csv", row=1, reason="too few cells")
    facts.replace_problems("intake", [late, early, late])
    facts.replace_problems("identity", [early])
    assert list(facts.problems()) == [early, late]
    facts.replace_problems("intake", [])
    assert list(facts.problems()) == [early]


def check_customers(make: Callable[[], Customers]) -> None:
    """Check the promises of `crmkit.ports.Customers` on stores that *make* makes, each of them empty."""
    customers = make()
    assert customers.get("c1") is None
    assert list(customers.customers()) == []

    person = Customer(
        id=CustomerId("r1"),
        name="王小明",
        party=Contact(given_name="小明", born_on=dt.date(1990, 2, 28)),
        contact_points=(ContactPoint(kind="email", value="a@x.pt", since=_NOON),),
        record_ids=(RecordId("r1"), RecordId("r2")),
        aliases=(CustomerId("old"),),
    )
    firm = Customer(
        id=CustomerId("r3"), party=Account(size=7), record_ids=(RecordId("r3"),), fields={"vip": True}
    )
    strong = Match(a="r1", b="r2", weight=9.5)
    apart = Match(a="r1", b="r3", weight=-3.0)
    customers.replace_customers([firm, person], [apart, strong])

    assert list(customers.customers()) == [person, firm]
    assert [customers.get(key) for key in ("r1", "r2", "old", "r3", "zz")] == [
        person,
        person,
        person,
        firm,
        None,
    ]
    assert customers.links() == {"r1": "r1", "r2": "r1", "old": "r1", "r3": "r3"}
    assert customers.links(["r2", "old", "zz"]) == {"r2": "r1", "old": "r1"}
    assert customers.matches(person.id) == [strong, apart]
    assert customers.matches(firm.id) == [apart]
    assert customers.matches(CustomerId("zz")) == []

    customers.replace_customers([firm])
    assert list(customers.customers()) == [firm]
    assert [customers.get("r2"), customers.get("old")] == [None, None]
    assert customers.matches(person.id) == []

    _check_last_told_counts(make())
    _check_profiles(make())


def _check_last_told_counts(customers: Customers) -> None:
    former = Customer(id=CustomerId("c1"), name="early", record_ids=(RecordId("r1"),))
    other = Customer(
        id=CustomerId("c2"), record_ids=(RecordId("r2"), RecordId("c1")), aliases=(CustomerId("r3"),)
    )
    latest = attrs.evolve(former, name="late", record_ids=(RecordId("r2"), RecordId("r3"), RecordId("1")))
    weak, strong = Match(a=1, b="r2", weight=1.0), Match(a="r2", b="1", weight=2.0)
    customers.replace_customers([former, other, latest], [strong, weak, weak])
    assert list(customers.customers()) == [latest, other]
    assert customers.links() == {"r2": "c1", "r3": "c2", "1": "c1", "c1": "c1"}
    assert [customers.get(key) for key in ("r1", "r2", "r3", "1", "c1")] == [
        None,
        latest,
        other,
        latest,
        latest,
    ]
    assert customers.matches(latest.id) == [Match(a="1", b="r2", weight=1.0)]

    def broken() -> Iterator[Match]:
        yield strong
        raise _Kill

    with suppress(_Kill):
        customers.replace_customers([former], broken())
    assert list(customers.customers()) == [latest, other]


def _check_profiles(customers: Customers) -> None:
    person = Customer(id=CustomerId("c2"))
    tag = Tag(name="vip", since=_NOON, rule="spends")
    full = Profile(
        customer=person,
        as_of=_NOON,
        activities=_ACTIVITIES,
        stage="new",
        stage_since=_NOON,
        tier=4,
        tags=(tag,),
    )
    plain = Profile(
        customer=attrs.evolve(person, id=CustomerId("c1")), as_of=_NOON, measures=(("frequency", 3),)
    )
    customers.replace_profiles([attrs.evolve(full, stage="old"), full, plain])

    assert list(customers.profiles()) == [plain, attrs.evolve(full, activities=())]
    assert customers.profile(person.id) == attrs.evolve(full, activities=())
    assert customers.profile(CustomerId("zz")) is None

    customers.replace_profiles([plain])
    assert list(customers.profiles()) == [plain]


def check_definitions(make: Callable[[], Definitions]) -> None:
    """Check the promises of `crmkit.ports.Definitions` on stores that *make* makes, each of them empty."""
    definitions = make()
    assert definitions.document("playbook") is None
    definitions.keep("playbook", '{"name": "早"}')
    definitions.keep("model", "{}")
    definitions.keep("playbook", '{"name": "晚"}')
    assert [definitions.document(name) for name in ("playbook", "model")] == ['{"name": "晚"}', "{}"]


def check_phases(make: Callable[[], Phases]) -> None:
    """Check the promises of `crmkit.ports.Phases` on stores that *make* makes, each of them empty."""
    phases = make()
    assert phases.digest("identity") is None
    phases.finish("identity", "one")
    phases.finish("identity", "two")
    phases.finish("profiles", "one")
    assert [phases.digest("identity"), phases.digest("profiles")] == ["two", "one"]


class _Kill(BaseException):
    """Stands for a process that ends in the middle of a unit of work."""


def _be_killed_in_a_unit(storage: Storage) -> None:
    with storage.unit():
        storage.facts.add(records=_RECORDS, activities=_ACTIVITIES)
        storage.customers.replace_customers([Customer(id=CustomerId("c1"))])
        storage.identity.append([Removed("r1"), Removed("r2")], after=1)
        with storage.unit():
            storage.phases.finish("intake", "two")
        raise _Kill


def check_storage(make: Callable[[], Storage]) -> None:
    """Check the promises of `crmkit.ports.Storage`, and of each port it holds."""
    check_facts(lambda: make().facts)
    check_customers(lambda: make().customers)
    check_identity(lambda: make().identity)
    check_ledger(lambda: make().ledger)
    check_definitions(lambda: make().definitions)
    check_phases(lambda: make().phases)

    _check_units(make())


def _check_units(storage: Storage) -> None:
    with storage.unit():
        storage.facts.add(records=_RECORDS[:1])
        storage.identity.append([Added("r1")], after=0)
        with storage.unit():
            storage.phases.finish("intake", "one")
    kept = [record.id for record in storage.facts.records()]
    assert (kept, storage.phases.digest("intake")) == ([_RECORDS[0].id], "one")

    with storage.unit():
        storage.phases.finish("identity", "one")
        with suppress(_Kill):
            _be_killed_in_a_unit(storage)
    assert storage.phases.digest("identity") == "one"
    assert [record.id for record in storage.facts.records()] == kept
    with suppress(_Kill):
        _be_killed_in_a_unit(storage)
    assert [record.id for record in storage.facts.records()] == kept
    assert list(storage.facts.activities()) == []
    assert storage.customers.get("c1") is None
    assert list(storage.identity.facts()) == [Added("r1")]
    assert storage.phases.digest("intake") == "one"


def check_notifier(make: Callable[[], Notifier], delivered: Callable[[], Sequence[str]]) -> None:
    """Check the promises of `crmkit.ports.Notifier`.

    Args:
        make: Makes a notifier; a second one stands for the same process, started again.
        delivered: Returns the keys of the messages that arrived, in order.
    """
    first = Message(
        key="k1", customer_id=CustomerId("c1"), channel="email", address="a@x.pt", subject="早", body='"\n;'
    )
    second = attrs.evolve(first, key="k2")
    notifier = make()
    assert notifier.send(first).outcome == SENT
    assert notifier.send(second).outcome == SENT
    assert notifier.send(first).outcome == SENT
    assert make().send(second).outcome == SENT
    assert list(delivered()) == ["k1", "k2"]
