"""What people say of who is who: kept in the storage, followed by every run, until it is withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.notify import JsonLinesNotifier
from crmkit.dedup import DISTINCT, SAME, Added, Decision, Split, decisions_in_force
from crmkit.errors import Contradiction, CrmkitError, InvalidValue, OutOfDate, UnknownName
from crmkit.model import Customer, Record, RecordId
from crmkit.playbook import RETAIL
from crmkit.ports import Storage
from crmkit.workflows import Told, explain, identify, overrule, run_job, take_out, withdraw

IDS = tuple(RecordId(one) for one in ("1", "10", "2", "é", "王"))
NAMES = st.sampled_from(("Ann Bell", "Ann Bell", "Zoe Ford", "王芳"))
EMAILS = st.sampled_from(("a@x.pt", "z@x.pt"))
RECORDS = st.fixed_dictionaries(
    {key: st.fixed_dictionaries({"name": NAMES}, optional={"email": EMAILS}) for key in IDS}
).map(lambda told: [Record(key, "shop", fields) for key, fields in told.items()])
PAIRS = st.lists(st.sampled_from(IDS), min_size=2, max_size=2, unique=True)
WORDS = st.lists(st.tuples(st.sampled_from((SAME, DISTINCT, "split", "withdraw")), PAIRS), max_size=6)


def stored(records: Iterable[Record]) -> MemoryStorage:
    storage = MemoryStorage()
    storage.facts.add(records=records)
    return storage


def say(storage: Storage, verdict: str, pair: list[RecordId]) -> None:
    a, b = pair
    if verdict == "withdraw":
        withdraw(storage, a, b, by="bo")
    elif verdict == "split":
        overrule(storage, take_out(storage, [a], by="bo"))
    else:
        overrule(storage, Decision(a, b, verdict, by="ann"))


def in_force(storage: Storage) -> tuple[Decision | Split, ...]:
    return decisions_in_force(storage.identity.decisions())


def holds(said: Decision | Split, home: dict[str, str]) -> bool:
    """Return whether who is who is as a person said."""
    if isinstance(said, Decision):
        return (home[str(said.a)] == home[str(said.b)]) == (said.verdict == SAME)
    return {home[str(key)] for key in said.ids}.isdisjoint(home[str(key)] for key in said.rest)


@settings(deadline=None, max_examples=40)
@given(records=RECORDS, words=WORDS, later=st.data())
def test_run_again_nothing_is_joined_or_parted_against_a_persons_word(
    records: list[Record], words: list[tuple[str, list[RecordId]]], later: st.DataObject
) -> None:
    """What was said holds in every later run, whatever comes; run twice, every customer keeps its id."""
    storage = stored(records)
    at_first = identify(storage)
    for verdict, pair in words:
        before = list(storage.identity.facts())
        try:
            say(storage, verdict, pair)
        except CrmkitError:
            assert list(storage.identity.facts()) == before
    customers = identify(storage)
    assert identify(storage) == customers
    assert all(holds(one, dict(storage.customers.links())) for one in in_force(storage))
    assert all(one.id == min(map(str, one.record_ids)) for one in customers)

    changed = later.draw(RECORDS)
    storage.facts.add(records=[*changed, Record("0", "form", {"name": "Ann Bell", "email": "a@x.pt"})])
    identify(storage)
    assert all(holds(one, dict(storage.customers.links())) for one in in_force(storage))

    storage.facts.forget()
    storage.facts.add(records=records)
    while said := in_force(storage):
        one = said[0]
        a, b = (one.a, one.b) if isinstance(one, Decision) else (one.rest[0], one.ids[0])
        assert one in withdraw(storage, a, b, by="bo")
    assert identify(storage) == at_first


ANN = {"name": "Ann Bell", "email": "a@x.pt"}
TWO = (Record("a", "shop", ANN), Record("b", "shop", ANN))


def names(customers: Iterable[Customer]) -> list[tuple[str, ...]]:
    return [one.record_ids for one in customers]


def test_a_decision_on_who_is_not_there_is_refused_with_the_closest() -> None:
    """So is a split that would leave nothing, a contradiction, and taking back what nobody said."""
    storage = stored([Record("web-1", "web", ANN), Record("web-2", "web", ANN)])
    identify(storage)
    for call in (
        lambda: overrule(storage, Decision("web-1", "web-3", SAME, by="ann")),
        lambda: take_out(storage, [RecordId("web-3")], by="ann"),
    ):
        with pytest.raises(UnknownName, match=r"no record is called 'web-3'\. Did you mean 'web-[12]'"):
            call()
    with pytest.raises(InvalidValue, match=r"put one alone in brackets: \['web-2'\]"):
        take_out(storage, "web-2", by="ann")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="all the records of their customers"):
        take_out(storage, [RecordId("web-1"), RecordId("web-2")], by="ann")
    with pytest.raises(InvalidValue, match=r"nothing is decided of 'a' and 'b'\.$"):
        withdraw(storage, "a", "b", by="ann")

    overrule(storage, take_out(storage, [RecordId("web-2")], by="ann", why="cousins"))
    with pytest.raises(
        Contradiction, match=r"ann took 'web-2' out .* but bo says that .* Withdraw one of them\."
    ):
        overrule(storage, Decision("web-1", "web-2", SAME, by="bo"))
    with pytest.raises(InvalidValue, match="Did you mean 'web-2 and web-1'"):
        withdraw(storage, "web-2", "web-11", by="ann")
    assert storage.identity.length() == 1


def test_said_twice_it_is_kept_once() -> None:
    """Withdrawn with all else that was said of the two, it may be said again."""
    storage, said = stored(TWO), Decision("a", "b", DISTINCT, by="ann")
    for _ in range(2):
        overrule(storage, said)
    assert in_force(storage) == (said,) == tuple(storage.identity.facts())
    overrule(storage, Split(("b",), ("a",), by="cid"))
    assert withdraw(storage, "b", "a", by="bo") == [said, Split(("b",), ("a",), by="cid")]
    overrule(storage, said)
    assert in_force(storage) == (said,)
    assert storage.identity.length() == 5


def test_a_person_is_never_said_to_be_an_organisation() -> None:
    """Neither directly nor by way of a third record; what became so later is a problem, and the run goes on."""
    person, firm = attrs.evolve(TWO[0], kind="person"), attrs.evolve(TWO[1], kind="organisation")
    storage = stored([person, firm, Record("c", "shop", ANN), Record("d", "shop", ANN)])
    overrule(storage, Decision("a", "c", SAME, by="ann"))
    with pytest.raises(Contradiction, match="'b' is of kind 'organisation' and 'a' of kind 'person'"):
        overrule(storage, Decision("b", "c", SAME, by="ann"))

    overrule(storage, Decision("c", "d", DISTINCT, by="ann"))
    storage.facts.add(records=[Record("c", "shop", ANN, kind="organisation")])
    customers = identify(storage)
    [problem] = [one for one in storage.facts.problems() if one.source == "decisions"]
    assert "not followed, for it cannot hold: ann says that 'a' and 'c' are the same; but" in problem.reason
    assert problem.reason.endswith("Withdraw it, or correct the record.")
    home = {str(record_id): one.id for one in customers for record_id in one.record_ids}
    assert home["a"] != home["c"] != home["d"]

    withdraw(storage, "a", "c", by="ann")
    identify(storage)
    assert [one for one in storage.facts.problems() if one.source == "decisions"] == []


def test_where_nothing_can_be_compared_a_persons_word_still_joins() -> None:
    """Records that say nothing are one customer if someone says so."""
    bare = [Record(name, "shop") for name in "abc"]
    storage = stored(bare)
    overrule(storage, Decision("b", "c", SAME, by="ann"))
    assert names(identify(storage)) == [("a",), ("b", "c")]
    storage.facts.forget()
    storage.facts.add(records=bare[:2])
    assert names(identify(storage)) == [("a",), ("b",)]


def test_two_who_speak_at_once_do_not_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decides without having read the other's word is told to try again."""
    storage = stored(TWO)
    records = storage.facts.records

    def meanwhile(ids: object = None) -> object:
        monkeypatch.undo()
        overrule(storage, Decision("a", "b", DISTINCT, by="bo"))
        return records(ids)  # type: ignore[arg-type]

    monkeypatch.setattr(storage.facts, "records", meanwhile)
    said = Decision("a", "b", SAME, by="ann")
    with pytest.raises(OutOfDate):
        overrule(storage, said)
    with pytest.raises(Contradiction):
        overrule(storage, said)


