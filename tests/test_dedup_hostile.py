"""Hostile input: whatever is thrown at identity, there is a clear answer soon, and memory stays small."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random

import pytest

from crmkit.dedup import (
    ADDRESS,
    DATE,
    EMAIL,
    FULL_NAME,
    PHONE,
    Block,
    Comparison,
    Decision,
    Model,
    Policy,
    Resolver,
    propose,
    resolve,
    train,
)
from crmkit.dedup.decision import DISTINCT, SAME
from crmkit.dedup.table import RecordKey
from crmkit.errors import Contradiction, InvalidValue
from crmkit.model.values import is_unicode

Rows = list[dict[str, object]]

SECONDS = 1.0
"""Of the processor, for each step; a shared machine may be slower, and gets `SLACK` times as long."""
SLACK = 3
MEGABYTES = 150
WILD = (
    "🌸" * 5,
    "\u202eabc",
    "\u200b\u200d\ufeff",
    "\ud800",
    "x\udfffy",
    "ع" * 5,
    "👩\u200d👩\u200d👧",
    "\x00",
    "a\u0301" * 50,
    "ﷺ" * 50,
    "٠١٢٣٤٥٦٧٨٩",
    "𝒜𝓃𝓃",
    "'; DROP TABLE records; --",
    "=cmd|' /C calc'!A0",
)
POLICY = Policy(
    comparisons=(
        Comparison("name", FULL_NAME, term_frequency=True),
        Comparison("email", EMAIL),
        Comparison("phone", PHONE),
        Comparison("born_on", DATE),
        Comparison("address", ADDRESS),
    ),
    blocking=(Block("name"), Block("email"), Block("phone"), Block("name (given)", "born_on")),
)


def _word(rng: Random, size: int = 6) -> str:
    return "".join(rng.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(size))


def _people(size: int, seed: int = 1) -> Rows:
    rng = Random(seed)
    return [
        {
            "id": f"r{number}",
            "name": f"{_word(rng)} {_word(rng, 7)}",
            "email": f"{_word(rng, 8)}@{_word(rng, 5)}.pt",
            "phone": f"138{rng.randrange(10**8):08d}",
        }
        for number in range(size)
    ]


@contextmanager
def soon(seconds: float = SECONDS) -> Iterator[None]:
    """Check that what is done inside takes no more than so many seconds of the processor."""
    before = time.process_time()
    yield
    assert time.process_time() - before < SLACK * seconds


@pytest.fixture(scope="module")
def model() -> Model:
    """Return a model of ordinary people; training it also loads what is loaded once."""
    rows = _people(300)
    return train(rows, POLICY)


def _whole(rows: Rows) -> Mapping[RecordKey, RecordKey]:
    """Return the customers of *rows* with no configuration at all, each step soon done."""
    with soon():
        policy = propose(rows)
    with soon():
        fitted = train(rows, policy)
    with soon():
        return resolve(rows, fitted).clusters


def _phone_of_all(rows: Rows) -> Rows:
    return [{**row, "phone": "13812345678" if place else "13812345679"} for place, row in enumerate(rows)]


def _long(rows: Rows) -> Rows:
    giants = {
        "name": "x" * 1_000_000,
        "email": "@" * 1_000_000,
        "phone": "1 " * 500_000,
        "address": "王 " * 500_000,
    }
    return [{**row, **(giants if place < 3 else {})} for place, row in enumerate(rows[:300])]


def _wild(rows: Rows) -> Rows:
    size = len(WILD)
    return [
        {
            "id": place,
            "name": WILD[place % size],
            "email": f"{WILD[3 * place % size]}@x.pt",
            "phone": WILD[7 * place % size],
            "address": WILD[(7 * place + 1) % size],
        }
        for place in range(300)
    ]


def _many_columns(rows: Rows) -> Rows:
    rng = Random(2)
    return [
        {**row, **{f"c{column}": _word(rng, 4) if (place + column) % 3 else None for column in range(1_000)}}
        for place, row in enumerate(rows[:200])
    ]


@pytest.mark.parametrize(
    ("change", "size"),
    [
        (_phone_of_all, 10_000),
        (lambda rows: [{**row, "name": "王芳" if place else "李四"} for place, row in enumerate(rows)], 10_000),
        (_long, 300),
        (_wild, 300),
        (lambda rows: [{**row, "city": None, "company": ""} for row in rows[:1_000]], 1_000),
        (lambda rows: rows[:1], 1),
        (_many_columns, 200),
        (lambda rows: [{**row, "email": [f"a{n}@x{row['id']}.pt" for n in range(500)]} for row in rows[:40]], 40),
    ],
    ids=["one phone", "one name", "a megabyte", "wild signs", "an empty column", "one record", "1,000 columns",
         "500 addresses"],
)  # fmt: skip
def test_hostile_tables_are_resolved_soon(model: Model, change: Callable[[Rows], Rows], size: int) -> None:
    """No configuration, no labels: every record has a customer, and nobody is one with someone else."""
    del model  # what is loaded once is loaded
    clusters = _whole(change(_people(10_000)))

    assert len(clusters) == len(set(clusters.values())) == size


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no records"),
        ([{"id": place, "name": None, "email": ""} for place in range(1_000)], "empty, or says the same"),
        ([{**_people(1)[0], "id": place} for place in range(10_000)], "empty, or says the same"),
        ([{"id": place, "note": f"{place}-x"} for place in range(100)], "no column says who someone is"),
    ],
    ids=["no record", "all empty", "10,000 equal records", "nothing but remarks"],
)
def test_what_nothing_can_be_learnt_of_is_refused_in_a_sentence(rows: Rows, words: str) -> None:
    """The error says what is the matter with the columns."""
    with soon(), pytest.raises(InvalidValue, match=words):
        propose(rows)


def test_a_column_that_varies_late_still_counts() -> None:
    """A table may be sorted: what the first thousands have in common is no reason to leave a column out."""
    rows = [{**_people(1)[0], "id": place} for place in range(9_990)] + _people(10)
    assert {one.field for one in propose(rows).comparisons} == {"name", "email", "phone"}


def test_ten_thousand_equal_records_are_resolved_and_said_to_link_nothing(model: Model) -> None:
    """Under a policy of one's own they are no error: values that all share are no evidence, and that is said."""
    rows = [{**_people(1)[0], "id": place} for place in range(10_000)]
    with soon():
        result = resolve(rows, model)

    assert len(set(result.clusters.values())) == 10_000
    assert {one.field for one in result.problems} >= {"email", "phone", "name"}


