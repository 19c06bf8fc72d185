"""The main job: each phase is done once, whatever happens in between."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from crmkit import Problem, care, lifecycle
from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.notify import JsonLinesNotifier
from crmkit.adapters.sql import sqlite_storage
from crmkit.conditions import F
from crmkit.dedup import golden
from crmkit.demo import World, make_world
from crmkit.model import Activity, Consent, CustomerId, Record
from crmkit.playbook import RETAIL, Playbook
from crmkit.ports import Message, Receipt, Storage
from crmkit.report.gather import gather
from crmkit.workflows import (
    JobRun,
    Told,
    decide,
    dispatch,
    explain,
    load_history,
    load_profile,
    load_profiles,
    measurable,
    playbook_in_force,
    portray_all,
    run_job,
    summarise,
)

PHASES = ["intake", "identity", "profiles", "decisions", "messages"]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(seed=3, customers=150)


def _told(world: World) -> Told:
    return Told(
        records=world.records,
        activities=world.activities,
        contact_roles=world.contact_roles,
        relations=world.relations,
    )


def _run(storage: Storage, folder: Path, world: World, **changes: Any) -> JobRun:
    words: dict[str, Any] = {"fingerprint": "one", "as_of": world.as_of, **changes}
    return run_job(storage, JsonLinesNotifier(folder / "sent.jsonl"), RETAIL, lambda: _told(world), **words)


def in_force(storage: Storage) -> Playbook:
    playbook = playbook_in_force(storage)
    assert playbook is not None
    return playbook


def _content(storage: Storage) -> dict[str, object]:
    """Return everything a storage holds."""
    return {
        "records": list(storage.facts.records()),
        "activities": list(storage.facts.activities()),
        "problems": list(storage.facts.problems()),
        "customers": list(storage.customers.customers()),
        "matches": [storage.customers.matches(one.id) for one in storage.customers.customers()],
        "profiles": list(storage.customers.profiles()),
        "decisions": list(storage.ledger.decisions()),
        "entries": list(storage.ledger.entries()),
        "documents": [
            storage.definitions.document(name) for name in ("playbook", "matching model", "matching hubs")
        ],
        "phases": [storage.phases.digest(name) for name in PHASES],
    }


@pytest.fixture(scope="module")
def clean(world: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What one clean run in memory ends with."""
    storage = MemoryStorage()
    _run(storage, tmp_path_factory.mktemp("clean"), world)
    return _content(storage)


def test_sqlite_ends_with_what_memory_ends_with(
    world: World, clean: dict[str, object], tmp_path: Path
) -> None:
    """The storage makes no difference to what is true."""
    storage = sqlite_storage(tmp_path / "crm.sqlite")
    run = _run(storage, tmp_path, world)
    assert [phase.name for phase in run.phases] == PHASES
    assert not any(phase.skipped for phase in run.phases)
    assert _content(storage) == clean
    assert run.outcomes["sent"] > 10
    assert run.outcomes["failed"] == run.outcomes["unknown"] == 0


def test_a_second_run_does_nothing_and_sends_nothing(world: World, tmp_path: Path) -> None:
    """Whoever runs it twice has done it once."""
    storage = MemoryStorage()
    first = _run(storage, tmp_path, world)
    before, sent = _content(storage), (tmp_path / "sent.jsonl").read_bytes()
    second = _run(storage, tmp_path, world)
    assert [phase.skipped for phase in second.phases] == [True, True, True, True, False]
    assert first.outcomes["sent"] == len(sent.splitlines())
    assert second.outcomes.total() == 0
    assert (_content(storage), (tmp_path / "sent.jsonl").read_bytes()) == (before, sent)


def test_planning_again_plans_nothing_new(world: World, tmp_path: Path) -> None:
    """Even without the memory of phases the ledger lets nobody hear the same thing twice."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    entries = list(storage.ledger.entries())
    again = decide(
        storage, load_profiles(storage, load_history(storage)), in_force(storage), as_of=world.as_of
    )
    assert [one for one in again if one.outcome in (care.SEND, care.HOLDOUT)] == []
    assert list(storage.ledger.entries()) == entries


def test_another_instant_plans_anew_and_keeps_who_is_who(world: World, tmp_path: Path) -> None:
    """Only what depends on what changed is done again."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    later = _run(storage, tmp_path, world, as_of=world.as_of.replace(hour=13))
    assert [phase.skipped for phase in later.phases] == [True, True, False, False, False]


