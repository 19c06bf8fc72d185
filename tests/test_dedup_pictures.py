"""Graphs and pictures of who is who: they show what was decided, all of it, whatever the data say."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.dedup import DISTINCT, SAME, Decision, Resolution, Resolver, explain, resolve
from crmkit.dedup.arrangement import Tie, arranged, backbone, nearest
from crmkit.dedup.plain import held_by, likelier, odds
from crmkit.dedup.scene import AGAINST, MOST, SAID, scene_of
from crmkit.dedup.table import RecordKey
from crmkit.dedup.waterfall import steps
from crmkit.display import display_width, svg, svg_text, wrapped
from crmkit.errors import InvalidValue, UnknownName
from test_dedup_resolver import MODEL, RECORDS

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {SVG + name for name in ("svg", "rect", "text", "title", "path", "circle", "line")}
NASTY = ("</text><script>alert(1)</script>", "a\x00b\ud800\uffff", "'><x y='", "& \u202e &amp;", "张" * 200)

WORDS = st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from((SAME, DISTINCT))).filter(
    lambda word: word[0] < word[1]
)


def rows_of(records: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return [{"city": None, **record, "id": f"r{place:02d}"} for place, record in enumerate(records)]


def person(key: str, **says: object) -> dict[str, object]:
    return {"id": key, "kind": "person", "city": None, **says}


def both(rows: list[dict[str, object]], decisions: Sequence[Decision]) -> tuple[Resolution, Resolver]:
    """Return the same base resolved at once and record by record."""
    resolver = Resolver(MODEL)
    for row in rows:
        resolver.add(row)
    for one in decisions:
        resolver.tell(one)
    return resolve(rows, MODEL, decisions=decisions), resolver


def halves() -> list[dict[str, object]]:
    """Return five records: two have the phone in common, two others the e-mail, and one record has both."""
    return [
        person("a1", name="Ann Bell", phone="13800138000"),
        person("a2", name="Ann Bell", phone="13800138000"),
        person("hinge", name="Ann Bell", phone="13800138000", email="bell.family@x.pt"),
        person("z1", email="bell.family@x.pt", name="Zoe Ford"),
        person("z2", email="bell.family@x.pt", name="Zoe Ford"),
    ]


HALVES = resolve(
    halves(),
    MODEL,
    decisions=[
        Decision("hinge", "z1", SAME, by="ann", why="married"),
        Decision("hinge", "z2", SAME, by="ann"),
    ],
)


@settings(max_examples=60)
@given(st.lists(RECORDS, min_size=1, max_size=6), st.none() | WORDS)
def test_graphs_and_pictures_are_the_same_at_once_and_in_real_time(
    records: list[dict[str, object]], word: tuple[int, int, str] | None
) -> None:
    """A resolution and a resolver show the same; each customer is one piece of its graph."""
    rows = rows_of(records)
    said = []
    if word is not None and word[1] < len(rows):
        a, b = rows[word[0]], rows[word[1]]
        if word[2] == DISTINCT or len({a.get("kind"), b.get("kind")} - {None}) < 2:
            said = [Decision(str(a["id"]), str(b["id"]), word[2], by="ann")]
    resolution, resolver = both(rows, said)

    one, other = resolution.graph(records=rows), resolver.graph()
    assert nx.utils.graphs_equal(one, other)
    assert {record: data["customer"] for record, data in one.nodes(data=True)} == resolution.clusters
    for customer in set(resolution.clusters.values()):
        assert nx.is_connected(resolution.graph(customer))
        assert resolution.picture(customer, rows).svg == resolver.picture(customer).svg
    shuffled = resolve(rows[::-1], MODEL, decisions=said)
    assert all(
        shuffled.picture(one, rows).svg == resolution.picture(one, rows[::-1]).svg
        for one in resolution.clusters
    )


@settings(max_examples=60)
@given(RECORDS, RECORDS)
def test_a_waterfall_sums_to_the_weight(one: dict[str, object], other: dict[str, object]) -> None:
    """Each bar begins where the one before it ends, the last part ends at the weight, and so it is drawn."""
    why = explain({**one, "id": 1}, {**other, "id": 2}, MODEL)
    bars = steps(why)

    assert bars[0].start == 0
    assert all(bar.end == following.start for bar, following in pairwise(bars[:-1]))
    assert math.isclose(bars[-2].end, why.weight, abs_tol=1e-9)
    assert (bars[-1].start, bars[-1].end) == (0, why.weight)
    drawn = [rect for rect in ET.fromstring(why.waterfall().svg).iter(SVG + "rect") if rect.get("rx") == "2"]
    assert len(drawn) == len(bars)
    spans = [(float(rect.attrib["x"]), float(rect.attrib["width"])) for rect in drawn]
    edges = [edge for bar in bars for edge in (bar.start, bar.end)] + [why.threshold]
    unit = 330 / (max(edges) - min(edges))
    for bar, (x, width) in zip(bars, spans, strict=True):
        assert width == pytest.approx(max(abs(bar.end - bar.start) * unit, 0.5), abs=0.02)
        assert x - spans[-1][0] == pytest.approx(
            (min(bar.start, bar.end) - min(0, why.weight)) * unit, abs=0.02
        )


def test_records_with_one_id_are_not_mistaken_for_each_other() -> None:
    """An id is the caller's business; what two records say is compared all the same."""
    one, other = person("a", name="Ann Bell"), person("a", name="Zoe Ford")

    assert explain(one, other, MODEL).weight < 0 < explain(one, {**one}, MODEL).weight


