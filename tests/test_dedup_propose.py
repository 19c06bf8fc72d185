"""Proposing: a policy from the names and the values of a table alone."""

from __future__ import annotations

import datetime as dt
from random import Random

import polars as pl
import pytest

from crmkit.dedup import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    FULL_NAME,
    ID,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Block,
    Kind,
    propose,
    resolve,
    train,
)
from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.arrays.keys import Keys, group_sizes
from crmkit.dedup.arrays.telling import tellings
from crmkit.dedup.guess import guess
from crmkit.dedup.proposing import MOST_NAMED, MOST_PAIRED, MOST_UNNAMED
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import Record

FIRST = ("Ann", "Zoe", "Max", "Leo", "Ida", "Tom", "Eva", "Jan", "Uwe", "Pia")
LAST = ("Bell", "Ford", "Hall", "Kerr", "Long", "Moss", "Nash", "Page", "Ross", "Tate")


def table(size: int = 120) -> list[dict[str, object]]:
    rng = Random(5)
    rows: list[dict[str, object]] = []
    for number in range(size):
        row: dict[str, object] = {
            "Vorname": rng.choice(FIRST),
            "Nachname": rng.choice(LAST),
            "reachable_at": f"{rng.choice(FIRST)}{number}@x.pt".lower(),
            "day": f"19{rng.randrange(40, 99)}-{rng.randrange(10, 12)}-{rng.randrange(10, 28)}",
        }
        rows += [{**row, "id": number * 2 + turn, "cluster": number, "source": "web"} for turn in range(2)]
    return rows


