"""The laws of identity, one test each: what holds for any records, any decisions, in any order.

`HYPOTHESIS_PROFILE=long` draws more, and takes the resolver through 200 steps a run.
"""

from __future__ import annotations

import time
from collections import ChainMap
from collections.abc import Iterable, Mapping
from contextlib import suppress
from random import Random
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crmkit.dedup import (
    DATE,
    DISTINCT,
    EMAIL,
    PHONE,
    SAME,
    Block,
    Comparison,
    Decision,
    Flip,
    Kind,
    Limit,
    Policy,
    Resolution,
    Resolver,
    Split,
    bulk,
    explain,
    resolve,
)
from crmkit.dedup.arrays.columns import column_of, encode
from crmkit.dedup.cells import record_cells, writes_chinese
from crmkit.dedup.compare import likeness, likenesses
from crmkit.dedup.decision import records_of, same_groups
from crmkit.dedup.forms import Cell
from crmkit.dedup.policy import facets
from crmkit.dedup.table import RecordKey, read_table, record_row
from crmkit.errors import Contradiction
from crmkit.testing import check_resolver
from crmkit.testing.resolver_contract import Said, holds, partition
from test_dedup_compare import columns_of_a_kind, facet
from test_dedup_resolver import IDS, MODEL, POLICY, RECORDS

Told = dict[str, Any]
Base = tuple[list[Told], list[Said]]

PARTIES: tuple[Told, ...] = (
    {"name": "Ann Bell", "email": "a@x.pt", "phone": "13800138000", "born_on": "1990-01-31", "city": "Rome"},
    {
        "name": "王芳",
        "email": ["a@x.pt", "c@x.pt"],
        "phone": "+8613900139000",
        "born_on": "1985-12-01",
        "city": None,
    },
    {"name": "Bell", "email": "b@x.pt", "phone": "13800138000", "city": None, "kind": "organisation"},
)
SLIPS: tuple[Told, ...] = (
    {}, {}, {"name": "Anne Bell"}, {"name": "Wang Fang"}, {"email": "b@x.pt"}, {"phone": None}, {"born_on": None},
    {"phone": "13800138001"}, {"born_on": "1990-01-30"}, {"passport": "P1"}, {"passport": ["P2", "P3"]},
    {"source": "crm"}, {"kind": "person"},
)  # fmt: skip
STRANGERS: st.SearchStrategy[Told] = RECORDS.map(lambda row: {"city": None, **row})


def alike(*parties: Told) -> st.SearchStrategy[Told]:
    """Records of *parties*, told with slips, and as many strangers."""
    slip = st.sampled_from(SLIPS)
    told = st.builds(lambda *said: dict(ChainMap(*said)), slip, slip, st.sampled_from(parties))
    return st.one_of(told, STRANGERS)


@st.composite
def bases(draw: st.DrawFn) -> tuple[list[Told], list[Said]]:
    """One party or two, told several times, and what people say of the first four records."""
    records = alike(*draw(st.lists(st.sampled_from(PARTIES), min_size=1, max_size=2)))
    keys = draw(st.lists(IDS, min_size=3, max_size=6, unique=True))
    rows = [{**draw(records), "id": key} for key in keys]
    some = st.lists(st.sampled_from(keys[:4]), min_size=2, max_size=3, unique=True)
    decision = st.builds(
        lambda ids, verdict: Decision(ids[0], ids[1], verdict, by="ann"),
        some,
        st.sampled_from((SAME, DISTINCT, DISTINCT)),
    )
    split = some.map(lambda ids: Split(ids[1:], ids[:1], by="bo"))
    return rows, draw(st.lists(st.one_of(decision, split), min_size=1, max_size=6))


def graph_of(rows: Iterable[Told], words: Iterable[Said] = ()) -> Resolver:
    """Return a graph of *rows* and of those of *words* that can hold beside the ones before them."""
    resolver = Resolver(MODEL)
    for row in rows:
        resolver.add(row)
    for one in words:
        with suppress(Contradiction):
            resolver.tell(one)
    return resolver


