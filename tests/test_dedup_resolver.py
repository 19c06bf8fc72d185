"""The resolver: in whatever order facts arrive, the customers are those of the whole base."""

from __future__ import annotations

from unittest import mock

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit.dedup.resolver
from crmkit.dedup import (
    DATE,
    EMAIL,
    PHONE,
    Block,
    Comparison,
    Kind,
    Limit,
    Model,
    Outcome,
    Policy,
    RareTokens,
    Resolver,
    train,
)
from crmkit.dedup.cells import record_cells, writes_chinese
from crmkit.dedup.compare import likenesses
from crmkit.dedup.forms import OTHER, Form
from crmkit.dedup.graph.weighing import weighable, weigher
from crmkit.dedup.kinds import COMPANY, NAME
from crmkit.dedup.policy import facets
from crmkit.dedup.score import population_of, score, term_counts
from crmkit.dedup.table import RecordKey, record_row
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from test_dedup_resolve import people

POLICY = Policy(
    comparisons=(
        Comparison("name", Kind.FULL_NAME, term_frequency=True),
        Comparison("email", EMAIL, hub_limit=3),
        Comparison("phone", PHONE, hub_limit=3),
        Comparison("born_on", DATE),
    ),
    blocking=(
        Block("name", limit=4),
        Block("email"),
        Block("phone"),
        Block("name[:2]", "city", limit=3),
        RareTokens("name", "city", at_most=4),
    ),
    limits=(Limit(field="passport", at_most=1),),
    clean_sources=("crm",),
)


def the_model(policy: Policy) -> Model:
    rows = [{**row, "city": "ab"[number % 2], "source": "web"} for number, row in enumerate(people(40))]
    return train([{key: value for key, value in row.items() if key != "truth"} for row in rows], policy)


MODEL = the_model(POLICY)
OTHER_MODEL = the_model(
    Policy(
        comparisons=tuple(
            Comparison(field, kind, term_frequency=field != "phone")
            for field, kind in (
                ("name", Kind.NAME),
                ("email", Kind.TEXT),
                ("phone", Kind.ID),
                ("born_on", Kind.ADDRESS),
                ("city", Kind.COMPANY),
                ("passport", Kind.EXACT),
            )
        ),
        blocking=(Block("name"), Block("email")),
    )
)
NAMES = ("Ann Bell", "Anne Bell", "Ann Bel", "Zoe Ford", "王芳", "Wang Fang", "")
RECORDS = st.fixed_dictionaries(
    {"name": st.sampled_from(NAMES)},
    optional={
        "email": st.sampled_from(("a@x.pt", "b@x.pt", "aa@x.pt", ["a@x.pt", "c@x.pt"])),
        "phone": st.sampled_from(("13800138000", "13800138001", "+8613900139000", "07720123466")),
        "born_on": st.sampled_from(("1990-01-31", "1990-01-30", "1985-12-01")),
        "city": st.sampled_from(("Rome", "Riga")),
        "passport": st.sampled_from(("P1", "P2")),
        "kind": st.sampled_from(("person", "organisation")),
        "country": st.sampled_from(("GB", "PT")),
        "source": st.sampled_from(("crm", "web")),
    },
)
IDS: st.SearchStrategy[RecordKey] = st.sampled_from((1, 2, 3, 10, "1", "a", "b", "c", "d", "e"))


@given(st.lists(RECORDS, min_size=2, max_size=2), st.sampled_from((MODEL, OTHER_MODEL)))
def test_a_weigher_weighs_as_score_does(rows: list[dict[str, object]], model: Model) -> None:
    """Worked out beforehand or not, a pair weighs the same to the bit, whichever record comes first."""
    policy = model.policy
    named = facets(policy)
    read = [record_row({"city": None, **row, "id": n}, id="id", kind="kind") for n, row in enumerate(rows)]
    said = [record_cells(row.values, policy) for row in read]
    chinese = [writes_chinese(policy, cells) for cells in said]
    population = population_of(model, kinds=(read[0].kind, read[1].kind), chinese=(chinese[0], chinese[1]))
    parts = score(named, likenesses(named, *said), population, term_counts(model))
    pair = [
        weighable(cells, row.kind, chinese=cn) for cells, row, cn in zip(said, read, chinese, strict=True)
    ]
    against = weigher(model)

    exact = parts.total - model.threshold_millibits
    one, other = pair
    assert against(one)(other, -(10**9)) == against(other)(one, -(10**9)) == exact
    for floor in (-20_000, 0, exact - 1, exact, exact + 1):
        assert against(one)(other, floor) == exact or exact <= against(one)(other, floor) == floor


