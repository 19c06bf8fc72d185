"""A resolver whose log the storage keeps is the one that never stopped, wherever and however often it is loaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.sql import sqlite_storage
from crmkit.dedup import (
    DISTINCT,
    SAME,
    Added,
    Decision,
    Outcome,
    Removed,
    Resolver,
    Split,
    Withdrawn,
)
from crmkit.dedup.log import Fact
from crmkit.dedup.table import RecordKey
from crmkit.errors import CrmkitError, InvalidValue, OutOfDate, UnknownName
from crmkit.ports import Storage
from crmkit.workflows import catch_up, load_resolver, receive, tell
from test_dedup_resolver import ANN, MODEL, OTHER_MODEL, RECORDS, ZOE

Row = dict[str, object]
IDS: tuple[RecordKey, ...] = (1, 10, "1", "b", "é")
KEYS = st.sampled_from(IDS)
PAIRS = st.lists(KEYS, min_size=2, max_size=2, unique=True)
WORDS = st.one_of(
    st.builds(
        lambda pair, verdict: Decision(pair[0], pair[1], verdict, by="ann"),
        PAIRS,
        st.sampled_from((SAME, DISTINCT)),
    ),
    PAIRS.map(lambda pair: Split((pair[0],), (pair[1],), by="bo", why="cousins")),
)
TOLD: st.SearchStrategy[Row | Fact] = st.one_of(
    st.builds(lambda key, row: {"city": None, **row, "id": key}, KEYS, RECORDS),
    st.builds(lambda key, row: {"city": None, **row, "id": key}, KEYS, RECORDS),
    st.builds(Added, KEYS),
    st.builds(Removed, KEYS),
    WORDS,
    st.builds(Withdrawn, WORDS, by=st.just("cid")),
)
STEPS = st.lists(st.tuples(st.sampled_from((0, 1)), TOLD, st.booleans()), max_size=20)


def came_to(say: Callable[[], Outcome]) -> Outcome | type[CrmkitError]:
    """Return what was changed, or the kind of the error where it was refused."""
    try:
        return say()
    except CrmkitError as error:
        return type(error)


def alone(resolver: Resolver, told: Row | Fact) -> Outcome:
    """Tell a resolver that nobody keeps."""
    match told:
        case dict():
            return (resolver.update if told["id"] in resolver else resolver.add)(told)
        case Decision(a, b) if not {a, b} <= resolver.clusters.keys():
            raise UnknownName("record", "", ())
        case Split(ids, rest) if not {*ids, *rest} <= resolver.clusters.keys():
            raise UnknownName("record", "", ())
    return resolver.tell(told)


def kept(storage: Storage, resolver: Resolver, told: Row | Fact) -> Outcome:
    return receive(storage, resolver, told) if isinstance(told, dict) else tell(storage, resolver, told)


def state(resolver: Resolver) -> dict[str, object]:
    """Return everything that is known of who is who, and where every id that was given out leads."""
    leads = {}
    for name in (*IDS, *(f"{key}#{count}" for key in IDS for count in (2, 3))):
        with suppress(UnknownName):
            leads[name] = resolver.customer(name)
    return {
        "clusters": list(resolver.clusters.items()),
        "decisions": resolver.decisions,
        "refused": sorted(resolver.refused, key=repr),
        "leads": leads,
        "log": resolver.log,
    }


@contextmanager
def memory() -> Iterator[Callable[[], Storage]]:
    storage = MemoryStorage()
    yield lambda: storage


@contextmanager
def sqlite() -> Iterator[Callable[[], Storage]]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield lambda: sqlite_storage(Path(folder) / "crm.sqlite")


@pytest.mark.parametrize("store", [memory, sqlite])
@settings(deadline=None, max_examples=60)
@given(steps=STEPS)
def test_restarted_anywhere_it_is_the_one_that_never_stopped(
    store: Callable[[], AbstractContextManager[Callable[[], Storage]]],
    steps: list[tuple[int, Row | Fact, bool]],
) -> None:
    """Two processes take turns, either may stop at any time: customers, decisions, refusals and ids stay equal."""
    never_stopped = Resolver(MODEL)
    with store() as open_storage:
        storages = [open_storage(), open_storage()]
        resolvers = [load_resolver(storages[0], MODEL), load_resolver(storages[1])]
        for process, told, stops in steps:
            if stops:
                storages[process] = open_storage()
                resolvers[process] = load_resolver(storages[process])
            got = came_to(lambda: kept(storages[process], resolvers[process], told))  # noqa: B023
            assert got == came_to(lambda: alone(never_stopped, told))  # noqa: B023
            assert state(resolvers[process]) == state(never_stopped)
        for storage, resolver in zip(storages, resolvers, strict=True):
            catch_up(storage, resolver)
            assert state(resolver) == state(never_stopped)
            assert tuple(storage.identity.facts()) == never_stopped.log


def test_what_others_kept_is_taken_in_first() -> None:
    """Each follower learns of the other's records before it says something, or when it catches up."""
    storage = MemoryStorage()
    mine, other = load_resolver(storage, MODEL), load_resolver(storage)
    receive(storage, mine, {**ANN, "id": "a"})
    assert receive(storage, other, {**ANN, "id": "b"}).customer_id == "a"

    assert [outcome.customer_id for outcome in catch_up(storage, mine)] == ["a"]
    assert catch_up(storage, mine) == []
    assert mine.clusters == other.clusters == {"a": "a", "b": "a"}


