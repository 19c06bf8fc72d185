"""Bad rows: whatever is wrong with a row is said with its file, row, field and reason, and nothing else is."""

from __future__ import annotations

import csv
import datetime as dt
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random

import pytest

from crmkit.adapters.imports import facts_of_files
from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.notify import JsonLinesNotifier
from crmkit.adapters.sql import sqlite_storage
from crmkit.errors import Problem
from crmkit.model import Place, Record, RecordId
from crmkit.playbook import RETAIL
from crmkit.ports import Storage
from crmkit.workflows import run_job
from crmkit.workflows.identify import identify

AS_OF = dt.datetime(2024, 6, 1, tzinfo=dt.UTC)
BAD_PEOPLE: tuple[tuple[str, str, str], ...] = (
    ("email", "ann@@x.example", "is no e-mail address"),
    ("email", "ann at x", "is no e-mail address"),
    ("email", "noreply@x.example", "placeholder"),
    ("email", "test@test.com", "placeholder"),
    ("phone", "call me", "is no phone number"),
    ("phone", "1.38E+10", "digits are lost"),
    ("phone", "1381234", "with the country"),
    ("phone", "11111111111", "placeholder"),
    ("phone", "无", "placeholder"),
    ("born_on", "1990-13-45", "date or time"),
    ("born_on", "soon", "date or time"),
    ("born_on", "1970-01-01", "placeholder"),
    ("kind", "robot", "'person' or 'organisation'"),
    ("id", "", "no id is given"),
    ("name", "先生", "placeholder"),
    ("name", "王" * 300, "longer than 256"),
    ("name", "13812345678", "a number where a name"),
    ("size", "many", "number"),
)
BAD_DEEDS: tuple[tuple[str, str, str], ...] = (
    ("amount", "twelve", "number"),
    ("kind", "flying", "no activity kind"),
    ("customer_id", "", "no customer is named"),
    ("at", "2024-02-31 10:00", "date or time"),
    ("at", "", "no time is given"),
    ("currency", "gold", "ISO 4217"),
)
Planted = dict[tuple[str, int, str], str]


def _people(rng: Random, size: int) -> Iterable[dict[str, str]]:
    given = ["Ana", "Bea", "Cleo", "Dora", "Eva", "Fay", "Gil", "Hal"]
    family = ["Sousa", "Hill", "Brown", "Klein", "Moreau", "Rossi"]
    for number in range(size):
        yield {
            "id": f"p{number}",
            "name": f"{rng.choice(given)}{number:x} {rng.choice(family)}".translate(_LETTERS),
            "email": f"u{number}@mail{number % 97}.example",
            "phone": f"13{rng.choice('5678')}{20_000_000 + 7 * number}",
            "born_on": str(dt.date(1970, 1, 2) + dt.timedelta(days=rng.randrange(15_000))),
            "kind": "person",
            "size": "",
        }


def _deeds(size: int) -> Iterable[dict[str, str]]:
    for number in range(size):
        at = dt.datetime(2024, 1, 1) + dt.timedelta(minutes=number)
        yield {
            "customer_id": f"p{number}",
            "kind": "purchase",
            "at": f"{at:%Y-%m-%d %H:%M}",
            "amount": f"{number}.50",
            "currency": "CNY",
        }


_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def _write(
    path: Path, rows: Iterable[Mapping[str, str]], bad: tuple[tuple[str, str, str], ...], every: int
) -> Planted:
    """Write *rows* with a bad cell in each *every*-th, and return where, and what is to be said of it."""
    planted: Planted = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer: csv.DictWriter[str] | None = None
        for number, row in enumerate(rows, start=1):
            written = dict(row)
            if number % every == 0:
                field, value, reason = bad[number // every % len(bad)]
                written[field] = value
                planted[(path.name, number, field)] = reason
            if writer is None:
                writer = csv.DictWriter(file, list(written))
                writer.writeheader()
            writer.writerow(written)
    return planted


def _told(problems: Iterable[Problem]) -> dict[tuple[str, int, str], list[str]]:
    told: dict[tuple[str, int, str], list[str]] = {}
    for one in problems:
        if one.row:
            told.setdefault((one.source, one.row, one.field), []).append(one.reason)
    return told


def _run(storage: Storage, folder: Path) -> None:
    told, fingerprint = facts_of_files(
        [folder / "people.csv"], [folder / "deeds.csv"], zone="Asia/Shanghai", sources=["people.csv=crm"]
    )
    notifier = JsonLinesNotifier(folder / "sent.jsonl")
    run_job(storage, notifier, RETAIL, lambda: told, fingerprint=fingerprint, as_of=AS_OF)


@pytest.mark.parametrize("kept", ["memory", "sql"])
def test_every_bad_cell_is_named_where_it_stands_and_no_good_one_is(tmp_path: Path, kept: str) -> None:
    """Intake and identity together name file, row, field and reason of each planted cell, and of no other."""
    rng = Random(5)
    planted = _write(tmp_path / "people.csv", _people(rng, 720), BAD_PEOPLE, 20)
    planted |= _write(tmp_path / "deeds.csv", _deeds(240), BAD_DEEDS, 20)
    storage: Storage = MemoryStorage() if kept == "memory" else sqlite_storage(tmp_path / "crm.db")
    _run(storage, tmp_path)

    told = _told(storage.facts.problems())
    assert told.keys() == planted.keys()
    for where, reason in planted.items():
        assert any(reason in one for one in told[where]), where


def test_identity_finds_the_rows_again_when_the_records_come_from_the_storage(tmp_path: Path) -> None:
    """A job that was killed after intake names the same rows as one that ran through."""
    storage = sqlite_storage(tmp_path / "crm.db")
    records = [
        Record(
            RecordId(f"r{number}"),
            "crm",
            {"email": email, "name": f"Ann {name}"},
            place=Place("a.csv", number),
        )
        for number, (email, name) in enumerate(
            [("ann@x.example", "Hill"), ("noreply@x.example", "Brown"), ("bob@y.example", "Klein")], start=1
        )
    ]
    storage.facts.add(records=records)
    identify(storage)

    assert [(one.source, one.row, one.field) for one in storage.facts.problems()] == [("a.csv", 2, "email")]
    assert [record.place for record in storage.facts.records()] == [record.place for record in records]


def test_the_work_of_identity_grows_with_the_records_and_no_faster() -> None:
    """Ten times as many records take about ten times as long, not a hundred times."""

    def seconds(size: int) -> float:
        storage = MemoryStorage()
        told = [Record(RecordId(f"r{number}"), "crm", {"note": str(number)}) for number in range(size)]
        before = time.process_time()
        identify(storage, told=told)
        return time.process_time() - before

    seconds(10)
    assert seconds(40_000) < 25 * seconds(4_000)