@given(st.text() | st.sampled_from(NASTY), st.integers(1, 30))
def test_a_drawing_holds_any_text(text: str, places: int) -> None:
    """It stays a drawing that XML can read, and text stays text."""
    drawing = ET.fromstring(svg(9, 9, [svg_text(1, 2, text), svg_text(1, 2, text, width=40)], title=text))

    assert {one.tag for one in drawing.iter()} <= TAGS
    whole = drawing.findall(SVG + "text")[0].text or ""
    assert len(whole) == len(text)
    lines = wrapped(text, places)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(display_width(line) <= max(places, 2) for line in lines)


@pytest.mark.parametrize("text", NASTY)
def test_no_value_gets_out_of_its_place(text: str) -> None:
    """Names, ids, reasons and decisions are data, in whatever a picture shows."""
    told = text.encode("utf-8", "ignore").decode()  # a decision with a lone surrogate is refused
    rows = [
        person(f"{told}1", name=f"{text} Bell", email="a@x.pt", passport="P1"),
        person(f"{told}2", name=f"{text} Bell", email="a@x.pt", passport="P1"),
        person(f"{told}3", name="Ann Bell", email="a@x.pt", phone="13800138000"),
    ]
    said = [
        Decision(f"{told}1", f"{told}2", SAME, by=told, why=told),
        Decision(f"{told}1", f"{told}3", DISTINCT, by=told, why=told),
    ]
    pictures = [
        resolve(rows, MODEL, decisions=said).picture(f"{told}1", rows),
        explain(rows[0], rows[1], MODEL).waterfall(),
    ]

    for drawing in map(ET.fromstring, (one.svg for one in pictures)):
        assert {one.tag for one in drawing.iter()} <= TAGS
        assert not [name for one in drawing.iter() for name in one.attrib if name.startswith("on")]


def test_the_graph_names_the_record_that_holds_two_halves_together() -> None:
    """It is an articulation point, and the picture says so and marks it."""
    graph = HALVES.graph("a1")

    assert set(nx.articulation_points(graph)) == {"hinge"}
    picture = HALVES.picture("z2", halves())
    assert "hinge holds it together: without it the others fall into parts of 2 and 2 records." in picture.svg
    assert picture.svg.count("r='8'") == 1
    assert "stay linked" in both(halves()[:3], [])[1].picture("a1").svg


