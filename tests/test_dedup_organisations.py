"""Organisations: told in many ways and found to be one; branches, subsidiaries and groups related, not merged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit import dedup
from crmkit.dedup.cluster import Bound
from crmkit.dedup.constraints import TRADES_APART, UNITS_APART, part_bounds
from crmkit.dedup.kinship import Kinship
from crmkit.dedup.table import RecordKey
from crmkit.demo import World, identity_quality, make_world
from crmkit.model import ORGANISATION

KINDS = ("branch_of", "parent_of")


@cache
def world(seed: int) -> World:
    """A base of which every fourth customer is an organisation."""
    return make_world(seed=seed, customers=800, company_percent=25)


@cache
def resolution(seed: int) -> dedup.Resolution:
    """What is found in it without any label, at the threshold that is chosen without any."""
    records = world(seed).records
    policy = dedup.propose(records)
    ready = dedup.prepare(records, policy)
    return dedup.resolve(ready, dedup.train(ready, policy))


@pytest.mark.parametrize("seed", [7, 11])
def test_organisations_are_found_and_their_parts_kept_apart(seed: int) -> None:
    """Precision of 0.97 and recall of 0.85 among organisations, with branches, shops, holdings and namesakes."""
    truth = {one.id: world(seed).truth[one.id] for one in world(seed).records if one.kind == ORGANISATION}
    quality = identity_quality({one: resolution(seed).clusters[one] for one in truth}, truth)

    assert quality.true > 300
    assert quality.precision >= 0.97
    assert quality.recall >= 0.85


@pytest.mark.parametrize("seed", [7, 11])
def test_kinships_are_those_that_are_true(seed: int) -> None:
    """Nine in ten of those found are true, and four in five of the true ones are found, whichever way they run."""
    truth = world(seed).truth
    found = {
        frozenset((truth[one.from_record], truth[one.to_record]))  # type: ignore[index]
        for one in resolution(seed).kinships
    }
    true = {
        frozenset((truth[one.from_id], truth[one.to_id]))  # type: ignore[index]
        for one in world(seed).relations
        if one.kind in KINDS
    }

    assert len(true) > 50
    assert len(found & true) >= 0.9 * len(found)
    assert len(found & true) >= 0.8 * len(true)


def test_a_branch_that_shares_everything_is_not_its_company() -> None:
    """Neither number, nor mailbox, nor address makes a branch one with its company; a person's word does."""
    head, branch = company("a", "Kestrel Foods Ltd"), company("b", "Kestrel Foods Ltd, Leeds Branch")
    resolved = dedup.resolve([head, branch], resolution(7).model)

    assert resolved.clusters == {"a": "a", "b": "b"}
    assert [(one.a, one.b, one.reason) for one in resolved.refused] == [("a", "b", UNITS_APART)]
    assert resolved.kinships == (
        Kinship(
            kind="branch_of",
            from_id="b",
            to_id="a",
            from_record="b",
            to_record="a",
            shared=("name", "address", "e-mail host", "phone"),
        ),
    )
    assert (
        str(resolved.kinships[0]) == "'b' is a branch of 'a': the same name, address, e-mail host and phone"
    )

    decision = dedup.Decision("a", "b", dedup.SAME, by="ann")
    assert dedup.resolve([head, branch], resolution(7).model, decisions=[decision]).clusters == {
        "a": "a",
        "b": "a",
    }


@pytest.mark.parametrize(
    ("name", "other", "said"),
    [
        ("Kestrel Foods Ltd", "Kestrel Foods, Leeds Branch", "'b' is a branch of 'a'"),
        ("明达科技有限公司上海分公司", "明达科技有限公司", "'a' is a branch of 'b'"),
        ("Kestrel Foods Store 1", "Kestrel Foods Store 2", UNITS_APART),
        ("Kestrel Group", "Kestrel", UNITS_APART),
        ("上海明达科技有限公司", "北京明达科技有限公司", "their names tell of two places"),
        ("L'Oréal Deutschland", "L'Oréal France", "their names tell of two places"),
        ("Kestrel Foods", "Kestrel Hotels Ltd", ""),
        ("Kestrel Foods", "Kestrel Software", TRADES_APART),
        ("Kestrel Foods", "Kestrel Foods (Leeds)", ""),
        ("上海明达科技有限公司", "明达科技", ""),
        ("n/a", "Kestrel Foods, Leeds Branch", ""),
    ],
)
def test_an_explanation_says_what_keeps_two_organisations_apart(name: str, other: str, said: str) -> None:
    """A branch is named as such; the parts still sum to the weight."""
    a, b = company("a", name), company("b", other)
    explanation = dedup.explain(a, b, resolution(7).model)

    assert explanation.never == said
    assert sum(part.weight for part in explanation.parts) == pytest.approx(explanation.weight, abs=1e-9)
    assert not (explanation.never and explanation.speaks_for)
    ann, bob = ({**one, "kind": "person", "company": one["name"]} for one in (a, b))
    assert not dedup.explain(ann, bob, resolution(7).model).never


def test_a_place_behind_a_name_is_that_of_a_branch_where_such_a_branch_is_told() -> None:
    """ "Kestrel Foods (Leeds)" may be the company or its Leeds branch; beside the branch it is the branch."""
    names = ["Kestrel Foods", "Kestrel Foods (Leeds)", "Kestrel Foods, Leeds Branch"]
    alone, beside = (
        units([(place, [name]) for place, name in enumerate(some)]) for some in (names[:2], names)
    )

    assert alone == {}
    assert beside == {0: {""}, 1: {"leeds"}, 2: {"leeds"}}


