"""Blocking: exactly the pairs that share a key, at a cost known beforehand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.dedup import EMAIL, EXACT, NAME, PHONE, Block, Comparison, Kind, Policy, RareTokens
from crmkit.dedup.arrays.blocking import block_keys, common_words, find_pairs
from crmkit.dedup.arrays.columns import encode
from crmkit.dedup.arrays.distinct import each_once
from crmkit.dedup.arrays.keys import Keys, both, compact, group_sizes, keys_of, pair_cost
from crmkit.dedup.normalize import normalise
from crmkit.dedup.policy import Limit, facets, split_key
from crmkit.dedup.table import Table, read_table
from crmkit.errors import InvalidValue, UnknownName

NAMES = st.sampled_from((None, "bob", "robert", "bo", "王芳", "wang"))
PLACES = st.sampled_from((None, "leeds", "york", ("york", "leeds")))
ROWS = st.lists(st.fixed_dictionaries({"name": NAMES, "place": PLACES}), max_size=7)


def policy(*blocks: Block | RareTokens, **changes: object) -> Policy:
    comparisons = (Comparison("name", NAME), Comparison("place", EXACT))
    return Policy(comparisons=comparisons, blocking=blocks, **changes)  # type: ignore[arg-type]


def pairs_of(table: Table, rule: Policy) -> set[tuple[int, int]]:
    columns = encode(table, rule)
    found = find_pairs(table, columns, rule, common=common_words(table, columns, rule))
    pairs = list(zip(found.a.tolist(), found.b.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    return set(pairs)


def table_of(rows: list[dict[str, object]]) -> Table:
    return read_table([{**row, "id": place} for place, row in enumerate(rows)], kind="kind", source="source")


@given(ROWS)
def test_a_block_finds_the_pairs_that_share_a_form_of_each_key(rows: list[dict[str, object]]) -> None:
    """No more and no fewer, with several values and several forms."""
    table = table_of(rows)

    def forms(row: dict[str, object], field: str) -> set[str]:
        value = row[field]
        values = () if value is None else value if isinstance(value, tuple) else (value,)
        return {form.text for form in normalise(values, NAME if field == "name" else EXACT)}

    for fields in (("name",), ("place",), ("name", "place")):
        expected = {
            (a, b)
            for a, b in combinations(range(len(rows)), 2)
            if all(forms(rows[a], field) & forms(rows[b], field) for field in fields)
        }
        assert pairs_of(table, policy(Block(*fields))) == expected


@given(st.lists(st.integers(0, 9) | st.integers(0, 2**62)))
def test_each_code_comes_once_and_in_order(codes: list[int]) -> None:
    """Sorting and a set say the same, of no code as well."""
    assert each_once(np.array(codes, np.int64)).tolist() == sorted(set(codes))


@given(ROWS, st.integers(0, 4))
def test_the_cost_is_known_before_anything_is_expanded(rows: list[dict[str, object]], limit: int) -> None:
    """It is the number of pairs of each key, those over the limit left out, and no pair is missed under it."""
    table = table_of(rows)
    rule = policy(Block("place", limit=limit))
    keys = next(block_keys(table, encode(table, rule), rule, ()))
    sizes = group_sizes(keys)

    assert pair_cost(sizes, limit) == sum(size * (size - 1) // 2 for size in sizes.tolist() if size <= limit)
    assert len(pairs_of(table, rule)) <= pair_cost(sizes, limit)


def test_the_budget_refuses_to_start() -> None:
    """And names the dearest blocks."""
    table = table_of([{"name": "zed", "place": "york"}] * 5)

    with pytest.raises(InvalidValue, match="name makes 10"):
        pairs_of(table, policy(Block("name"), pair_budget=9))
    assert len(pairs_of(table, policy(Block("name"), pair_budget=10))) == 10


def test_a_key_that_too_many_share_is_reported() -> None:
    """With its size and the pairs that it may cost, and without the value."""
    table = table_of([{"name": "zed", "place": "york"}] * 5)
    rule = policy(Block("name", limit=4), Block("place", limit=5))
    found = find_pairs(table, encode(table, rule), rule, common=())

    (problem,) = found.problems
    assert problem.field == "name"
    assert "1 key(s)" in problem.reason
    assert "the largest by 5; 10 pairs" in problem.reason
    assert "zed" not in str(problem)
    assert len(found.a) == 10


def test_the_start_of_a_field_is_a_key() -> None:
    """It is cut from the value itself, not from its other forms."""
    rows: list[dict[str, object]] = [{"name": "bob"}, {"name": "bo"}, {"name": "robert"}, {"name": "b"}]

    assert pairs_of(table_of(rows), policy(Block("name[:2]"))) == {(0, 1)}
    assert pairs_of(table_of(rows), policy(Block("name[:1]"))) == {(0, 1), (0, 3), (1, 3)}
    assert split_key("name[-2:]") == ("name", slice(-2, None))


def test_parts_of_a_full_name_are_keys() -> None:
    """By the names of their columns, and by those of the facets, wherever the name was written."""
    name = Comparison("name", Kind.FULL_NAME, parts=("given", "family"))
    rows: list[dict[str, object]] = [
        {"name": "Bob Smith"},
        {"given": "Rob", "family": "Smith"},
        {"name": "Bob Hall"},
    ]

    def found(*keys: str) -> set[tuple[int, int]]:
        return pairs_of(table_of(rows), Policy(comparisons=(name,), blocking=(Block(*keys),)))

    assert found("family") == found("name (family)") == found("name") == {(0, 1)}
    assert found("given") == {(0, 1), (0, 2), (1, 2)}
    assert [facet.name for facet in facets(Policy(comparisons=(name,), blocking=(Block("name"),)))] == [
        "name (family)",
        "name (given)",
    ]


def test_any_column_is_a_key() -> None:
    """Also one that is not compared; a name that no column has is refused with the closest."""
    rows: list[dict[str, object]] = [{"name": "a", "card": "Ä1"}, {"name": "b", "card": "ä1"}]

    assert pairs_of(table_of(rows), policy(Block("card"))) == {(0, 1)}
    with pytest.raises(UnknownName, match="card"):
        pairs_of(table_of(rows), policy(Block("crad")))


def test_rare_words_pair_and_common_words_do_not() -> None:
    """Rarity is counted in records, over all the fields together."""
    rows: list[dict[str, object]] = [
        {"name": "x", "place": "grand hotel york"},
        {"name": "york", "place": "grand inn"},
        {"name": "y", "place": "grand house"},
    ]
    rule = policy(RareTokens("name", "place", at_most=2))

    assert pairs_of(table_of(rows), rule) == {(0, 1)}
    table = table_of(rows)
    assert common_words(table, encode(table, rule), rule) == (frozenset({"grand"}),)
    assert str(rule.blocking[0]) == "rare words of name, place"


def test_a_person_is_never_paired_with_an_organisation() -> None:
    """Someone of unknown kind is paired with either."""
    kinds = ("person", "organisation", None, "person")
    rows: list[dict[str, object]] = [{"place": "york", "kind": kind} for kind in kinds]

    assert pairs_of(table_of(rows), policy(Block("place"))) == {(0, 2), (0, 3), (1, 2), (2, 3)}


def test_linked_tables_pair_across_only() -> None:
    """Nothing is paired within one of them."""
    left = [{"id": "a", "place": "york"}, {"id": "b", "place": "york"}]
    right = [{"id": "c", "place": "york"}]

    assert pairs_of(read_table([left, right]), policy(Block("place"))) == {(0, 2), (1, 2)}


def test_keys_of_two_fields_are_every_combination() -> None:
    """And codes are made dense before they could overflow."""
    rows: list[dict[str, object]] = [
        {"name": ("ann", "zoe"), "place": ("york", "leeds")},
        {"name": "ann", "place": "york"},
    ]
    table = table_of(rows)
    columns = encode(table, policy(Block("name")))
    joined = both(keys_of(table, columns, "name"), keys_of(table, columns, "place"))

    assert joined.record.tolist() == [0, 0, 0, 0, 1]
    assert sorted(group_sizes(joined).tolist()) == [1, 1, 1, 2]
    wide = Keys(record=joined.record, code=joined.code * (1 << 33), width=1 << 40)
    assert compact(wide).width == 4
    assert np.array_equal(np.unique(compact(wide).code), np.arange(4))


def test_policies_check_themselves() -> None:
    """What cannot work is refused when it is written, with what to do."""
    comparison = Comparison("a", NAME)
    for wrong in (
        lambda: Policy(comparisons=(), blocking=(Block("a"),)),
        lambda: Policy(comparisons=(comparison,), blocking=()),
        lambda: Policy(comparisons=(comparison, comparison), blocking=(Block("a"),)),
        lambda: Comparison("", NAME),
        lambda: Comparison("a", NAME, parts=("b", "c")),
        lambda: Comparison("a", Kind.FULL_NAME, parts=("b",)),
        lambda: Comparison("a", NAME, hub_limit=0),
        lambda: Block(),
        lambda: Block("a[:x]"),
        lambda: Block("a[2]"),
        lambda: RareTokens(),
        lambda: RareTokens("a", at_most=1),
        lambda: Limit(field="a", at_most=0),
    ):
        with pytest.raises(InvalidValue):
            wrong()


def test_a_comparison_knows_what_is_usual_for_its_kind() -> None:
    """Addresses are shared by who lives there; identifiers have a limit."""
    assert Comparison("a", EMAIL).hub_limit == Comparison("a", PHONE).hub_limit == 50
    assert Comparison("a", NAME).hub_limit is None
    assert Comparison("a", "address").surroundings
    assert not Comparison("a", EMAIL).surroundings
    assert Block("a", "b") == Block(keys=("a", "b"))
    assert str(Block("a[:2]", "b")) == "a[:2] + b"
