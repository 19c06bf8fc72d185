"""Imports: several files become facts, and nothing in one takes away from another."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crmkit.adapters.imports import facts_of_files, source_names
from crmkit.adapters.memory import MemoryStorage
from crmkit.errors import InvalidValue, UnknownName
from crmkit.workflows.history import load_history
from crmkit.workflows.identify import identify

CRM = """id,name,email,phone
1,Ana Sousa,ana@x.example,+351912345678
2,Li Wei,li@x.example,13800138000
"""
SHOP = """id,name,email,phone
1,王小明,ming@x.example,13900139000
2,Li Wei,li@x.example,13800138000
3,Zoe Jones,zoe@x.example,13700137000
"""
ORDERS = """customer,order no,date,amount
1,100,2024-01-05T10:00Z,10
2,101,2024-01-06T10:00Z,20
3,102,2024-01-07T10:00Z,30
"""


def write(folder: Path, **texts: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{name}.csv" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def spent(records: list[Path], activities: list[Path], *sources: str) -> tuple[dict[str, int], list[str]]:
    """Return what each customer spent, by their name or id, and the problems that identity found."""
    told, _ = facts_of_files(records, activities, sources=sources, currency="CNY")
    storage = MemoryStorage()
    storage.facts.add(records=told.records, activities=told.activities)
    names = {one.id: one.name or one.id for one in identify(storage)}
    history = load_history(storage)
    money = {
        names[who]: sum(fact.amount_minor or 0 for fact in facts) for who, facts in history.activities.items()
    }
    return money, [one.reason for one in storage.facts.problems()]


def test_money_goes_to_nobody_who_did_not_spend_it(tmp_path: Path) -> None:
    """Two sources count from 1: 2 is the same person in both; whose 1 is cannot be known, and is said."""
    crm, shop, orders = write(tmp_path, crm=CRM, shop=SHOP, orders=ORDERS)
    money, reasons = spent([crm, shop], [orders])

    assert money == {"1": 1000, "Li Wei": 2000, "Zoe Jones": 3000}
    [reason] = reasons
    assert reason.startswith("1 facts are told of '1', an id of 2 customers: 'crm.csv:1', 'shop.csv:1'")
    assert "--source" in reason


def test_a_named_source_tells_whose_money_it_is(tmp_path: Path) -> None:
    """Told that the orders are the shop's, each goes to the shop's customer; the files' order does not matter."""
    crm, shop, orders = write(tmp_path, crm=CRM, shop=SHOP, orders=ORDERS)
    named = (f"{shop}=web", "orders.csv=web")
    expected = {"王小明": 1000, "Li Wei": 2000, "Zoe Jones": 3000}

    assert spent([crm, shop], [orders], *named) == (expected, [])
    assert spent([shop, crm], [orders], *named) == (expected, [])


def test_each_source_has_its_own_orders(tmp_path: Path) -> None:
    """Orders of both sources, both counting from 1: nothing is mixed up and nothing lost."""
    crm, shop, orders, sales = write(
        tmp_path, crm=CRM, shop=SHOP, orders=ORDERS, sales=ORDERS.replace("10:", "11:")
    )
    named = ("shop.csv=web", "orders.csv=web", "crm.csv=crm", "sales.csv=crm")
    money, reasons = spent([crm, shop], [orders, sales], *named)

    assert money == {"王小明": 1000, "Ana Sousa": 1000, "Li Wei": 4000, "Zoe Jones": 3000, "crm:3": 3000}
    assert reasons == []


def test_the_next_export_of_a_system_is_of_the_same_people(tmp_path: Path) -> None:
    """Where the evidence says so they are one, and whatever is told of their id is theirs."""
    jan, feb, orders = write(tmp_path, jan=CRM, feb=CRM.replace("ana@x", "a.sousa@y"), orders=ORDERS)
    money, reasons = spent([jan, feb], [orders], *(f"{one}=crm" for one in (jan, feb, orders)))

    assert money == {"Ana Sousa": 1000, "Li Wei": 2000, "3": 3000}
    assert reasons == []


def test_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    """Two shops that both keep a people.csv and an orders.csv lose neither people nor money."""
    here = write(tmp_path / "a", people=CRM, orders=ORDERS)
    there = write(tmp_path / "b", people=SHOP, orders=ORDERS.replace(",1", ",2"))
    far = write(tmp_path / "c", people=CRM.replace("Ana", "Eva"))
    told, _ = facts_of_files([here[0], there[0], far[0]], [here[1], there[1]], currency="CNY")

    assert len(told.records) == 7
    assert len({record.id for record in told.records}) == 7
    assert {record.source for record in told.records} == {"a/people.csv", "b/people.csv", "c/people.csv"}
    assert sum(fact.amount_minor or 0 for fact in told.activities) == 6000 + 7000
    assert source_names([*here, *far])[here[1]] == "orders.csv"


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    """By its own name or as a copy: nothing counts twice, and it is said; as records and activities it is two."""
    orders, copy = write(tmp_path, orders=ORDERS, copy=ORDERS)
    once, digest = facts_of_files([], [orders], currency="CNY")
    again, _ = facts_of_files([], [orders, copy, orders], currency="CNY")
    both, other = facts_of_files([orders], [orders], currency="CNY")

    assert again.activities == once.activities
    assert [str(one) for one in again.problems] == [
        "copy.csv: the file holds the same as orders.csv; it is read once",
        "orders.csv: the file is given twice; it is read once",
    ]
    assert (len(both.records), len(both.activities)) == (3, 3)
    assert digest != other


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_is_the_file_it_leads_to(tmp_path: Path) -> None:
    """The file counts once under both names; links in a circle, or to nowhere, are refused in a sentence."""
    [orders] = write(tmp_path, orders=ORDERS)
    link, one, other = (tmp_path / f"{name}.csv" for name in ("link", "one", "other"))
    link.symlink_to(orders)
    one.symlink_to(other)
    other.symlink_to(one)
    told, _ = facts_of_files([], [orders, link], currency="CNY")

    assert len(told.activities) == 3
    assert [str(one) for one in told.problems] == ["orders.csv: the file is given twice; it is read once"]
    with pytest.raises(InvalidValue, match="is a link that leads to no file"):
        facts_of_files([], [one], currency="CNY")


def test_the_digest_tells_inputs_apart(tmp_path: Path) -> None:
    """What could change a fact changes the digest; where a file lies does not."""
    [orders] = write(tmp_path, orders=ORDERS)
    [moved] = write(tmp_path / "elsewhere", orders=ORDERS)
    digests = [
        facts_of_files([], [path], currency="CNY", **options)[1]
        for path, options in (
            (orders, {}),
            (moved, {}),
            (orders, {"sources": ["orders.csv=shop"]}),
            (orders, {"mapping": ["order_id=order no"]}),
            (orders, {"zone": "Asia/Shanghai"}),
        )
    ]

    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("orders.csv", InvalidValue, "file=source"),
        ("=shop", InvalidValue, "file=source"),
        ("oders.csv=shop", UnknownName, "Did you mean 'orders.csv'"),
    ],
)
def test_a_source_that_makes_no_sense_is_refused(
    tmp_path: Path, source: str, error: type[Exception], message: str
) -> None:
    """The sentence says how to write it, or offers the closest file."""
    [orders] = write(tmp_path, orders=ORDERS)

    with pytest.raises(error, match=message):
        facts_of_files([], [orders], sources=[source])
    with pytest.raises(InvalidValue, match="names two sources"):
        facts_of_files([], [orders], sources=["orders.csv=a", f"{orders}=b"])
