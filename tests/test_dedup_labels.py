"""Labels: nothing that is learnt or decided depends on a column that tells who is who."""

from __future__ import annotations

from random import Random

import attrs
import pytest

from crmkit.conditions import to_json
from crmkit.dedup import Policy, Resolver, propose, resolve, train
from crmkit.demo import World, make_world
from crmkit.model import Record

Rows = list[dict[str, object]]


@pytest.fixture(scope="module")
def world() -> World:
    """Return a small world whose truth is known."""
    return make_world(seed=5, customers=150)


def _rows(world: World) -> Rows:
    return [
        {**dict(one.fields), "id": one.id, "source": one.source, "kind": one.kind} for one in world.records
    ]


def _with(rows: Rows, field: str, truth: list[object]) -> Rows:
    return [{**row, field: value} for row, value in zip(rows, truth, strict=True)]


def _truths(world: World) -> list[list[object]]:
    """Return who is who, the same in disorder, and as numbers in disorder."""
    truth: list[object] = [str(world.truth[one.id]) for one in world.records]
    shuffled = list(truth)
    Random(3).shuffle(shuffled)
    names = {name: number for number, name in enumerate(dict.fromkeys(shuffled))}
    return [truth, shuffled, [names[name] for name in shuffled]]


@pytest.fixture(scope="module")
def policy(world: World) -> Policy:
    """Return the policy for the table without any label."""
    return propose(_rows(world))


@pytest.mark.parametrize("field", ["cluster", "answer", "a"])
def test_a_column_that_no_policy_names_changes_nothing(world: World, policy: Policy, field: str) -> None:
    """Right, in disorder, or as numbers: model, threshold, clusters, weights and problems stay as they are."""
    rows = _rows(world)
    model = train(rows, policy)
    found = resolve(rows, model)
    for truth in _truths(world):
        labelled = _with(rows, field, truth)
        fitted = train(labelled, policy)
        again = resolve(labelled, fitted)
        assert to_json(fitted) == to_json(model)
        assert fitted.threshold_millibits == model.threshold_millibits
        assert (again.clusters, again.problems, again.hubs) == (found.clusters, found.problems, found.hubs)
        assert list(again.pairs) == list(found.pairs)
        resolver, plain = Resolver(model), Resolver(model)
        for row, bare in zip(labelled[:80], rows[:80], strict=True):
            assert resolver.add(row) == plain.add(bare)


def test_a_label_among_the_fields_of_records_changes_nothing(world: World) -> None:
    """Records are no different from rows."""
    bare = propose(world.records)
    for truth in _truths(world):
        records: list[Record] = [
            attrs.evolve(one, fields={**dict(one.fields), "truth": value})
            for one, value in zip(world.records, truth, strict=True)
        ]
        assert propose(records) == bare
        assert to_json(train(records, bare)) == to_json(train(world.records, bare))


@pytest.mark.parametrize(
    "field",
    [
        "cluster",
        "Cluster ID",
        "truth",
        "ground_truth",
        "label",
        "true_id",
        "gold_cluster",
        "duplicate_of",
        "entity_id",
    ],
)
def test_proposing_leaves_alone_what_calls_itself_a_label(world: World, policy: Policy, field: str) -> None:
    """Whatever stands in it."""
    for truth in _truths(world):
        assert propose(_with(_rows(world), field, truth)) == policy


def test_proposing_leaves_alone_what_it_is_told_to(world: World, policy: Policy) -> None:
    """A label under a name that says nothing cannot be told from an id people have; then it is named."""
    for truth in _truths(world):
        assert propose(_with(_rows(world), "zzz", truth), ignore=["zzz"]) == policy