def test_a_weigher_gives_up_no_pair_that_agrees_in_another_form() -> None:
    """Where the same in another form says more than the same, a pair is still weighed to the end."""
    named = facets(OTHER_MODEL.policy)
    odd = [
        attrs.evolve(
            one,
            ties=(),
            namesakes=0.999,
            fits=tuple(
                attrs.evolve(
                    fit,
                    same=(*fit.same[:-2], 0.9, 0.01),
                    chance=(*fit.chance[:-2], 0.01, 0.01),
                    related=fit.chance,
                    seen=(*fit.seen[:-2], 0.5, 0.01),
                )
                for fit in one.fits
            ),
        )
        for one in OTHER_MODEL.populations
    ]
    model = attrs.evolve(OTHER_MODEL, populations=tuple(odd))
    alone, beside = (Form("mingda"),), (Form("ming da"), Form("mingda", OTHER))
    pair = [
        tuple(cell if facet.kind in (NAME, COMPANY) else () for facet in named) for cell in (alone, beside)
    ]
    parts = score(named, likenesses(named, *pair), model.populations[0], term_counts(model))
    exact = parts.total - model.threshold_millibits
    one, other = (weighable(cells, None, chinese=False) for cells in pair)

    assert weigher(model)(one)(other, exact - 1) == weigher(model)(other)(one, exact - 1) == exact


def test_a_weigher_gives_up_no_pair_of_long_numbers() -> None:
    """Two numbers that differ only after their sixteenth digit are the same, and no pair is given up before that."""
    rows = [{"id": n, "a": str(n % 7), "b": str(n % 5), "name": f"n{n % 20}"} for n in range(60)]
    policy = Policy(
        comparisons=(
            *(Comparison(field, Kind.NUMBER, term_frequency=True) for field in "ab"),
            Comparison("name", NAME),
        ),
        blocking=(Block("name"),),
    )
    learnt = train(rows, policy)
    often = (0.97, 0.01, 0.01, 0.01)
    odd = [
        attrs.evolve(fit, same=often[::-1], chance=often, related=often, seen=(1.0, 1.0, 1.0, 1e-6))
        for fit in learnt.populations[0].fits[:2]
    ]
    fits = (*odd, learnt.populations[0].fits[2])
    model = attrs.evolve(
        learnt,
        populations=tuple(
            attrs.evolve(one, ties=(), namesakes=0.999, fits=fits) for one in learnt.populations
        ),
    )
    pair = [(cell, cell, ()) for cell in ((Form("9007199254740993"),), (Form("9007199254740992"),))]
    exact = score(
        facets(policy),
        likenesses(facets(policy), *pair),
        model.populations[0],
        term_counts(model),
    ).total
    one, other = (weighable(cells, None, chinese=False) for cells in pair)

    floor = exact - model.threshold_millibits - 1
    assert weigher(model)(one)(other, floor) == floor + 1