def everything(found: Resolution) -> tuple[object, ...]:
    pairs = {(frozenset((one.a, one.b)), one.weight) for one in found.pairs}
    return dict(found.clusters), found.refused, found.hubs, pairs


def test_any_order_of_facts_ends_in_the_partition_of_the_whole_base() -> None:
    """Records come, change and go, people speak and take back, and at every step it is as all at once."""
    long = settings.default.stateful_step_count >= 200  # type: ignore[union-attr]
    check_resolver(
        lambda: Resolver(MODEL),
        model=MODEL,
        records=alike(*PARTIES),
        settings=settings(
            max_examples=200 if long else 60, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


class Stale:
    """A resolver that answers who is who from a cache, and empties it only when a record comes."""

    def __init__(self) -> None:
        self._resolver = Resolver(MODEL)
        self._clusters: dict[RecordKey, RecordKey] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

    @property
    def clusters(self) -> dict[RecordKey, RecordKey]:
        if self._clusters is None:
            self._clusters = self._resolver.clusters
        return self._clusters

    def add(self, record: Told) -> object:
        self._clusters = None
        return self._resolver.add(record)


def test_a_wrapper_that_breaks_a_promise_is_noticed() -> None:
    """And a sentence says which."""
    few = settings(
        max_examples=20, deadline=None, database=None, report_multiple_bugs=False, phases=(Phase.generate,)
    )
    with pytest.raises(AssertionError, match=r"\w"):
        check_resolver(Stale, model=MODEL, records=alike(*PARTIES), settings=few)  # type: ignore[arg-type]


@given(bases(), st.randoms(use_true_random=False))
def test_any_order_of_records_and_decisions_is_one_base(base: Base, random: Random) -> None:
    """The same customers, refusals and pairs, whatever comes first."""
    rows, words = base
    said = graph_of(rows, words).decisions
    shuffled, spoken = random.sample(rows, len(rows)), random.sample(said, len(said))

    assert everything(resolve(rows, MODEL, decisions=said)) == everything(
        resolve(shuffled, MODEL, decisions=spoken)
    )


@given(bases())
def test_resolving_twice_changes_nothing(base: Base) -> None:
    """Not when what was found is said by a person, nor when each record says again what it said."""
    rows, words = base
    resolver = graph_of(rows, words)
    said, clusters = resolver.decisions, resolver.clusters
    found = resolve(rows, MODEL, decisions=said)
    agreed = [
        Decision(records[0], other, SAME, by="eve")
        for records in found.members().values()
        for other in records[1:]
    ]
    again = resolve(rows, MODEL, decisions=[*said, *agreed])
    assert again.clusters == found.clusters
    assert again.refused == found.refused

    for row in rows:
        assert resolver.update(row).events == ()
    assert resolver.clusters == clusters


@given(bases())
def test_adding_then_removing_a_record_restores_the_partition(base: Base) -> None:
    """Whomever it joined, and whatever it crowded; the customers have their ids back as well."""
    (*rows, newcomer), words = base
    resolver = graph_of(rows, words)
    before = resolver.clusters, sorted(resolver.refused, key=repr), resolver.decisions
    with suppress(Contradiction):
        resolver.add(newcomer)
        resolver.remove(newcomer["id"])

    assert (resolver.clusters, sorted(resolver.refused, key=repr), resolver.decisions) == before


@given(bases(), st.integers(1, 2))
def test_nothing_forbidden_ever_happens(base: Base, at_most: int) -> None:
    """No customer is apart by a word, a person and an organisation, twice in a clean source, or over a limit.

    Where people make records one that are over a limit, nothing else joins that adds to it.
    """
    rows, words = base
    model = attrs.evolve(
        MODEL, policy=attrs.evolve(POLICY, limits=(Limit(field="passport", at_most=at_most),))
    )
    said = graph_of(rows, words).decisions
    told = {row["id"]: row for row in rows}
    found = resolve(rows, model, decisions=said)
    units = [(key,) for key in told] + same_groups(one for one in said if isinstance(one, Decision))

    assert all(holds(one, found.clusters) for one in said)
    for records in found.members().values():
        assert len({told[key].get("kind") for key in records} - {None}) <= 1
        for held, limit in ((passports, at_most), (clean, 1)):
            most = max(len(held(told, set(unit).intersection(records))) for unit in units)
            assert len(held(told, records)) <= max(limit, most)
    assert all(one.weight > 0 and one.reason for one in found.refused)


def passports(told: Mapping[object, Told], records: Iterable[RecordKey]) -> set[object]:
    said = [told[key].get("passport") for key in records]
    return {text for one in said for text in (one if isinstance(one, list) else [one]) if text}


def clean(told: Mapping[object, Told], records: Iterable[RecordKey]) -> set[RecordKey]:
    return {key for key in records if told[key].get("source") == "crm"}


@given(bases())
def test_a_decision_always_holds_and_a_contradiction_is_refused_with_both_named(base: Base) -> None:
    """Whatever the evidence says; what cannot hold is refused when it is said, and leaves nothing behind."""
    rows, words = base
    resolver = graph_of(rows)
    here = set(resolver.clusters)
    for one in words:
        if not here.issuperset(records_of(one)):
            continue
        before = resolver.decisions
        refusal = contradiction(resolver, one)
        if refusal is None:
            assert one in resolver.decisions
        else:
            kinds = "'person'" in refusal and "'organisation'" in refusal
            assert str(one) in refusal
            assert kinds or any(str(other) in refusal for other in before)
            assert resolver.decisions == before
    assert all(holds(one, resolver.clusters) for one in resolver.decisions)


def contradiction(resolver: Resolver, word: Said) -> str | None:
    try:
        resolver.tell(word)
    except Contradiction as error:
        return str(error)
    return None


@given(bases())
def test_the_parts_of_an_explanation_sum_to_the_score(base: Base) -> None:
    """Which is the weight that the pair has among all others."""
    rows, _ = base
    told = {row["id"]: row for row in rows}
    found = resolve(rows, MODEL)

    for match in found.pairs:
        why = explain(told[match.a], told[match.b], MODEL, hubs=found.hubs)
        assert why.weight == match.weight
        assert sum(part.weight for part in why.parts) == pytest.approx(why.weight, abs=1e-9)
        assert (why.a, why.b) == (match.a, match.b)


@given(bases())
def test_what_why_not_names_flips_the_verdict(base: Base) -> None:
    """Each of its changes, made for good on a graph of its own, makes the two one."""
    rows, words = base
    a, b = rows[0]["id"], rows[1]["id"]
    resolver = graph_of(rows, words)
    answer = resolver.why_not(a, b)

    assert answer.together == (resolver.customer(a) == resolver.customer(b))
    assert answer.together != bool(answer.reasons)
    for flip in answer.flips:
        changed = graph_of(rows, words)
        make_so(changed, rows, flip)
        assert changed.customer(a) == changed.customer(b)


def make_so(resolver: Resolver, rows: Iterable[Told], flip: Flip) -> None:
    for one in flip.withdrawn:
        resolver.withdraw(one, by="cid")
    for key in flip.without:
        resolver.remove(key)
    if flip.record_id is not None:
        own, like = (
            next(record_row(row, kind="kind").values for row in rows if row["id"] == key)
            for key in (flip.record_id, flip.like)
        )
        resolver.update({**own, **{field: like.get(field) for field in flip.fields}})


@given(columns_of_a_kind())
def test_one_pair_of_texts_compares_as_it_does_among_many(column: tuple[Kind, list[Cell]]) -> None:
    """To the bit, in any script, for any kind, with any number of forms."""
    kind, cells = column
    coded = column_of(cells)
    a, b = (place.ravel() for place in np.meshgrid(np.arange(len(cells)), np.arange(len(cells))))
    found = bulk.column_likenesses(kind, coded, coded.cell[a], coded.cell[b])
    counts = dict(zip(coded.texts, coded.text_counts.tolist(), strict=True))

    for place, (one, other) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        expected = likeness(facet(kind), cells[one], cells[other])
        assert found.level[place] == expected.level
        shared = int(found.shared[place])
        assert (shared >= 0) == bool(expected.shared)
        if expected.shared:
            assert coded.texts[shared] in expected.shared
            assert counts[coded.texts[shared]] == min(counts[text] for text in expected.shared)


WRITTEN = st.one_of(
    st.none(),
    st.sampled_from(("王小明", "張偉", "张伟", "Wang Xiaoming", "Bob Smith", "Robert Smith Jr", "Smith, R.")),
    st.sampled_from(("Xiang Deng", "邓湘", "ana.b@x.pt", "ana.b@y.pt", "anna.b@x.pt", "info@x.pt", "13812345678")),
    st.sampled_from(("13812345687", "010-65529988", "1980-05-06", "06.05.1980", "12 Main St", "14 Main St", "n/a", "")),
    st.tuples(st.sampled_from(("ana.b@x.pt", "info@x.pt")), st.sampled_from(("bob@x.pt", "王芳", "13812345678"))),
    st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E2F), min_size=2, max_size=4),
    st.text(max_size=6),
)  # fmt: skip
FIELDS = ("name", "given", "family", "email", "phone", "on", "place")


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(FIELDS, WRITTEN)), min_size=2, max_size=5))
def test_one_pair_of_records_compares_as_it_does_among_many(rows: list[Told]) -> None:
    """Cells, swapped names and levels of a table are those of its records one by one, in any script."""
    policy = Policy(
        comparisons=(
            Comparison("name", Kind.FULL_NAME, parts=("given", "family")),
            Comparison("email", EMAIL),
            Comparison("phone", PHONE),
            Comparison("on", DATE),
            Comparison("place", Kind.ADDRESS),
        ),
        blocking=(Block("email"),),
    )
    columns = encode(read_table([{**row, "id": place} for place, row in enumerate(rows)]), policy)
    cells = [record_cells(row, policy) for row in rows]
    a, b = np.triu_indices(len(rows), 1)
    found = bulk.likenesses(columns, a, b)

    assert columns.chinese.tolist() == [writes_chinese(policy, cell) for cell in cells]
    for place, (one, other) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        expected = likenesses(facets(policy), cells[one], cells[other])
        assert [like.level for like in expected] == [like.level[place] for like in found]