def test_what_is_refused_is_not_kept() -> None:
    """A second record of one id, and a word about nobody, leave the log as it was."""
    storage = MemoryStorage()
    resolver = load_resolver(storage, MODEL)
    receive(storage, resolver, {**ANN, "id": "web_1"})
    with pytest.raises(InvalidValue, match="is there already"):
        tell(storage, resolver, Added("web_1"))
    with pytest.raises(UnknownName, match=r"no record is called 'web_2'\. Did you mean 'web_1'"):
        tell(storage, resolver, Decision("web_1", "web_2", SAME, by="ann"))

    assert tuple(storage.identity.facts()) == resolver.log
    assert resolver.position == storage.identity.length() == 1
    assert ("web_1" in resolver, "web_2" in resolver) == (True, False)


def test_whose_unit_was_undone_is_told_to_load_again() -> None:
    """What a resolver was told cannot be untold, so it says no more before it is loaded again."""
    storage = MemoryStorage()
    resolver = load_resolver(storage, MODEL)
    with suppress(ZeroDivisionError), storage.unit():
        receive(storage, resolver, {**ANN, "id": "a"})
        raise ZeroDivisionError
    with pytest.raises(OutOfDate, match="read the log again from its beginning"):
        receive(storage, resolver, {**ZOE, "id": "z"})

    assert receive(storage, load_resolver(storage), {**ZOE, "id": "z"}).customer_id == "z"


def test_a_late_writer_tries_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another is quicker between reading and writing, nothing is told, and the next try succeeds."""
    storage, others = sqlite_storage(tmp_path / "crm.sqlite"), sqlite_storage(tmp_path / "crm.sqlite")
    resolver = load_resolver(storage, MODEL)
    append = storage.identity.append

    def late(facts: object, *, after: int) -> None:
        monkeypatch.undo()
        others.identity.append([Added("a")], after=0)
        append(facts, after=after)  # type: ignore[arg-type]

    monkeypatch.setattr(storage.identity, "append", late)
    with pytest.raises(OutOfDate, match="another wrote meanwhile"):
        tell(storage, resolver, Added("b"))
    assert resolver.position == 0

    tell(storage, resolver, Added("b"))
    assert list(storage.identity.facts()) == [Added("a"), Added("b")] == list(resolver.log)


def test_the_model_is_kept_beside_the_log() -> None:
    """Whoever loads decides as the others do; where none is kept, it says what to give."""
    storage = MemoryStorage()
    with pytest.raises(InvalidValue, match="no model is kept to resolve by; give one"):
        load_resolver(storage)
    assert load_resolver(storage, OTHER_MODEL).model == load_resolver(storage).model == OTHER_MODEL
    load_resolver(storage, MODEL)
    assert load_resolver(storage).model == MODEL