def test_the_same_id_over_and_over_is_one_record(model: Model) -> None:
    """The first one counts, and each other one is named."""
    with soon():
        result = resolve([_people(1)[0]] * 1_000, model)

    assert len(result.clusters) == 1
    assert len(result.problems) == 999
    assert result.problems[-1].row == 1_000


@pytest.mark.parametrize("rows", [[], _people(1)], ids=["no record", "one record"])
def test_hardly_any_records_can_be_trained_on_and_resolved(model: Model, rows: Rows) -> None:
    """Nothing is not an error where there is a policy."""
    with soon():
        assert len(resolve(rows, model).clusters) == len(rows)
    with soon():
        train(rows, POLICY)


def test_decisions_that_contradict_each_other_are_refused_both_named(model: Model) -> None:
    """Before any work starts."""
    rows = _people(3)
    said = [
        Decision("r0", "r1", SAME, by="ann"),
        Decision("r1", "r2", SAME, by="ben"),
        Decision("r0", "r2", DISTINCT, by="cleo"),
    ]
    with soon(), pytest.raises(Contradiction, match="cleo"):
        resolve(rows, model, decisions=said)


def test_a_resolver_takes_hostile_records_one_by_one(model: Model) -> None:
    """Each of them is added within a second, and what they have in common links nobody."""
    giants: Rows = [
        {"id": "long name", "name": "x" * 1_000_000},
        {"id": "long mail", "email": "@" * 1_000_000},
        {"id": "long phone", "phone": "1 " * 500_000},
        {"id": "long address", "address": "王 " * 500_000},
        {"id": "many values", "name": ["x"] * 100_000},
    ]
    for row in [*giants, *_wild([])]:
        resolver = Resolver(model)
        with soon():
            if any(not is_unicode(str(value)) for value in row.values()):
                with pytest.raises(InvalidValue, match="no Unicode; leave the broken characters out"):
                    resolver.add(row)
            else:
                assert resolver.add(row).customer_id == row["id"]
    resolver = Resolver(model)
    with soon(2):
        for row in _phone_of_all(_people(1_000)):
            resolver.add(row)
    assert len(set(resolver.clusters.values())) == 1_000


@pytest.mark.parametrize("change", [_phone_of_all, _long], ids=["one phone", "a megabyte"])
def test_memory_stays_small(model: Model, change: Callable[[Rows], Rows]) -> None:
    """What many share, or what is long, is not multiplied."""
    rows = change(_people(5_000))
    tracemalloc.start()
    resolve(rows, model)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < MEGABYTES * 1_000_000