def test_edges_tell_what_they_stand_for() -> None:
    """Weight and evidence of what was compared, the word of a person; kinds where they are known."""
    graph = HALVES.graph("hinge", records=halves())
    weights = {frozenset((one.a, one.b)): one.weight for one in HALVES.pairs}

    assert graph.nodes["a1"] == {"customer": "a1", "kind": "person"}
    edge = graph.edges["a1", "hinge"]
    assert edge["weight"] == weights[frozenset(("a1", "hinge"))]
    assert edge["evidence"].split(", ")[0] == "phone"
    assert graph.edges["hinge", "z1"]["said"] == "ann says that 'hinge' and 'z1' are the same: married"
    assert "evidence" not in HALVES.graph("hinge").edges["a1", "hinge"]
    assert "evidence" not in HALVES.graph("hinge", records=halves()[:2]).edges["a1", "hinge"]
    nx.write_graphml(graph, io.BytesIO())
    nx.node_link_data(graph, edges="edges")


def test_refused_merges_are_marked() -> None:
    """The edges between the two say why, and the picture of either names the other."""
    rows = [
        person("a", name="Ann Bell", phone="13800138000", passport="P1"),
        person("b", name="Ann Bell", phone="13800138000", passport="P2"),
    ]
    resolution, resolver = both(rows, [])
    reason = "they would hold more than 1 value(s) of 'passport'"

    assert resolution.graph().edges["a", "b"]["refused"] == reason
    assert not resolution.graph("a").edges
    for picture in (resolution.picture("a", rows), resolver.picture("a"), resolution.picture("a", rows[:1])):
        assert "they would hold more than 1 value(s) of &#x27;passport&#x27;" in picture.svg
        assert "stroke-dasharray='6 4'" in picture.svg
    assert "passport" not in both(rows[:1], [])[0].picture("a", rows).svg


def test_more_records_than_can_be_drawn_are_counted() -> None:
    """Nothing is left out in silence."""
    rows = [person(f"r{place:03d}", name="Ann Bell", passport="P1") for place in range(MOST + 7)]
    words = [Decision("r000", str(row["id"]), SAME, by="ann") for row in rows[1:]]
    picture = resolve(rows, MODEL, decisions=words).picture("r000", rows)
    exact = resolve(rows[:MOST], MODEL, decisions=words).picture("r000", rows)

    assert picture.svg.count("<circle") == MOST + 1
    assert f"Customer r000: {MOST + 7} records" in picture.svg
    (note,) = picture.notes
    assert (
        note
        == f"7 more records are not drawn: these {MOST} are the most strongly linked; graph() has them all."
    )
    assert note in repr(picture)
    assert "not drawn: these" in picture.svg
    assert exact.notes == ()
    assert exact._repr_svg_() == exact.svg


def test_what_all_say_and_what_one_says_stands_above_the_lines() -> None:
    """Columns are for what tells records apart; every value is somewhere."""
    rows = [
        person("a", name="Ann Bell", phone="13800138000", email="ann@x.pt"),
        person("b", name="Ann Bell", phone="13800138000", born_on="1990-01-31"),
    ]
    resolution = resolve(rows, MODEL)
    scene = scene_of(both(rows, [])[1]._network(None), "a")
    text = " ".join(ET.fromstring(resolution.picture("a", rows).svg).itertext())

    assert resolution.clusters["b"] == "a"
    assert scene.sayings.columns == ()
    assert "phone +8613800138000" in text
    assert "email ann@x.pt (a); born_on 1990-01-31 (b)" in text


def test_what_speaks_against_and_what_people_say_are_drawn() -> None:
    """Within one customer, too; the strongest links come last, so that they lie on top."""
    said = [one for one in HALVES.decisions if isinstance(one, Decision)]
    resolution, resolver = both(halves(), said)
    scene = scene_of(resolver._network(None), "a1")

    assert resolution.clusters == resolver.clusters
    assert {thread.sort for thread in scene.threads} >= {AGAINST, SAID}
    assert [thread.holds for thread in scene.threads] == sorted(thread.holds for thread in scene.threads)
    assert "speaks against" in resolver.picture("a1").svg
    assert all("name (given)" in one.differ for one in scene.threads if one.sort == AGAINST)


