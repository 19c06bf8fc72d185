"""Both storage adapters keep what the ports promise."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, text

from crmkit import InvalidValue
from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.sql import SqlStorage, sqlite_storage
from crmkit.adapters.sql.tables import schema
from crmkit.care import Decision
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
    assert path.read_bytes()[100:] == before[100:]


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
