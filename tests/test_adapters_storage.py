"""Both storage adapters keep what the ports promise."""

import datetime as dt
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, insert, text

from crmkit import InvalidValue, OutOfDate
from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.sql import SqlStorage, identity, sqlite_storage
from crmkit.adapters.sql.tables import metadata, schema
from crmkit.care import Decision
from crmkit.dedup.log import Added, Removed
from crmkit.errors import Problem
from crmkit.model import CustomerId, Record, RecordId
from crmkit.testing import check_storage


def test_memory_keeps_the_contract() -> None:
    """The reference keeps what every storage promises."""
    check_storage(MemoryStorage)


def test_sqlite_keeps_the_contract(tmp_path: Path) -> None:
    """SQLite in a file keeps what every storage promises."""
    numbers = count()
    check_storage(lambda: sqlite_storage(tmp_path / f"{next(numbers)}.sqlite"))


def test_what_is_kept_is_there_after_a_restart(tmp_path: Path) -> None:
    """A second process finds what the first one wrote."""
    record = Record(RecordId("r1"), "shop", {"name": "王小明"})
    sqlite_storage(tmp_path / "crm.sqlite").facts.add(records=[record])
    assert list(sqlite_storage(tmp_path / "crm.sqlite").facts.records()) == [record]


def test_a_file_that_is_no_data_base_is_refused(tmp_path: Path) -> None:
    """Nothing is written into a file of the user's that only has the name."""
    path = tmp_path / "notes.txt"
    path.write_text("dear diary, " * 100)
    with pytest.raises(InvalidValue, match=r"notes\.txt cannot be opened as a data base"):
        sqlite_storage(path)
    assert path.read_text().startswith("dear diary")