@given(st.dictionaries(IDS, RECORDS, min_size=1), st.integers(0, 10))
def test_many_at_once_are_as_many_in_turn(rows: dict[RecordKey, dict[str, object]], first: int) -> None:
    """Loaded, added, or read from a log: the same customers, refusals and crowded values, then and later."""
    told = [{"city": None, **row, "id": key} for key, row in rows.items()]
    in_turn, loaded = Resolver(MODEL), Resolver(MODEL)
    for row in told:
        in_turn.add(row)
    with mock.patch.object(crmkit.dedup.resolver, "_FEW", 0):
        loaded.load(told[:first])
        loaded.load(told[first:])
        read = Resolver(MODEL, log=in_turn.log)

    gone = next(iter(rows))
    for _ in range(2):
        for one in (loaded, read):
            assert (one.clusters, one.log) == (in_turn.clusters, in_turn.log)
            assert sorted(one.refused, key=repr) == sorted(in_turn.refused, key=repr)
            assert one._evidence.hubs() == in_turn._evidence.hubs()
        assert loaded.remove(gone).events == read.remove(gone).events == in_turn.remove(gone).events
        assert loaded.clusters == read.clusters == in_turn.clusters
        loaded.load([{**told[0], "id": gone}])
        read.add({**told[0], "id": gone})
        in_turn.add({**told[0], "id": gone})


def test_events_stand_in_the_order_of_the_records() -> None:
    """A value that too many hold now takes several customers apart, and no two runs tell it in another order."""
    names = ("Ann Bell", "Zoe Ford", "Max Stone", "Eva Hart", "Tom Reed")
    emails = tuple(f"{name.replace(' ', '.').lower()}@x.pt" for name in names)
    resolver = Resolver(MODEL)
    for place, (name, email) in enumerate(zip(names, emails, strict=True)):
        for key in "cab":
            resolver.add({"id": f"{key}{place}", "name": name, "email": email, "city": None})

    outcome = resolver.add({"id": "z", "name": "Kim Wolf", "email": emails, "city": None})

    assert [event.kind for event in outcome.events] == [*["split"] * 10, "created"]
    assert [event.record_ids for event in outcome.events] == sorted(one.record_ids for one in outcome.events)


def test_all_or_none_are_taken_in() -> None:
    """An id that is there, or comes twice, keeps all of them out; so does what people said of two of them."""
    for number in (2, 300):
        resolver = a_resolver(a=ANN)
        for key in ("a", 1):
            with pytest.raises(InvalidValue, match="is there already"):
                resolver.load([*({**ZOE, "id": n} for n in range(number)), {**ZOE, "id": key}])
        assert resolver.clusters == {"a": "a"}
        with pytest.raises(InvalidValue, match="is there already"):
            Resolver(MODEL, log=[*resolver.log, *resolver.log])
    resolver = a_resolver(a=ANN, b=ANN)
    resolver.assert_same("a", "b", by="ann")
    for key in "ab":
        resolver.remove(key)
    both: list[dict[str, object]] = [
        {**ANN, "id": "a", "kind": "person"},
        {**ANN, "id": "b", "kind": "organisation"},
    ]
    with pytest.raises(Contradiction, match="ann says that 'a' and 'b' are the same"):
        resolver.load([*({**ZOE, "id": n} for n in range(3)), *both])
    assert resolver.clusters == {}


ANN: dict[str, object] = {
    "name": "Ann Bell", "email": "a@x.pt", "phone": "13800138000", "born_on": "1990-01-31", "city": None,
}  # fmt: skip
ZOE: dict[str, object] = {
    "name": "Zoe Ford", "email": "z@x.pt", "phone": "13900139000", "born_on": "1985-12-01", "city": None,
}  # fmt: skip


def a_resolver(**rows: dict[str, object]) -> Resolver:
    resolver = Resolver(MODEL)
    for key, row in rows.items():
        resolver.add({**row, "id": key})
    return resolver


def told(outcome: Outcome) -> list[tuple[str, RecordKey, RecordKey | None]]:
    return [(event.kind, event.customer_id, event.other_id) for event in outcome.events]


def test_a_customer_keeps_its_id() -> None:
    """The id of the record that came first stays, whoever joins, and also when that record goes."""
    resolver = a_resolver(m=ANN, z=ZOE)
    joined = resolver.add({**ANN, "id": "a"})

    assert (joined.customer_id, joined.joined, joined.events) == ("m", ("m",), ())
    assert resolver.members("a") == ("a", "m")
    resolver.remove("m")
    assert resolver.customer("a") == resolver.customer("m") == "m"
    assert resolver.clusters == {"z": "z", "a": "m"}