def test_a_value_that_too_many_share_is_shown_as_linking_nothing() -> None:
    """It stands in italics, on no tint."""
    rows = [
        person(f"r{place}", email="all@x.pt", phone="13800138000" if place < 2 else "", name=f"Ann {place}")
        for place in range(6)
    ]
    resolution = resolve(
        rows, MODEL, decisions=[Decision("r0", "r1", SAME, by="ann"), Decision("r0", "r2", SAME, by="ann")]
    )
    assert resolution.hubs
    drawing = resolution.picture("r0", [*rows[:2], {**rows[2], "email": "two@x.pt"}]).svg

    assert drawing.count("font-style='italic'") == 2


def test_who_is_not_there_is_said() -> None:
    """With the closest id; and a picture needs to know what the records say."""
    with pytest.raises(UnknownName, match="hinge"):
        HALVES.graph("hinje")
    with pytest.raises(UnknownName, match="hinge"):
        HALVES.picture("hinje", halves())
    with pytest.raises(InvalidValue, match="'z2' is not among those handed over"):
        HALVES.picture("a1", halves()[:4])


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 4)), max_size=14))
def test_an_arrangement_holds_every_record_once_and_pieces_stay_together(
    links: list[tuple[int, int, int]],
) -> None:
    """The order of the ties and of their ends does not matter, and what the backbone joins is what all ties join."""
    ties = [Tie(a, b, float(weight)) for a, b, weight in links if a != b]
    order = arranged(range(8), ties)

    assert sorted(order, key=int) == list(range(8))
    assert arranged(range(7, -1, -1), [Tie(b, a, weight) for a, b, weight in ties[::-1]]) == order
    whole: nx.Graph[RecordKey] = nx.Graph()
    bones: nx.Graph[RecordKey] = nx.Graph()
    for graph, mine in ((whole, ties), (bones, backbone(ties))):
        graph.add_nodes_from(range(8))
        graph.add_edges_from(tie[:2] for tie in mine)
    pieces = sorted(map(sorted, nx.connected_components(whole)))
    assert sorted(map(sorted, nx.connected_components(bones))) == pieces
    assert nx.is_forest(bones)
    for piece in pieces:
        places = sorted(map(order.index, piece))
        assert places == list(range(places[0], places[-1] + 1))
    few = nearest(range(8), ties, most=3)
    assert len(set(few)) == 3
    if max(map(len, pieces)) > 2:
        best = max(ties, key=lambda tie: tie.weight)
        home = next(piece for piece in pieces if few[0] in piece)
        assert best.weight == max(tie.weight for tie in ties if set(few[:2]) == {tie.a, tie.b})
        assert len(home) < 3 or set(few) <= set(home)
    assert nearest(range(8), ties, most=8) == list(range(8))


@given(st.floats(-60, 60), st.floats(-60, 60), st.integers(1, 10**6))
def test_plain_words_point_the_way_the_number_does(bits: float, other: float, records: int) -> None:
    """For where it is positive, against where it is negative, and the same words either way."""
    assert likelier(bits).replace("one", "two") == likelier(-bits).replace("one", "two")
    assert ("one" in likelier(bits)) <= (bits > 0)
    assert ("against" in odds(bits)) <= (bits < 0)
    assert held_by(records) == (
        "hardly anyone else has it" if records <= 2 else f"{records:,} records have it"
    )


def test_networkx_is_loaded_when_a_graph_is_asked_for() -> None:
    """Resolving and explaining do without it."""
    code = (
        "import sys\n"
        "from crmkit import dedup\n"
        "dedup.Resolution, dedup.Resolver, dedup.explain, dedup.resolve\n"
        "print('networkx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