@pytest.mark.parametrize(
    ("field", "values", "kind"),
    [
        ("Email", ["x", "y"], EMAIL),
        ("mobile phone", ["1", "2"], PHONE),
        ("电话", ["1", "2"], PHONE),
        ("date_of_birth", ["1", "2"], DATE),
        ("DOB", ["1", "2"], DATE),
        ("passport no", ["1", "2"], ID),
        ("postcode", ["1", "2"], ID),
        ("zip", ["1", "2"], ID),
        ("street_number", ["1", "2"], ID),
        ("Employer", ["x", "y"], COMPANY),
        ("姓名", ["x", "y"], FULL_NAME),
        ("full_name", ["x", "y"], FULL_NAME),
        ("address_1", ["x", "y"], ADDRESS),
        ("suburb", ["x", "y"], NAME),
        ("city", ["x", "y"], NAME),
        ("size", [1, 2], NUMBER),
        ("colour", ["red", "blue"] * 30, EXACT),
        ("contact", [f"{n}@x.pt" for n in range(60)], EMAIL),
        ("day", [f"1980-05-{n:02d}" for n in range(10, 28)] * 4, DATE),
        ("day", [f"19{n % 60 + 30}-05-{n % 18 + 10} 00:00:00" for n in range(100)], DATE),
        ("day", [f"{n % 60 + 1930}年{n % 12 + 1}月{n % 28 + 1}日" for n in range(100)], DATE),
        ("day", [f"{n % 60 + 1930}{n % 12 + 1:02d}{n % 28 + 1:02d}" for n in range(100)], DATE),
        ("day", [int(f"{n % 60 + 1930}{n % 12 + 1:02d}{n % 28 + 1:02d}") for n in range(100)], DATE),
        ("day", [f"{n % 28 + 1}/{n % 12 + 1}/{n % 60 + 1930}" for n in range(100)], DATE),
        ("day", [dt.date(1930 + n % 60, n % 12 + 1, n % 28 + 1) for n in range(100)], DATE),
        ("day", [dt.datetime(1930 + n % 60, n % 12 + 1, n % 28 + 1, 9) for n in range(100)], DATE),
        ("day", [f"1980-{n % 12 + 1 + (n % 5 == 0) * 60:02d}-{n % 28 + 1:02d}" for n in range(100)], DATE),
        ("order", [f"ORD-{100_000 + n // 2}" for n in range(200)], TEXT),
        ("product", [f"SKU-{n // 4:04d}-{n % 2}{n % 2}" for n in range(200)], TEXT),
        ("product", [f"A{123_456 + n // 2}" for n in range(200)], TEXT),
        ("product", [f"PRD{20_240_101 + n // 2}X" for n in range(200)], TEXT),
        ("range", [f"{1_000 + n // 2}-{5_000 + n // 2}" for n in range(200)], TEXT),
        ("bank", [f"DE{n // 2:02d} 5001 0517 5407 3249 31" for n in range(200)], TEXT),
        ("area", [f"{100_000 + n // 2}" for n in range(200)], ID),
        ("number", [f"{31_415_926 + n // 2}" for n in range(200)], ID),
        ("serial", [20_000 + n // 2 for n in range(200)], ID),
        ("remark", [f"called {n} times about order {100_000 + n}" for n in range(200)], TEXT),
        ("remark", [f"2024-01-{n % 28 + 1:02d} called about {n}" for n in range(200)], TEXT),
        ("account", [f"{n // 2:06d}" for n in range(200)], ID),
        ("turnover", [str(n * n) for n in range(200)], NUMBER),
        ("remark", [f"likes tea {n}" for n in range(200)], TEXT),
        ("remark", [str(n) if n % 2 else f"likes tea {n}" for n in range(200)], TEXT),
    ],
)
def test_columns_are_taken_for_what_they_are(field: str, values: list[object], kind: Kind) -> None:
    """By their name in several languages, else by what stands in them."""
    found = guess(field, values)

    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize(
    "field", ["cluster", "customer_id", "label", "created_at", "truth", "household", "language", "needs"]
)
def test_columns_that_tell_or_say_nothing_are_left_alone(field: str) -> None:
    """What says who is who already would be no learning; what says little is no help."""
    assert guess(field, ["a", "b", "a"]) is None


def test_columns_without_two_values_say_nothing() -> None:
    """Constant in ten records (fewer may be one party), empty, or a code that no two rows share."""
    assert guess("email", ["a@x.pt"] * 10) is None
    assert guess("email", ["a@x.pt", "a@x.pt", None]) == ("email", EMAIL, "", False)
    assert guess("email", []) is None
    assert guess("uuid", [f"k{n}" for n in range(100)]) is None
    assert guess("number", [f"{n:06d}" for n in range(100)]) is None


def test_places_are_shared_by_neighbours() -> None:
    """A city or a postcode is nobody's own, and has no limit of records."""
    policy = propose([{"id": n, "postcode": f"AB{n % 50}", "email": f"a{n % 60}@x.pt"} for n in range(100)])
    by_field = {one.field: one for one in policy.comparisons}

    assert by_field["postcode"].surroundings
    assert by_field["postcode"].hub_limit is None
    assert not by_field["email"].surroundings
    assert by_field["email"].hub_limit == 50


def test_an_unknown_table_is_resolved_without_a_word() -> None:
    """Given and family name become one name; two records each are found."""
    rows = table()
    policy = propose(rows)
    result = resolve(rows, train(rows, policy))

    assert policy.comparisons[0].parts == ("Vorname", "Nachname")
    assert [one.kind for one in policy.comparisons] == [FULL_NAME, EMAIL, DATE]
    assert policy.source == "source"
    assert policy.kind is None
    assert all(result.clusters[2 * number] == result.clusters[2 * number + 1] for number in range(120))
    assert len(set(result.clusters.values())) == 120


def test_no_label_is_ever_read() -> None:
    """A shuffled truth column changes nothing, in what is proposed, learnt or resolved."""
    rows = table()
    labels = [row["cluster"] for row in rows]
    Random(1).shuffle(labels)
    shuffled = [{**row, "cluster": label} for row, label in zip(rows, labels, strict=True)]
    policy = propose(rows)

    assert propose(shuffled) == policy
    assert train(shuffled, policy) == train(rows, policy)
    assert dict(resolve(shuffled, train(shuffled, policy)).clusters) == dict(
        resolve(rows, train(rows, policy)).clusters
    )


def test_standard_records_are_known() -> None:
    """The fields of the model have their kinds, and organisations are told from persons."""
    records = [
        Record(
            f"r{n}",
            "shop",
            {
                "name": f"{FIRST[n % 10]} {LAST[n % 7]}",
                "city": ("Leeds", "York")[n % 2],
                "country": "GB",
            },
            kind="person" if n % 3 else "organisation",
        )
        for n in range(40)
    ]
    policy = propose(records)

    assert {one.field: one.kind for one in policy.comparisons} == {
        "name": FULL_NAME,
        "city": NAME,
        "company": COMPANY,
    }
    assert policy.kind == "kind"
    assert policy.country == "country"


def test_a_column_can_be_left_alone() -> None:
    """And the region in which numbers are read can be told."""
    rows = pl.DataFrame(table())
    policy = propose(rows, ignore=["day"], region="DE")

    assert "day" not in {one.field for one in policy.comparisons}
    assert policy.region == "DE"
    assert policy.country is None


def test_a_table_that_says_nothing_is_refused() -> None:
    """With what to do; and a wrong id with the closest name."""
    with pytest.raises(InvalidValue, match="no column says"):
        propose([{"id": 1, "cluster": 5}, {"id": 2, "cluster": 6}])
    with pytest.raises(InvalidValue, match="no column says"):
        propose([])
    with pytest.raises(UnknownName, match="unique_id"):
        propose([{"unique_id": 1, "name": "x"}], id="uniqe_id")


def test_blocks_are_cheap_and_there_is_always_one() -> None:
    """None makes many pairs for each record; two rows that share nothing still have blocks, for what is to come."""
    rows = [
        {"id": n, "name": f"{FIRST[n % 10]} {LAST[(n // 10) % 10]}", "city": LAST[n % 3]}
        for n in range(2_000)
    ]
    policy = propose(rows)

    assert all(
        block.limit is not None and block.limit <= 60 for block in policy.blocking if hasattr(block, "limit")
    )
    emails = [{**row, "email": f"a{n // 2}@x.pt"} for n, row in enumerate(rows)]
    assert not any(
        "email" in block.keys and len(block.keys) > 1
        for block in propose(emails).blocking
        if isinstance(block, Block)
    )
    alone = propose(
        [{"id": 1, "name": "Ann Bell", "email": "a@x.pt"}, {"id": 2, "name": "Zoe Ford"}]
    ).blocking
    assert {block.keys for block in alone if isinstance(block, Block)} >= {("name",), ("email",)}


def wide(columns: int, *, rows: int = 240) -> list[dict[str, object]]:
    """Return the table of names with many columns of all sorts beside, none of which says who someone is."""
    rng = Random(9)
    sorts = (
        lambda place: f"k{place}",
        lambda _: "yes",
        lambda _: rng.choice(("red", "green", "blue", None)),
        lambda _: str(rng.randrange(5_000)),
        lambda _: " ".join(rng.choice(("likes", "tea", "late", "calls")) for _ in range(6)),
        lambda _: f"{rng.randrange(rows):06d}",
        lambda _: f"20{rng.randrange(10, 26)}-{rng.randrange(10, 13)}-{rng.randrange(10, 28)}",
    )
    return [
        {**row, **{f"custom {at}": sorts[at % len(sorts)](place) for at in range(columns)}}
        for place, row in enumerate(table(rows // 2))
    ]


def test_the_work_of_proposing_does_not_grow_with_the_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many columns nobody knows, so many are compared and so many blocks are tried, and no more."""
    tried: list[Keys] = []

    def counted(keys: Keys) -> Ints:
        tried.append(keys)
        return group_sizes(keys)

    monkeypatch.setattr("crmkit.dedup.proposing.group_sizes", counted)
    counts = []
    for columns in (60, 240):
        tried.clear()
        policy = propose(wide(columns))
        counts.append((len(tried), len(policy.comparisons), len(policy.blocking)))

    fields = 2 + MOST_UNNAMED  # the name makes two
    assert all(compared <= 1 + MOST_UNNAMED for _, compared, _ in counts)
    assert all(work <= fields + 4 * fields * (fields - 1) / 2 for work, _, _ in counts)


def test_columns_nobody_knows_do_not_spoil_what_is_known() -> None:
    """The customers are those that the known columns make."""
    rows = wide(60)
    result = resolve(rows, train(rows, propose(rows)))

    assert all(result.clusters[2 * number] == result.clusters[2 * number + 1] for number in range(120))
    assert len(set(result.clusters.values())) == 120


def test_a_great_many_known_columns_are_ranked_too() -> None:
    """Of forty columns of phone numbers those are left out that are nearly empty."""
    rows = [
        {
            "id": n,
            "name": f"{FIRST[n % 10]} {LAST[n % 7]}",
            **{f"phone {at}": f"1381234{n // 2:04d}" if n % 40 >= at else None for at in range(40)},
        }
        for n in range(80)
    ]
    policy = propose(rows)
    fields = [one.field for one in policy.comparisons]

    assert len(fields) == MOST_NAMED
    assert not {f"phone {at}" for at in range(36, 40)} & set(fields)


def test_blocks_of_two_fields_are_tried_for_so_many_fields() -> None:
    """However many columns have a name that says what they hold."""
    rows = [{"id": n, **{f"phone {at}": f"138{at:02d}3{n // 2:05d}" for at in range(30)}} for n in range(60)]
    policy = propose(rows)
    paired = {
        key
        for block in policy.blocking
        if isinstance(block, Block) and len(block.keys) > 1
        for key in block.keys
    }

    assert len(policy.comparisons) == MOST_NAMED
    assert len(paired) <= MOST_PAIRED


def test_what_a_column_tells() -> None:
    """As much as the others bear it out; nothing where nobody agrees, or nobody speaks."""
    parties = [number // 2 for number in range(40)]
    told = tellings(
        {
            "mail": [f"a{one}@x.pt" for one in parties],
            "card": [f"c{one}" if one < 10 else None for one in parties],
            "colour": [("red", "blue", "green")[7 * one * one % 11 % 3] for one in range(40)],
            "unique": list(range(40)),
            "constant": ["yes"] * 40,
            "empty": [None, " "] * 20,
        }
    )

    assert min(told["mail"], told["card"]) > 1 > abs(told["colour"])
    assert told["unique"] == told["empty"] == 0
    assert abs(told["constant"]) < 1
    assert tellings({}) == {}
    assert tellings({"x": []}) == {"x": 0}