def test_ids_that_were_given_out_still_lead_home() -> None:
    """Two that become one go by the older id; the younger leads there, and comes back when they are taken apart."""
    resolver = a_resolver(b=ANN, a=ZOE)
    one = resolver.assert_same("a", "b", by="ann", why="she married")

    assert (one.customer_id, one.joined, told(one)) == ("b", ("b", "a"), [("merged", "b", "a")])
    assert resolver.customer("a") == "b"
    [said] = resolver.decisions
    apart = resolver.withdraw(said, by="bo")
    assert told(apart) == [("split", "a", "b")]
    assert resolver.customer("a") == "a"


def test_what_came_and_went_is_told() -> None:
    """A customer is created, gone, or made of other records; nothing is told where nothing changed."""
    resolver = Resolver(MODEL)

    assert told(resolver.add({**ANN, "id": 1})) == [("created", 1, None)]
    assert told(resolver.update({**ANN, "id": 1, "phone": ""})) == []
    gone = resolver.remove(1)
    assert (gone.customer_id, told(gone)) == (None, [("gone", 1, None)])
    with pytest.raises(UnknownName):
        resolver.customer(1)
    assert told(resolver.add({**ANN, "id": 1})) == [("created", 1, None)]


def test_a_split_holds_whatever_comes() -> None:
    """What a person took apart is never joined again, also not by way of a newcomer who fits both."""
    resolver = a_resolver(a=ANN, b=ANN, c=ANN)
    out = resolver.split(["c"], by="ann", why="cousins")

    assert (out.customer_id, told(out)) == ("c", [("split", "c", "a")])
    resolver.add({**ANN, "id": "d"})
    assert resolver.customer("c") != resolver.customer("a") == resolver.customer("b")
    with pytest.raises(Contradiction, match="ann took 'c' out of 'a' and others: cousins"):
        resolver.assert_same("b", "c", by="bo")
    with pytest.raises(InvalidValue, match="all the records"):
        resolver.split(["c"], by="ann")


def test_how_they_hold_together() -> None:
    """One explanation less than records, the strongest first, and they connect them all."""
    resolver = a_resolver(a=ANN, b=ANN, c={**ANN, "phone": ""}, z=ZOE)
    parts = resolver.how("b")

    assert len(parts) == 2
    assert {key for part in parts for key in (part.a, part.b)} == {"a", "b", "c"}
    assert parts[0].weight >= parts[1].weight > MODEL.threshold_millibits / 1000
    assert resolver.how("z") == ()


def test_no_cluster_grows_through_a_crowded_number() -> None:
    """Where more share a phone than may, it links nobody."""
    names = ("Ann Bell", "Max Ford", "Ida Hall", "Leo Kerr")
    crowd: dict[str, dict[str, object]] = {
        f"p{n}": {"name": name, "phone": "13800138000", "city": None} for n, name in enumerate(names)
    }
    resolver = a_resolver(**crowd)

    assert len(set(resolver.clusters.values())) == 4
    assert resolver.explain("p0", "p1").weight < 0


def test_a_pair_that_several_keys_open_counts_once() -> None:
    """A name that few enough share again is a key in each of its forms; what speaks for a pair is told once."""
    resolver = Resolver(MODEL)
    for key in "abcde":
        resolver.add({"id": key, "name": "王芳", "born_on": "1985-12-01" if key < "c" else "", "city": None})
    resolver.assert_distinct("a", "b", by="ann")
    resolver.remove("e")
    pair = resolver.explain("a", "b")

    [refusal] = resolver.refused
    assert refusal.weight == pytest.approx(pair.weight - pair.threshold)


def test_who_is_not_there_is_said() -> None:
    """The closest id is offered; a decision about a stranger is refused."""
    resolver = a_resolver(web_1=ANN)
    for call in (resolver.members, resolver.how, resolver.remove, resolver.customer):
        with pytest.raises(UnknownName, match="Did you mean 'web_1'"):
            call("web_2")
    with pytest.raises(UnknownName):
        resolver.assert_distinct("web_1", "nobody", by="ann")
    assert repr(resolver) == "Resolver(1 records, 0 decisions, 1 facts)"
    assert len(resolver) == 1