def test_a_group_owns_what_is_called_like_it_and_shares_a_way_to_reach_it() -> None:
    """And the company that a host is called after owns the other one there; after neither, they are affiliates."""
    told = [
        {**company("group", "Kestrel Holding AG"), "phone": "+442079460001"},
        {**company("foods", "Kestrel Foods GmbH"), "email": "info@kestrel-foods.example"},
        {
            **company("hotels", "Kestrel Hotels GmbH"),
            "email": "info@kestrel-foods.example",
            "phone": "+442079460001",
        },
        {**company("far", "Kestrel Media GmbH"), "email": "info@media.example", "phone": "+442079460009"},
        {**company("zh1", "明达科技有限公司"), "email": "a@mingda.example", "phone": "+862161234567"},
        {**company("zh2", "明达食品有限公司"), "email": "b@mingda.example", "phone": "+862161234568"},
    ]
    for place, one in enumerate(told):
        one["address"] = f"{place} Main Street"
    told[0]["email"] = "group@kestrel-foods.example"
    found = dedup.resolve(told, resolution(7).model).kinships

    assert [(one.kind, one.from_id, one.to_id) for one in found] == [
        ("affiliate", "zh1", "zh2"),
        ("parent_of", "foods", "hotels"),
        ("parent_of", "group", "foods"),
        ("parent_of", "group", "hotels"),
    ]
    assert str(found[0]) == "'zh1' and 'zh2' are affiliates: the same brand and e-mail host"


def test_a_branch_of_one_of_several_namesakes_is_left_alone() -> None:
    """Two companies of one name in two cities, and nothing that says whose branch it is."""
    told = [
        {**company("a", "北京明达科技有限公司"), "email": "a@a.example", "phone": "+861061234567"},
        {**company("b", "广州明达科技有限公司"), "email": "b@b.example", "phone": "+862061234567"},
        {**company("c", "明达科技有限公司上海分公司"), "email": "c@c.example", "phone": "+862161234567"},
    ]
    for place, one in enumerate(told):
        one["address"] = f"{place} Main Street"
    assert not dedup.resolve(told, resolution(7).model).kinships

    told[2]["email"] = "shanghai@a.example"
    (found,) = dedup.resolve(told, resolution(7).model).kinships
    assert (found.kind, found.from_id, found.to_id) == ("branch_of", "c", "a")


NAMES = st.sampled_from(
    (
        "Kestrel Foods Ltd", "Kestrel Foods", "Kestrel Foods (Leeds)", "Kestrel Foods, Leeds Branch",
        "Kestrel Foods Store 2", "Kestrel Group", "Kestrel Hotels", "明达科技有限公司", "上海明达科技", "北京明达科技",
        "明达科技上海分公司", "Mingda Technology (Shanghai)", "明达集团", "明达食品",
    )
)  # fmt: skip
RECORDS = st.lists(
    st.builds(
        lambda name, email, phone: {
            "name": name,
            "email": f"{email}.example" if email else None,
            "phone": phone,
            "kind": "organisation",
        },
        NAMES,
        st.sampled_from(("info@kestrel", "info@mingda", "leeds@kestrel", None)),
        st.sampled_from(("+442079460001", "+862161234567", None)),
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=60, deadline=None)
@given(RECORDS, st.randoms(use_true_random=False))
def test_organisations_in_real_time_are_those_of_the_whole_base(
    drawn: list[dict[str, object]], rng: object
) -> None:
    """In any order of arrival the same customers and the same kinships, and no customer is two parts at once."""
    told = [{**one, "id": f"r{place}"} for place, one in enumerate(drawn)]
    resolver = dedup.Resolver(resolution(7).model)
    for one in rng.sample(told, len(told)):  # type: ignore[attr-defined]
        resolver.add(one)
    whole = dedup.resolve(told, resolution(7).model)

    assert parties(resolver.clusters) == parties(whole.clusters)
    assert ties(resolver.kinships, resolver.clusters) == ties(whole.kinships, whole.clusters)
    assert {one.reason for one in resolver.refused} == {one.reason for one in whole.refused}
    for party in parties(whole.clusters):
        held = units([(int(str(one)[1:]), [str(drawn[int(str(one)[1:])]["name"])]) for one in party])
        assert len(frozenset().union(*held.values())) <= 1


def company(key: str, name: str) -> dict[str, object]:
    """A record of an organisation; all that are made so have everything in common but the name."""
    return {
        "id": key,
        "name": name,
        "kind": "organisation",
        "phone": "+442079460000",
        "email": "info@kestrel.example",
        "address": "12 Main Street",
        "city": "London",
    }


def units(named: list[tuple[int, list[str]]]) -> dict[int, set[object]]:
    """The parts of an organisation that names tell; none where they tell no two."""
    bounds: list[Bound[int]] = [one for one in part_bounds([named]) if one.reason == UNITS_APART]
    return {place: set(values) for one in bounds for place, values in one.values.items()}


def parties(clusters: Mapping[RecordKey, RecordKey]) -> set[frozenset[RecordKey]]:
    """Which records are one, whatever the customer is called."""
    found: dict[RecordKey, set[RecordKey]] = {}
    for record, customer in clusters.items():
        found.setdefault(customer, set()).add(record)
    return set(map(frozenset, found.values()))


def ties(
    kinships: Iterable[Kinship], clusters: Mapping[RecordKey, RecordKey]
) -> set[tuple[str, frozenset[RecordKey], frozenset[RecordKey], tuple[str, ...]]]:
    """Kinships between parties, whatever they are called; affiliates have no direction."""
    home = {record: party for party in parties(clusters) for record in party}
    found = set()
    for one in kinships:
        a, b = home[one.from_record], home[one.to_record]
        if one.kind == "affiliate":
            a, b = sorted((a, b), key=sorted)
        found.add((one.kind, a, b, one.shared))
    return found
