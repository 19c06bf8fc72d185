"""Real data, and the demo world: quality without any labels, and who may not be merged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import attrs
import polars as pl
import pytest

from crmkit.dedup import (
    DATE,
    EXACT,
    ID,
    NAME,
    Block,
    Comparison,
    Policy,
    Resolution,
    prepare,
    propose,
    resolve,
    train,
)
from crmkit.dedup.table import RecordKey, TableLike
from crmkit.demo import World, make_world

DATA = Path(__file__).parents[2] / "shared" / "data" / "er"
needs_data = pytest.mark.skipif(not DATA.exists(), reason=f"the real data are not at {DATA}")


def quality(
    clusters: Mapping[RecordKey, RecordKey], truth: Mapping[RecordKey, object]
) -> tuple[float, float, float]:
    """Return pairwise precision, recall and F1."""

    def pairs(groups: Counter[object]) -> int:
        return sum(size * (size - 1) // 2 for size in groups.values())

    both = pairs(Counter((customer, truth[record]) for record, customer in clusters.items()))
    found, real = pairs(Counter(clusters.values())), pairs(Counter(truth[record] for record in clusters))
    return both / max(found, 1), both / real, 2 * both / (found + real)


def resolved(table: TableLike, *, id: str) -> Resolution:  # noqa: A002
    policy = propose(table, id=id, region="GB")
    ready = prepare(table, policy)
    return resolve(ready, train(ready, policy))


def febrl(name: str) -> tuple[pl.DataFrame, dict[RecordKey, object]]:
    frame = pl.read_csv(DATA / f"{name}.csv", infer_schema=False)
    frame = frame.rename(str.strip).with_columns(pl.all().str.strip_chars())
    return frame, dict(zip(frame["rec_id"], frame["rec_id"].str.extract(r"rec-(\d+)"), strict=True))


@needs_data
@pytest.mark.parametrize("name", ["dataset1", "dataset2", "dataset3"])
def test_febrl_is_solved_by_a_proposed_policy(name: str) -> None:
    """Synthetic people with slips in every field."""
    frame, truth = febrl(name)

    assert quality(resolved(frame, id="rec_id").clusters, truth)[2] >= 0.998


@needs_data
def test_febrl_4_is_linked_by_a_proposed_policy() -> None:
    """Two tables of the same five thousand people."""
    (left, here), (right, there) = febrl("dataset4a"), febrl("dataset4b")

    assert quality(resolved([left, right], id="rec_id").clusters, {**here, **there})[2] >= 0.998


@needs_data
def test_fake_people_are_found_by_a_proposed_policy() -> None:
    """A thousand records with many gaps and slips."""
    frame = pl.read_csv(DATA / "fake_1000.csv")
    precision, recall, _ = quality(
        resolved(frame, id="unique_id").clusters, dict(zip(frame["unique_id"], frame["cluster"], strict=True))
    )

    assert precision >= 0.98
    assert recall >= 0.88


@needs_data
def test_historical_people_are_found_by_given_blocks() -> None:
    """A tenth of the fifty thousand, with the ten blocking rules that are usual for them."""
    frame = pl.read_parquet(DATA / "historical_figures_with_errors_50k.parquet")
    frame = frame.filter(pl.col("cluster").hash(1) % 10 == 0)
    policy = Policy(
        comparisons=(
            Comparison("first_name", NAME, term_frequency=True),
            Comparison("surname", NAME, term_frequency=True),
            Comparison("dob", DATE, term_frequency=True),
            Comparison("postcode_fake", ID, term_frequency=True, hub_limit=None),
            Comparison("birth_place", EXACT, term_frequency=True),
            Comparison("occupation", EXACT, term_frequency=True),
        ),
        blocking=(
            Block("first_name[:3]", "surname[:4]"),
            Block("surname", "dob"),
            Block("first_name", "dob"),
            Block("postcode_fake", "first_name"),
            Block("postcode_fake", "surname"),
            Block("dob", "birth_place"),
            Block("postcode_fake[:3]", "dob"),
            Block("postcode_fake[:3]", "first_name"),
            Block("postcode_fake[:3]", "surname"),
            Block("first_name[:2]", "surname[:2]", "dob[:4]"),
        ),
        id="unique_id",
    )
    ready = prepare(frame, policy)
    result = resolve(ready, train(ready, policy))
    truth = dict(zip(frame["unique_id"], frame["cluster"], strict=True))

    assert quality(result.clusters, truth)[2] >= 0.86


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(seed=11, customers=2_500)


@pytest.fixture(scope="module")
def customers(world: World) -> Resolution:
    policy = propose(world.records)
    ready = prepare(world.records, policy)
    return resolve(ready, train(ready, policy))


def test_the_demo_world_is_told_apart(world: World, customers: Resolution) -> None:
    """Four sources, two scripts, households, shared mailboxes: with the default threshold."""
    precision, recall, _ = quality(customers.clusters, dict(world.truth))  # type: ignore[arg-type]

    assert precision >= 0.97
    assert recall >= 0.93


def test_people_who_share_a_home_stay_several(world: World, customers: Resolution) -> None:
    """One in a hundred households at most has two of its people merged."""
    merged = {
        frozenset(world.truth[record] for record in records)  # type: ignore[index]
        for records in customers.members().values()
    }
    homes = [relation for relation in world.relations if relation.kind == "household"]
    wrong = [
        home
        for home in homes
        if any({world.truth[key] for key in (home.from_id, home.to_id)} <= group for group in merged)  # type: ignore[index]
    ]

    assert len(homes) > 100
    assert len(wrong) <= len(homes) / 20


def test_no_person_is_merged_with_an_organisation(world: World, customers: Resolution) -> None:
    """Not one, whatever they share."""
    kind = {record.id: record.kind for record in world.records}

    for records in customers.members().values():
        assert len({kind[record] for record in records} - {None}) <= 1  # type: ignore[index]


def test_resolving_twice_changes_nothing(world: World, customers: Resolution) -> None:
    """The same records under the same model, prepared anew."""
    again = resolve(world.records[::-1], customers.model)

    assert dict(again.clusters) == dict(customers.clusters)


def test_a_higher_threshold_merges_less(world: World, customers: Resolution) -> None:
    """And is more often right."""
    ready = prepare(world.records, customers.model.policy)
    strict = resolve(ready, attrs.evolve(customers.model, threshold_millibits=9_000))
    truth = dict(world.truth)

    assert len(set(strict.clusters.values())) > len(set(customers.clusters.values()))
    assert quality(strict.clusters, truth)[0] > quality(customers.clusters, truth)[0]  # type: ignore[arg-type]
