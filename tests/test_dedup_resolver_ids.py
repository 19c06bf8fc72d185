"""Ids of a resolver: whom a name leads to, and what a log says of them."""

from __future__ import annotations

from unittest import mock

import attrs
import pytest

import crmkit.dedup.resolver
from crmkit.adapters.memory import MemoryStorage
from crmkit.dedup import Added, Limit, Resolver, resolve
from crmkit.errors import InvalidValue, OutOfDate
from crmkit.testing.resolver_contract import partition
from crmkit.workflows import catch_up, load_resolver, receive
from test_dedup_resolver import ANN, MODEL, POLICY, ZOE, a_resolver, the_model


def test_a_customer_keeps_its_name_when_a_stranger_comes_by_the_same_id() -> None:
    """Names that were given lead home; a newer record of that id has a name of its own."""
    resolver = a_resolver(a=ANN, b=ANN)
    resolver.remove("a")
    resolver.add({**ZOE, "id": "a"})

    assert resolver.clusters == {"b": "a", "a": "a#2"}
    for record, customer in resolver.clusters.items():
        assert record in resolver.members(customer)
        assert resolver.customer(record) == customer
    assert resolver.members("a") == ("b",)
    assert resolver.aliases("a") == ("b",)
    assert resolver.aliases("a#2") == ()


def test_a_log_is_read_whatever_it_would_cost_at_once() -> None:
    """The budget keeps large work from starting; what was added one by one can always be read again."""
    model = attrs.evolve(MODEL, policy=attrs.evolve(MODEL.policy, pair_budget=1))
    resolver = Resolver(model)
    for key in "abc":
        resolver.add({**ANN, "id": key})
    with mock.patch.object(crmkit.dedup.resolver, "_FEW", 0):
        assert Resolver(model, log=resolver.log).clusters == resolver.clusters
        with pytest.raises(InvalidValue, match="more than 1 pairs"):
            Resolver(model).load([{**ANN, "id": key} for key in "abc"])


@pytest.mark.parametrize("field", ["country", "source"])
def test_a_list_of_one_is_that_one(field: str) -> None:
    """In real time as all at once, whatever form a source or a country comes in."""
    model = the_model(attrs.evolve(POLICY, clean_sources=("7",), limits=(Limit(field="passport"),)))
    ann = {**ANN, "phone": "07720123466", "email": None, "source": "7.0" if field == "country" else [7.0]}
    rows = [{**ann, "country": ["GB"], "id": 1}, {**ann, "country": "GB", "id": 2}]
    resolver = Resolver(model)
    for row in rows:
        resolver.add(row)

    assert partition(resolver.clusters) == partition(resolve(rows, model).clusters)
    assert len(set(resolver.clusters.values())) == (1 if field == "country" else 2)


def test_a_resolver_that_knows_more_than_its_log_says_so() -> None:
    """What was told past the storage, and another's fact in its place, is noticed before anything is taken in."""
    storage = MemoryStorage()
    one = load_resolver(storage, MODEL)
    receive(storage, one, {**ANN, "id": "a"})
    other = load_resolver(storage)
    one.tell(Added("b", None, (("name", ("Ann Bell",)),)))
    receive(storage, other, {**ZOE, "id": "c"})

    for _ in range(2):
        with pytest.raises(OutOfDate, match="from its beginning"):
            catch_up(storage, one)
    assert load_resolver(storage).clusters == other.clusters
