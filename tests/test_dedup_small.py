"""Small bases: the first handful of records anyone tries, where there is next to nothing to learn from."""

from __future__ import annotations

from random import Random

import pytest

from crmkit.dedup import propose, resolve, train
from crmkit.demo import identity_quality, make_world
from crmkit.model import Record

Rows = list[dict[str, object]]


def customers(rows: Rows) -> set[frozenset[object]]:
    found = resolve(rows, train(rows, propose(rows)))
    return {frozenset(ids) for ids in found.members().values()}


PEOPLE: Rows = [
    {"id": 1, "name": "Ana Sousa", "email": "ana@x.example", "phone": "+351912345678"},
    {"id": 2, "name": "Li Wei", "email": "li@x.example", "phone": "13800138000"},
    {"id": 3, "name": "王小明", "email": "ming@x.example", "phone": "13700137000"},
    {"id": 4, "name": "Zoe Jones", "email": "zoe@x.example", "phone": "+44 20 7946 0958"},
]


@pytest.mark.parametrize(
    "again",
    [
        {"id": 9, "name": "Li Wei", "email": "LI@x.example"},
        {"id": 9, "name": "li wei", "phone": "+86 138 0013 8000"},
        {"id": 9, "email": "li@x.example", "phone": "13800138000"},
        {"id": 9, "name": "Lee Wei", "email": "li@x.example", "phone": "13800138000"},
    ],
)
def test_the_same_person_told_again_is_one(again: dict[str, object]) -> None:
    """A name and a contact point, or two contact points, are enough among a handful of records, in either order."""
    together = {frozenset([1]), frozenset([2, 9]), frozenset([3]), frozenset([4])}

    assert customers([*PEOPLE, again]) == together
    assert customers([again, *reversed(PEOPLE)]) == together


@pytest.mark.parametrize(
    "other",
    [
        {"id": 9, "name": "Li Wei", "email": "wei88@y.example", "phone": "13912345678"},
        {"id": 9, "name": "Maria Sousa", "phone": "+351912345678"},
        {"id": 9, "name": "Tom Hill", "email": "tom@x.example", "phone": "13800138001"},
    ],
)
def test_another_person_stays_another(other: dict[str, object]) -> None:
    """A namesake, someone of the family at the same number, someone at the next number."""
    assert frozenset([9]) in customers([*PEOPLE, other])


def test_two_records_are_enough() -> None:
    """Alike in everything they are one; alike in nothing two."""
    one = {"id": 1, "name": "Ana Sousa", "email": "ana@x.example", "phone": "912345678"}

    assert customers([one, {**one, "id": 2}]) == {frozenset([1, 2])}
    assert customers([one, {**PEOPLE[3], "id": 2}]) == {frozenset([1]), frozenset([2])}


@pytest.mark.parametrize("size", [3, 5, 10, 20, 50])
def test_a_handful_of_the_world_resolves_like_the_world(size: int) -> None:
    """Drawn from the demo world, small bases are resolved without a false pair, and nearly whole."""
    true_pairs = found_pairs = 0
    for seed in range(6):
        world = make_world(seed=seed, customers=120)
        records = _some_parties(
            world.records, {str(one): party for one, party in world.truth.items()}, size, seed
        )
        found = resolve(records, train(records, propose(records)))
        quality = identity_quality(found.clusters, {one.id: world.truth[one.id] for one in records})
        assert quality.precision == 1.0
        true_pairs += quality.true
        found_pairs += quality.right
    assert found_pairs >= 0.95 * true_pairs


FIRST = (
    "Ann",
    "Bob",
    "Cyril",
    "Dora",
    "Emil",
    "Fay",
    "Gus",
    "Hana",
    "Ivo",
    "Jane",
    "Karl",
    "Lena",
    "Max",
    "Nora",
    "Otto",
)
LAST = (
    "Archer",
    "Baker",
    "Cole",
    "Drake",
    "Ellis",
    "Foster",
    "Grant",
    "Hughes",
    "Irving",
    "Jensen",
    "Keller",
    "Lang",
    "Morris",
    "Nolan",
    "Owens",
)
NAMES = [f"{first} {last}" for first, last in zip(FIRST, LAST, strict=True)]
FREQUENT = ("John Smith", "Ann Lee", "王伟", "李娜", "Maria Garcia")
CITIES = ("London", "Paris", "Rome", "Berlin", "Madrid")


def mobile(number: int) -> str:
    return str(13810000000 + 77123 * number)


def namesakes_with_phones() -> Rows:
    return [
        {"id": place, "name": FREQUENT[place % 5], "phone": mobile(place), "city": CITIES[place % 4]}
        for place in range(20)
    ]


