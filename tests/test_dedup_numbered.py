"""Numbers in a row: neighbours in a count are not one customer, whatever else is near."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import TypeAlias

import pytest

from crmkit.dedup import Resolution, prepare, propose, resolve, train

Row: TypeAlias = dict[str, object]

FIRST = [
    first + last
    for first in ("An", "Bel", "Cor", "Dim", "El", "Fre", "Gus")
    for last in ("na", "la", "in", "ton", "da", "gar")
]
LAST = [
    first + last
    for first in ("Bar", "Car", "Dal", "Far", "Hob", "Mer", "Ost")
    for last in ("low", "ver", "ton", "row", "son")
]
FAMILY, GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉红"
CITIES = ("Leeds", "York", "Hull", "Bath", "Derby", "Leicester", "Oxford", "Ely")


def english(rng: Random) -> str:
    return f"{rng.choice(FIRST)} {rng.choice(LAST)}"


def chinese(rng: Random) -> str:
    return rng.choice(FAMILY) + rng.choice(GIVEN) + rng.choice(GIVEN)


def either(rng: Random) -> str:
    return rng.choice((english, chinese))(rng)


def different(rng: Random, make: Callable[[Random], str], size: int) -> list[str]:
    names: dict[str, None] = {}
    while len(names) < size:
        names[make(rng)] = None
    return list(names)


def people(
    make: Callable[[Random], str], size: int, *, seed: int = 1, twice: float = 0.0
) -> Iterator[tuple[int, Row]]:
    """Yield people of different names whose address and number were given out in a row, some of them twice."""
    rng = Random(seed)
    for number, name in enumerate(different(rng, make, size)):
        row: Row = {"name": name, "email": f"user{10001 + number}@x.com", "phone": str(13810000001 + number)}
        yield number, row
        if rng.random() < twice:
            yield number, {**row, rng.choice(("email", "phone")): None}


def alone(rows: Iterator[Row]) -> Iterator[tuple[int, Row]]:
    return enumerate(rows)


def cards(rng: Random) -> Iterator[Row]:
    for number, name in enumerate(different(rng, english, 600)):
        yield {
            "full_name": name,
            "card_no": f"M{100_000 + number}",
            "email": f"member{20_000 + number}@shop.com",
            "city": rng.choice(CITIES),
        }


def houses(rng: Random) -> Iterator[Row]:
    for number, name in enumerate(different(rng, english, 600)):
        street = ("Main Street", "Oak Avenue", "Church Road", "Mill Lane")[number % 4]
        yield {
            "name": name,
            "address": f"{number // 4 + 1} {street}",
            "city": "Leeds",
            "postcode": f"LS{number % 4 + 1} {number // 40 + 1}AB",
        }


def desks(rng: Random) -> Iterator[Row]:
    for number, name in enumerate(different(rng, english, 300)):
        yield {
            "name": name,
            "company": ("Acme Ltd", "Globex GmbH")[number % 2],
            "phone": f"010-6552{1000 + number}",
        }


def families(rng: Random) -> Iterator[Row]:
    number = 0
    for home in range(250):
        family = rng.choice(LAST)
        for given in rng.sample(FIRST, rng.randrange(2, 5)):
            number += 1
            yield {
                "name": f"{given} {family}",
                "phone": str(13900000000 + number),
                "address": f"{home * 7 % 900 + 1} Oak Avenue",
            }


def chinese_families(rng: Random) -> Iterator[Row]:
    number = 0
    for _ in range(250):
        family = rng.choice(FAMILY)
        for given in rng.sample(GIVEN, rng.randrange(2, 5)):
            number += 1
            yield {
                "name": family + rng.choice(GIVEN) + given,
                "phone": str(13900000000 + number),
                "email": f"q{100000 + number}@qq.com",
            }


def branches(word: str) -> Callable[[Random], Iterator[Row]]:
    def rows(_: Random) -> Iterator[Row]:
        for number in range(1, 301):
            yield {
                "kind": "organisation",
                "company": f"Acme {word} {number}",
                "city": CITIES[number % 8],
                "phone": f"010-6552{1000 + number}",
                "email": f"branch{number}@acme.com",
            }

    return rows


def resolved(told: Iterator[tuple[int, Row]]) -> tuple[Resolution, dict[str, int]]:
    """Return what a proposed policy and the default threshold make of rows, and whose each record is."""
    known = [(party, {**row, "id": f"r{place:05d}"}) for place, (party, row) in enumerate(told)]
    rows = [row for _, row in known]
    Random(0).shuffle(rows)
    policy = propose(rows)
    ready = prepare(rows, policy)
    return resolve(ready, train(ready, policy)), {str(row["id"]): party for party, row in known}


def wrong(result: Resolution, truth: dict[str, int]) -> int:
    """Return how many customers are several parties."""
    return sum(len({truth[str(one)] for one in records}) > 1 for records in result.members().values())


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("make", "size"),
    [(english, 300), (chinese, 300), (either, 300), (english, 1_000), (chinese, 1_000), (either, 1_000)],
)
def test_people_numbered_in_a_row_stay_apart(make: Callable[[Random], str], size: int, seed: int) -> None:
    """Each address is a slip from ten others, and so is each number: three hundred people are three hundred."""
    result, truth = resolved(people(make, size, seed=seed))

    assert wrong(result, truth) == 0
    assert len(set(result.clusters.values())) == size


@pytest.mark.parametrize(
    "rows",
    [cards, houses, desks, families, chinese_families, branches("Branch"), branches("分公司")],
    ids=["cards", "houses", "desks", "families", "chinese families", "branches", "chinese branches"],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_numbered_in_a_row_stays_apart(rows: Callable[[Random], Iterator[Row]], seed: int) -> None:
    """Cards, houses of a street, desks of an office, the phones of a family, branches of a company."""
    result, truth = resolved(alone(rows(Random(seed))))

    assert wrong(result, truth) == 0


@pytest.mark.parametrize("make", [english, chinese, either])
@pytest.mark.parametrize("twice", [0.02, 0.2])
def test_who_is_there_twice_among_numbers_in_a_row_is_found(
    make: Callable[[Random], str], twice: float
) -> None:
    """What is equal still links: every double is found, and nobody else is."""
    result, truth = resolved(people(make, 1_000, seed=4, twice=twice))

    assert wrong(result, truth) == 0
    assert len(set(result.clusters.values())) == 1_000