@given(bases(), st.sampled_from(("phone", "email")), st.integers(4, 9))
def test_no_cluster_grows_through_what_too_many_share(base: Base, field: str, crowd: int) -> None:
    """With a value that a crowd of strangers shares, the customers are those without it."""
    rows, _ = base
    shared = {"phone": "+8613700137000", "email": "office@x.pt"}[field]
    strangers = [{"id": f"s{n}", "name": f"Q{n} W{n}", "city": None} for n in range(crowd)]
    everyone: list[Told] = [*rows, *strangers]
    with_it = [{**row, field: shared} for row in everyone]
    without = [{**row, field: None} for row in everyone]

    assert resolve(with_it, MODEL).clusters == resolve(without, MODEL).clusters
    assert partition(graph_of(with_it).clusters) == partition(graph_of(without).clusters)


def test_ten_thousand_records_on_one_phone_are_not_one_customer() -> None:
    """Only those that share more are one; the number links nothing, which is said; one more joins nobody."""
    rows: list[Told] = [
        {
            "id": n,
            "phone": "13812345678",
            "name": f"Ann{n} Bell{n}",
            "email": f"ann{n - n % 100 // 99}@x.pt",
            "city": None,
        }
        for n in range(10_000, 20_000)
    ]
    before = time.process_time()
    found = resolve(rows, MODEL)
    took = time.process_time() - before
    resolver = Resolver(MODEL)
    resolver.load(rows)

    assert took < 5
    assert found.sizes() == {1: 9_800, 2: 100}
    assert found.hubs == (("phone", ("+8613812345678",)),)
    assert any("raise hub_limit" in one.reason.lower() for one in found.problems)
    assert partition(resolver.clusters) == partition(found.clusters)
    assert resolver.add({"id": "new", "phone": "13812345678", "name": "Zoe Ford", "city": None}).joined == ()
