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