def names_twice(**more: list[object]) -> Rows:
    return [
        {"id": place, "name": NAMES[place % 15], **{field: values[place] for field, values in more.items()}}
        for place in range(30)
    ]


def in_other_cities() -> Rows:
    return names_twice(city=[CITIES[(place % 15 + place // 15) % 5] for place in range(30)])


def of_one_gender() -> Rows:
    return names_twice(gender=["MF"[place % 15 % 2] for place in range(30)])


def at_other_companies() -> Rows:
    return names_twice(company=[f"Co{place}" for place in range(30)])


def fathers_and_sons() -> Rows:
    return [
        {
            "id": place,
            "name": NAMES[place // 2],
            "phone": mobile(place // 2),
            "address": f"{place // 2 + 1} Oak Road",
            "birthday": f"{1950 + place % 2 * 30 + place // 2}-0{1 + place % 9}-1{place % 9}",
        }
        for place in range(20)
    ]


def couples_with_one_mailbox() -> Rows:
    return [
        {
            "id": place,
            "name": f"{FIRST[place % 15]} {LAST[place // 2]}",
            "email": f"{LAST[place // 2]}@x.com",
            "phone": mobile(place),
        }
        for place in range(20)
    ]


@pytest.mark.parametrize(
    "rows",
    [
        namesakes_with_phones(),
        names_twice(),
        in_other_cities(),
        of_one_gender(),
        at_other_companies(),
        fathers_and_sons(),
        couples_with_one_mailbox(),
        [{"id": 1, "name": "Ann Lee"}, {"id": 2, "name": "Ann Lee"}],
        [{"id": 1, "name": "王伟", "phone": mobile(1)}, {"id": 2, "name": "王伟", "phone": mobile(2)}],
        [{"id": 1, "name": "Ann Lee", "city": "London"}, {"id": 2, "name": "Ann Lee", "city": "London"}],
        [
            {"id": 1, "name": "Ann Lee", "email": "lees@x.com", "phone": mobile(1)},
            {"id": 2, "name": "Bob Lee", "email": "lees@x.com", "phone": mobile(2)},
        ],
    ],
    ids=[
        "namesakes with phones of their own",
        "nothing but a name",
        "in other cities",
        "of one gender",
        "at other companies",
        "fathers and sons",
        "couples with one mailbox",
        "two of one name",
        "two of one name with phones of their own",
        "two of one name in one city",
        "a couple with one mailbox",
    ],
)
def test_a_name_is_shared_by_many(rows: Rows) -> None:
    """Two of one name are not for that one customer, however rare the name is among a few records."""
    assert customers(rows) == {frozenset([row["id"]]) for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_namesakes_among_the_unique_stay_apart(seed: int) -> None:
    """A few unique people, and two namesakes each of two of them, all with phones of their own."""
    size = Random(seed).randint(5, 12)
    names = [*NAMES[:size], *(NAMES[place // 2] for place in range(4))]
    rows: Rows = [
        {"id": place, "name": name, "phone": mobile(place), "city": CITIES[place % 3]}
        for place, name in enumerate(names)
    ]

    assert len(customers(rows)) == len(rows)


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": 1, "email": "ann@x.com"}, {"id": 2, "email": "ANN@x.com"}],
        [{"id": 1, "phone": "13800138000"}, {"id": 2, "phone": "138-0013-8000"}],
        [{"id": 1, "name": "王小明", "phone": "13800138000"}, {"id": 2, "phone": "13800138000"}],
        [
            {"id": 1, "company": "Acme Inc", "kind": "organisation", "phone": "+1 212 555 0100"},
            {"id": 2, "company": "ACME Incorporated", "kind": "organisation", "phone": "+1 212 555 0100"},
        ],
    ],
    ids=["an address", "a number", "a number, one without a name", "a company and its number"],
)
def test_one_contact_point_is_one_customer(rows: Rows) -> None:
    """Nothing speaks against it, and the same address or number is near proof."""
    assert customers(rows) == {frozenset([1, 2])}


def _some_parties(
    records: tuple[Record, ...], truth: dict[str, object], size: int, seed: int
) -> list[Record]:
    """Return about *size* records: all that parties drawn by *seed* have."""
    by_party: dict[object, list[Record]] = {}
    for record in records:
        by_party.setdefault(truth[record.id], []).append(record)
    parties = sorted(by_party, key=str)
    Random(seed).shuffle(parties)
    chosen: list[Record] = []
    for party in parties:
        if len(chosen) < size:
            chosen += by_party[party]
    return chosen