def test_the_data_base_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """crmkit writes no tables between someone else's."""
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("create table customers (id integer)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InvalidValue, match="is the data base of something else"):
        sqlite_storage(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def laid_out(path: Path) -> list[object]:
    """Return every table and index of a data base, and what version it says it has."""
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("select type, name, sql from sqlite_master order by type, name").fetchall()
        return [*made, *connection.execute("select version from crmkit_schema")]


@contextmanager
def at_each_statement(reached: Callable[[], object]) -> Iterator[None]:
    """Call *reached* before every statement that any data base is about to get."""

    def before(*_: object) -> None:
        reached()

    event.listen(Engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", before)


def test_killed_while_the_tables_are_made_it_ends_as_a_clean_run(tmp_path: Path) -> None:
    """What the disk holds before each statement, which is what a kill leaves, opens and becomes a whole data base."""
    clean = tmp_path / "clean"
    clean.mkdir()
    left: list[Path] = []

    def keep() -> None:
        left.append(shutil.copytree(clean, tmp_path / f"{len(left)}"))

    with at_each_statement(keep):
        sqlite_storage(clean / "crm.sqlite")
    assert len(left) > 2 * len(metadata.tables)
    for folder in left:
        sqlite_storage(folder / "crm.sqlite")
        assert laid_out(folder / "crm.sqlite") == laid_out(clean / "crm.sqlite")


def test_a_disk_that_is_full_leaves_no_half_of_the_tables(tmp_path: Path) -> None:
    """A statement that fails takes back those before it, whichever it is, and the next try succeeds."""
    sqlite_storage(tmp_path / "clean")
    for last in count(1):
        path = tmp_path / f"{last}"
        steps = iter(range(last))

        def full(steps: Iterator[int] = steps) -> None:
            if next(steps, None) is None:
                raise OSError("no space left")

        with at_each_statement(full):
            try:
                sqlite_storage(path)
                break
            except OSError:
                pass
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("select name from sqlite_master").fetchall() == []
        sqlite_storage(path)
        assert laid_out(path) == laid_out(tmp_path / "clean")
    assert last > 2 * len(metadata.tables)


def test_half_a_data_base_is_made_whole(tmp_path: Path) -> None:
    """Tables made one by one, of which a kill left some: what is there stays, the rest and the version are added."""
    clean, half = tmp_path / "clean", tmp_path / "half"
    record = Record(RecordId("r1"), "shop")
    sqlite_storage(clean)
    sqlite_storage(half).facts.add(records=[record])
    with closing(sqlite3.connect(half)) as connection:
        connection.executescript(
            "drop table phases; drop index ix_ledger_state; delete from crmkit_schema; vacuum"
        )
    assert list(sqlite_storage(half).facts.records()) == [record]
    assert laid_out(half) == laid_out(clean)


def test_a_data_base_that_lost_a_table_is_refused(tmp_path: Path) -> None:
    """What was whole once and is no more has lost facts; an empty table would hide that."""
    path = tmp_path / "crm.sqlite"
    sqlite_storage(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("drop table activities")
    with pytest.raises(InvalidValue, match="has lost the table 'activities'; put a copy of it back"):
        sqlite_storage(path)


def test_two_workers_never_take_the_same(tmp_path: Path) -> None:
    """Two processes that empty one outbox at once share it between them."""
    path = tmp_path / "crm.sqlite"
    storage = sqlite_storage(path)
    at = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    decisions = [
        Decision(
            outcome="SEND",
            rule="r",
            customer_id=CustomerId(f"c{n}"),
            purpose="service",
            template="t",
            channel="email",
            occurrence="once",
            key=f"k{n:03}",
            at=at,
        )
        for n in range(200)
    ]
    storage.ledger.record(decisions)

    def work(name: str) -> list[str]:
        mine = sqlite_storage(path)
        taken: list[str] = []
        while some := mine.ledger.claim(
            worker=f"{name}{len(taken)}", at=at, lease=dt.timedelta(hours=1), limit=7
        ):
            taken += [one.key for one in some]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [key for keys in pool.map(work, ["ann", "bob", "cid", "dan"]) for key in keys]
    assert sorted(taken) == [one.key for one in decisions]


def test_two_writers_never_interleave(tmp_path: Path) -> None:
    """Four processes that append to one log at once: each fact is kept once, and who was late was told so."""
    path = tmp_path / "crm.sqlite"
    sqlite_storage(path)

    def work(name: str) -> int:
        log, late = sqlite_storage(path).identity, 0
        for number in range(25):
            known = 0
            while True:
                try:
                    log.append([Added(f"{name}{number}"), Removed(f"{name}{number}")], after=known)
                    break
                except OutOfDate as error:
                    known, late = error.length, late + 1
        return late

    with ThreadPoolExecutor(4) as pool:
        late = sum(pool.map(work, "abcd"))
    facts = list(sqlite_storage(path).identity.facts())
    assert late > 4
    added = [fact.id for fact in facts if isinstance(fact, Added)]
    assert sorted(map(str, added)) == sorted(f"{name}{number}" for name in "abcd" for number in range(25))
    assert facts == [fact for one in added for fact in (Added(one), Removed(one))]


def test_where_nothing_locks_the_primary_key_tells_who_was_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another data base may let two writers begin at once; the second one keeps nothing, and is told."""
    path = tmp_path / "crm.sqlite"
    mine, other = sqlite_storage(path), sqlite_storage(path)
    monkeypatch.setattr(identity, "begin", lambda connection: None)
    length, meanwhile = mine.identity.length, iter([Removed("r2")])

    def read_too_early() -> int:
        found = length()
        for fact in meanwhile:
            other.identity.append([fact], after=found)
        return found

    monkeypatch.setattr(mine.identity, "length", read_too_early)
    with pytest.raises(OutOfDate, match="0 facts are known and the log holds 1"):
        mine.identity.append([Removed("r1")], after=0)
    assert list(mine.identity.facts()) == [Removed("r2")]


def test_what_is_told_last_counts_in_whatever_stretch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of facts with one id the last stands, told in one stretch or in several, first or later."""
    monkeypatch.setattr("crmkit.adapters.sql.session.BATCH", 2)
    facts = sqlite_storage(tmp_path / "crm.sqlite").facts
    told = [Record(RecordId(f"r{number}"), "shop", {"round": turn}) for turn in (1, 2) for number in range(3)]

    for _ in range(2):
        facts.add(records=told)

        assert [(one.id, one["round"]) for one in facts.records()] == [("r0", 2), ("r1", 2), ("r2", 2)]


def test_a_number_beyond_64_bits_is_said(tmp_path: Path) -> None:
    """What no column holds is refused whole, and taking more than there can be takes all there is."""
    storage = sqlite_storage(tmp_path / "crm.sqlite")
    good, wrong = (Problem(source="shop", row=row, reason="no date") for row in (1, 2**63))
    with pytest.raises(InvalidValue, match="must fit into 64 bits"):
        storage.facts.replace_problems("intake", [good, wrong])
    assert list(storage.facts.problems()) == []
    at = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
    assert storage.ledger.claim(worker="ann", at=at, lease=dt.timedelta(hours=1), limit=2**63) == []


def test_a_newer_schema_is_refused() -> None:
    """An old crmkit does not touch what a newer one wrote."""
    engine = create_engine("sqlite://")
    SqlStorage(engine)
    with engine.begin() as connection:
        connection.execute(insert(schema).values(version=99))
    with pytest.raises(InvalidValue, match="schema version 99"):
        SqlStorage(engine)


def test_names_and_tiers_can_be_read_in_sql(tmp_path: Path) -> None:
    """A host that knows SQL needs no crmkit to count its problems by source."""
    storage = sqlite_storage(tmp_path / "crm.sqlite")
    storage.facts.add(records=[Record(RecordId("r1"), "shop"), Record(RecordId("r2"), "shop")])
    engine = create_engine(f"sqlite:///{tmp_path / 'crm.sqlite'}")
    with engine.connect() as connection:
        counts = connection.execute(text("select source, count(*) from records group by source")).all()
    engine.dispose()
    assert [tuple(row) for row in counts] == [("shop", 2)]


@pytest.mark.parametrize("make", [MemoryStorage], ids=["memory"])
def test_make_gives_an_empty_store(make: Callable[[], MemoryStorage]) -> None:
    """Two stores share nothing."""
    make().facts.add(records=[Record(RecordId("r1"), "shop")])
    assert list(make().facts.records()) == []