class _Killed(BaseException):
    """The process ended here."""


def _die_after(calls: int) -> Iterator[None]:
    for _ in range(calls):
        yield
    raise _Killed


@pytest.mark.parametrize("port", ["facts", "customers", "ledger", "definitions", "phases"])
def test_a_job_killed_at_any_call_of_a_port_ends_the_same(
    world: World, clean: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    """However often it dies, and at whichever write, the last run ends with what one clean run ends with."""
    path = tmp_path / "crm.sqlite"
    writes = {
        "facts": ("forget", "add", "replace_problems"),
        "customers": ("replace_customers", "replace_profiles"),
        "ledger": ("record", "claim", "settle"),
        "definitions": ("keep",),
        "phases": ("finish",),
    }[port]
    deaths = 0
    for calls in (0, 1, 2, 5):
        storage = sqlite_storage(path)
        clock = _die_after(calls)
        for name in writes:
            _tick_after(monkeypatch, getattr(storage, port), name, clock)
        try:
            _run(storage, tmp_path, world)
        except _Killed:
            deaths += 1
    assert deaths >= 2

    storage = sqlite_storage(path)
    _run(storage, tmp_path, world)
    assert _content(storage) == clean
    assert len((tmp_path / "sent.jsonl").read_bytes().splitlines()) == len(
        [entry for entry in storage.ledger.entries() if entry.state == care.SENT]
    )


def _tick_after(monkeypatch: pytest.MonkeyPatch, part: Any, name: str, clock: Iterator[None]) -> None:
    """Make the method do its work, and then let the process die when its time has come."""
    method = getattr(part, name)

    def ticking(*words: Any, **named: Any) -> Any:
        answer = method(*words, **named)
        next(clock)
        return answer

    monkeypatch.setattr(part, name, ticking)


class _Fussy:
    """A provider that refuses some, breaks on others and takes the rest."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def send(self, message: Message) -> Receipt:
        self.seen.append(message.key)
        if len(self.seen) % 3 == 0:
            raise ConnectionError("the line is dead")
        return Receipt(outcome=care.FAILED if len(self.seen) % 3 == 1 else care.SENT)


def _same(told: Told) -> Told:
    return told


def _queued(storage: MemoryStorage) -> None:
    """Put every send that went out back into the outbox."""
    for entry in list(storage.ledger.entries()):
        if entry.state == care.SENT:
            storage.ledger._entries[entry.key] = attrs.evolve(entry, state=care.PLANNED)


def test_one_bad_recipient_never_stops_the_rest(world: World, tmp_path: Path) -> None:
    """A refusal is failed, an exception is unknown, and everyone gets their turn once."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    _queued(storage)
    fussy = _Fussy()
    outcomes = dispatch(storage, fussy, RETAIL, at=world.as_of)
    assert len(fussy.seen) == len(set(fussy.seen)) == outcomes.total() > 5
    assert outcomes["failed"] >= outcomes["sent"] >= outcomes["unknown"] > 0
    assert {entry.detail for entry in storage.ledger.entries() if entry.state == care.UNKNOWN} == {
        "ConnectionError"
    }


def test_who_withdraws_consent_is_not_sent_what_was_queued(world: World, tmp_path: Path) -> None:
    """Every gate is looked at again at release, and the ledger says which one had closed."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    _queued(storage)
    for customer_id, profile in storage.customers._profiles.items():
        no = Consent(purpose="*", granted=False, at=world.as_of)
        storage.customers._profiles[customer_id] = attrs.evolve(profile, consents=(*profile.consents, no))
    fussy = _Fussy()
    outcomes = dispatch(storage, fussy, RETAIL, at=world.as_of)
    assert fussy.seen == []
    assert outcomes["failed"] == outcomes.total() > 5
    assert all(
        "consent: they said no" in entry.detail
        for entry in storage.ledger.entries()
        if entry.state == "failed"
    )


def test_nothing_goes_out_in_quiet_hours(world: World, tmp_path: Path) -> None:
    """What meets quiet hours stays in the outbox, and goes when they are over."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    _queued(storage)
    planned = [entry.key for entry in storage.ledger.entries() if entry.state == care.PLANNED]
    midnight, morning = (world.as_of.replace(hour=hour) for hour in (16, 18))
    morning = midnight.replace(hour=16) + dt.timedelta(hours=10)
    held = dispatch(storage, _Fussy(), RETAIL, at=midnight)
    quiet = held["waiting"]
    assert quiet > 0
    assert [entry.key for entry in storage.ledger.entries() if entry.state == care.PLANNED] != []
    later = dispatch(storage, _Fussy(), RETAIL, at=morning)
    assert held.total() - quiet + later.total() == len(planned)
    assert later["waiting"] == 0


def test_who_becomes_a_part_of_another_hears_nothing_twice(tmp_path: Path, world: World) -> None:
    """When a record with a smaller id joins, the customer has another id and the same ledger."""
    first = Record("m5", "shop", {"name": "Ana Sousa", "wechat": "w1"}, kind="person")
    facts = (
        Activity("a1", "m5", "signup", world.as_of - dt.timedelta(days=3)),
        Activity(
            "a2", "m5", "consent_granted", world.as_of - dt.timedelta(days=3), props={"purpose": "marketing"}
        ),
    )
    storage = MemoryStorage()
    notifier = JsonLinesNotifier(tmp_path / "sent.jsonl")

    def told(*records: Record) -> Counter[str]:
        storage.facts.forget()
        storage.facts.add(records=records, activities=facts)
        customers = [golden(records)]
        storage.customers.replace_customers(customers)
        history = load_history(storage)
        definitions = measurable(RETAIL.definitions, history, as_of=world.as_of)
        profiles = portray_all(storage, history, definitions, as_of=world.as_of)
        decide(storage, profiles, RETAIL, as_of=world.as_of)
        return dispatch(storage, notifier, RETAIL, at=world.as_of)

    assert told(first)["sent"] == 1
    again = told(first, attrs.evolve(first, id="a1", source="form"))
    assert next(storage.customers.customers()).id == "a1"
    assert again.total() == 0


def test_what_is_not_told_any_more_is_forgotten(tmp_path: Path, world: World) -> None:
    """Facts are what is told; a source that takes a row back, or changes it, is believed."""
    storage = MemoryStorage()
    notifier = JsonLinesNotifier(tmp_path / "sent.jsonl")
    old = Record("r1", "shop", {"email": "old@x.example"})
    new = attrs.evolve(old, fields={"email": "new@x.example"})
    problem = Problem(source="shop", row=7, reason="too few cells")
    for fingerprint, told in (
        ("one", Told(records=(old,), problems=(problem,))),
        ("two", Told(records=(new,))),
    ):
        run_job(storage, notifier, RETAIL, partial(_same, told), fingerprint=fingerprint, as_of=world.as_of)
    assert list(storage.facts.records()) == [new]
    assert list(storage.facts.problems()) == []


def test_a_scale_is_fitted_once(tmp_path: Path, world: World) -> None:
    """Who does nothing does not change tier because others buy."""
    storage = MemoryStorage()
    notifier = JsonLinesNotifier(tmp_path / "sent.jsonl")

    def sale(name: str, who: str, amount: int, currency: str = "CNY") -> Activity:
        at = world.as_of - dt.timedelta(days=9)
        return Activity(name, who, "purchase", at, amount_minor=amount, currency=currency)

    few = tuple(sale(f"a{n}", f"c{n}", 100 * n) for n in range(1, 6))
    many = (*few, *(sale(f"b{n}", f"d{n}", 10_000, "EUR") for n in range(20)))
    tiers = []
    for fingerprint, facts in (("few", few), ("many", many)):
        told = Told(activities=facts)
        run_job(storage, notifier, RETAIL, partial(_same, told), fingerprint=fingerprint, as_of=world.as_of)
        tiers.append([storage.customers.profile(CustomerId(f"c{n}")).tier for n in range(1, 6)])  # type: ignore[union-attr]
    assert tiers[0] == tiers[1]
    assert in_force(storage).definitions.currency == "CNY"


def test_the_summary_counts_what_is_there(world: World, tmp_path: Path) -> None:
    """Stages and tiers add up to everyone; the text shows them."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    seen = summarise(
        storage, load_history(storage), list(storage.customers.profiles()), RETAIL, as_of=world.as_of
    )
    counts = dict(seen.counts)
    assert sum(count for _, count in (*seen.stages, *seen.account_stages)) == counts["customers"]
    assert sum(count for _, count in seen.tiers) == counts["customers"]
    assert counts["records"] == len(world.records)
    assert sum(count for _, count in seen.account_stages) == counts["of them organisations"] > 0
    assert seen.funnels[0].entered >= seen.funnels[0].converted > 0
    assert seen.case is not None
    text = str(seen)
    for words in (
        "Stages",
        "Value tiers",
        "Funnel touch → signup → purchase",
        "Care decided",
        "First case due",
    ):
        assert words in text
    assert "<svg" in seen._repr_html_()


def test_a_portrait_tells_all_and_why(world: World, tmp_path: Path) -> None:
    """Identity with its evidence, stages with their causes, decisions with their reasons."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    customer = max(storage.customers.customers(), key=lambda one: (len(one.record_ids), one.id))
    told = explain(storage, customer.record_ids[-1])
    assert told.profile.customer == customer
    assert [record.id for record in told.records] == list(customer.record_ids)
    assert told.evidence
    assert told.timeline.stage == told.profile.stage
    text = str(told)
    for words in (customer.id, "Records", "Why they are one", "Stages and roles", "Care"):
        assert words in text
    assert all(record.source in text for record in told.records)
    assert "<table>" in told._repr_html_()
    assert customer.name not in (None, "")
    assert str(customer.name) not in repr(told)


def test_guards_read_fields_in_every_workflow(world: World, tmp_path: Path) -> None:
    """Profiles, portraits and the report tell the same stages of a lifecycle whose guards ask for fields."""
    shop = RETAIL.definitions.lifecycle
    by_kind = lifecycle.on("page_view", "potential", "mature", when=F.kind == "person", priority=1)
    machine = attrs.evolve(shop, moves=(*shop.moves, by_kind))
    playbook = attrs.evolve(RETAIL, definitions=attrs.evolve(RETAIL.definitions, lifecycle=machine))
    storage = MemoryStorage()
    notifier = JsonLinesNotifier(tmp_path / "sent.jsonl")
    run_job(storage, notifier, playbook, lambda: _told(world), fingerprint="one", as_of=world.as_of)
    history = load_history(storage)
    people = [one for one in load_profiles(storage, history) if one.customer.kind == "person"]
    told = gather(storage, history, people, playbook, as_of=world.as_of, title="fields")

    assert any(one.stage != lifecycle.stage_at(machine, one.activities, as_of=one.as_of) for one in people)
    assert all(explain(storage, one.customer.id).timeline.stage == one.stage for one in people)
    last = max(row.month for row in told.stage_months)
    shown = Counter({row.stage: row.customers for row in told.stage_months if row.month == last})
    assert +shown == Counter(one.stage for one in people if one.activities)


def test_nobody_is_told_apart_by_a_misspelt_id(world: World, tmp_path: Path) -> None:
    """An id that nobody has is met with the closest one."""
    storage = MemoryStorage()
    _run(storage, tmp_path, world)
    some = next(storage.customers.customers()).id
    with pytest.raises(LookupError, match="Did you mean"):
        explain(storage, some[:-1] + "x")
    assert load_profile(storage, "zz") is None
    assert playbook_in_force(MemoryStorage()) is None


def test_an_empty_world_is_a_world(tmp_path: Path, world: World) -> None:
    """Nothing told, nothing done, and no complaint."""
    storage = MemoryStorage()
    notifier = JsonLinesNotifier(tmp_path / "sent.jsonl")
    run = run_job(storage, notifier, RETAIL, Told, fingerprint="none", as_of=world.as_of)
    assert run.outcomes.total() == 0
    seen = summarise(
        storage, load_history(storage), list(storage.customers.profiles()), RETAIL, as_of=world.as_of
    )
    assert seen.case is None
    assert "Care decided: nothing" in str(seen)
    assert repr(Told()) == "Told(0 records, 0 activities, 0 problems)"