def test_the_job_does_again_what_a_word_concerns(tmp_path: Path) -> None:
    """A new word is new input: who is who, profiles and plan are made anew; the same words change nothing."""
    storage = MemoryStorage()

    def ran() -> list[bool]:
        run = run_job(
            storage,
            JsonLinesNotifier(tmp_path / "sent.jsonl"),
            RETAIL,
            lambda: Told(records=TWO),
            fingerprint="one",
            as_of=dt.datetime(2026, 6, 30, tzinfo=dt.UTC),
        )
        return [phase.skipped for phase in run.phases]

    assert ran() == [False] * 5
    assert names(storage.customers.customers()) == [("a", "b")]
    overrule(storage, take_out(storage, [RecordId("b")], by="ann", why="cousins"))
    assert ran() == [True, False, False, False, False]
    assert names(storage.customers.customers()) == [("a",), ("b",)]
    assert ran() == [True, True, True, True, False]
    assert "What people say of it\n  ann took 'b' out of 'a' and others: cousins" in str(
        explain(storage, "b")
    )
    withdraw(storage, "a", "b", by="ann")
    assert ran() == [True, False, False, False, False]
    assert names(storage.customers.customers()) == [("a", "b")]
    assert "What people say of it" not in str(explain(storage, "b"))


def test_a_word_that_no_resolver_could_take_in_is_not_kept() -> None:
    """The log may know them as a person and an organisation, whatever the stored records say of them."""
    storage = stored([Record(RecordId(key), "shop", {"name": "Ann"}, kind="person") for key in "ab"])
    told = (Added("a", "person"), Added("b", "organisation"))
    storage.identity.append(told, after=0)
    with pytest.raises(Contradiction, match="organisation"):
        overrule(storage, Decision("a", "b", SAME, by="ann"))

    assert tuple(storage.identity.facts()) == told
