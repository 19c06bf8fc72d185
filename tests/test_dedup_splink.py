"""Models of Splink: read in, written out, and what is lost is said.

`splink_model.json` is what Splink 5.0.0 learnt from the demo's records by
`learnt_by_splink`.  With Splink installed both directions are held to it:
``uv run --with splink pytest tests/test_dedup_splink.py -n0``.
"""

from __future__ import annotations

import copy
import csv
import json
import math
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import dedup
from crmkit.dedup import DATE, EMAIL, EXACT, ID, NAME, Block, Comparison, Kind, Policy, RareTokens
from crmkit.dedup.cells import record_cells
from crmkit.dedup.compare import likenesses
from crmkit.dedup.forms import OWN, own_texts
from crmkit.dedup.kinds import LEVELS, UNKNOWN
from crmkit.dedup.model import Model
from crmkit.dedup.policy import facets
from crmkit.dedup.splink.levels import TESTS, is_exactly, kind_of, known_level, level_of
from crmkit.dedup.splink.sql import read_condition, read_rule
from crmkit.dedup.weights import MILLI, MOST, weights_of
from crmkit.demo import make_world
from crmkit.errors import InvalidValue, MissingExtra, UnknownName

FIXTURE = Path(__file__).with_name("splink_model.json")
SETTINGS: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
PEOPLE = Path(__file__).parents[2] / "shared" / "data" / "er" / "fake_1000.csv"
KINDS = {"name": NAME, "email": EMAIL, "phone": EXACT, "born_on": DATE, "city": NAME, "postcode": ID}


def demo_rows() -> list[dict[str, object]]:
    """Return the demo's records, each field normalised, with one value, as Splink wants them."""
    kinds = tuple(Comparison(field, kind) for field, kind in KINDS.items())
    policy = Policy(comparisons=kinds, blocking=[Block("email")], source=None, kind=None)
    rows: list[dict[str, object]] = []
    for record in make_world(seed=7, customers=300).records:
        row = dict(record.fields)
        cells = record_cells(row, policy)
        texts = [next(iter(own_texts(cell)), None) for cell in cells]
        rows.append({"id": record.id, **dict(zip(KINDS, texts, strict=True))})
    return rows


def learnt_by_splink(rows: list[dict[str, object]], *, shared: bool) -> dict[str, Any]:
    """Return what Splink learns from *rows*: of comparisons that both have, or of those it offers for such fields."""
    import pyarrow as pa
    import splink.comparison_library as cl
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    jaro = [0.915, 0.795]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="id",
        comparisons=[
            cl.JaroWinklerAtThresholds("name", jaro) if shared else cl.NameComparison("name"),
            cl.ExactMatch("email") if shared else cl.EmailComparison("email"),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=not shared),
            cl.DamerauLevenshteinAtThresholds("born_on", [1, 2]),
            cl.JaroWinklerAtThresholds("city", jaro),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("email"),
            block_on("substr(name, 1, 3)", "city"),
            block_on("phone"),
            "l.name = r.name and levenshtein(l.email, r.email) < 3",
        ],
    )
    linker = Linker(DuckDBAPI().register(pa.Table.from_pylist(rows)), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("email")], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in (block_on("email"), block_on("phone"), block_on("name")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found: dict[str, Any] = linker.misc.save_model_to_json()
    return {key: value for key, value in found.items() if key != "linker_uid"}


def weighed_by_splink(
    rows: list[dict[str, object]],
    settings: dict[str, Any],
    *,
    id: str = "id",  # noqa: A002
) -> dict[tuple[str, str], float]:
    """Return what Splink makes of each pair it looks at, in bits, rare values counting as others."""
    import pyarrow as pa
    from splink import Linker
    from splink.backends.duckdb import DuckDBAPI

    plain = copy.deepcopy(settings)
    for level in (level for one in plain["comparisons"] for level in one["comparison_levels"]):
        level.pop("tf_adjustment_column", None)
        level.pop("tf_adjustment_weight", None)
    linker = Linker(DuckDBAPI().register(pa.Table.from_pylist(rows)), plain, log_level=None)
    pairs = linker.inference.predict(threshold_match_probability=0.0).as_record_list()
    return {(one[f"{id}_l"], one[f"{id}_r"]): one["match_weight"] for one in pairs}


def held_to_most(settings: dict[str, Any]) -> dict[str, Any]:
    """Return *settings* with no level that weighs more than a level does here."""
    held, most = copy.deepcopy(settings), 2.0 ** (MOST / MILLI)
    for level in (level for one in held["comparisons"] for level in one["comparison_levels"]):
        same, chance = level.get("m_probability"), level.get("u_probability")
        if same is not None and chance is not None:
            level["m_probability"] = min(max(same, chance / most), chance * most)
    return held


def weighed_here(
    rows: Iterable[dict[str, object]], model: Model, pairs: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], float]:
    """Return what prior and levels say of each pair, in bits, where Splink sees the levels that we see."""
    named, weights = facets(model.policy), weights_of(model.populations[0])
    cells = {row[model.policy.id]: record_cells(row, model.policy) for row in rows}
    own = {
        key: [tuple(form for form in cell if form.way == OWN) for cell in held] for key, held in cells.items()
    }
    found = {}
    for a, b in pairs:
        levels = [one.level for one in likenesses(named, cells[a], cells[b])]
        as_written = [one.level for one in likenesses(named, own[a], own[b])]
        seen = [
            level == UNKNOWN
            or (
                level == written
                and level in (0, *dict(TESTS[facet.kind]))
                and is_told_apart(facet.kind, level)
            )
            for facet, level, written in zip(named, levels, as_written, strict=True)
        ]
        if all(seen):
            parts = [weights.same[place][level] for place, level in enumerate(levels) if level != UNKNOWN]
            found[a, b] = (weights.prior + sum(parts)) / 1000
    return found


def is_told_apart(kind: Kind, level: int) -> bool:
    """Return whether Splink counts no other level as *level*."""
    known = dict(TESTS[kind])
    return [known_level(kind, one, known) for one in range(len(LEVELS[kind]))].count(level) == 1


def test_a_model_of_splink_is_read() -> None:
    """Its comparisons with their kinds, its blocking, its odds; and everything that is not the same is said."""
    model, problems = dedup.from_splink(FIXTURE.read_text(encoding="utf-8"), threshold=2.5)
    policy = model.policy

    assert {one.field: one.kind for one in policy.comparisons} == KINDS
    assert [one.field for one in policy.comparisons if one.term_frequency] == ["name", "email", "phone"]
    assert policy.blocking == (Block("email"), Block("name[:3]", "city"), Block("phone"))
    assert (policy.id, policy.source, model.threshold_millibits) == ("id", "source_dataset", 2500)
    assert model.populations[0].same == SETTINGS["probability_two_random_records_match"]
    said = {(one.field, " ".join(one.reason.split()[:4])) for one in problems}
    assert {
        ("name", "reads 'Jaro-Winkler distance of"),
        ("email", "has no such level"),
        ("phone", "counts rare values for"),
        ("city", "was not trained in"),
        ("blocking", "blocking rule 4 wants"),
    } <= said
    assert all(one.source == "splink" for one in problems)
    assert [one.field for one in problems if not one.kept] == ["blocking"]


def test_a_level_weighs_what_it_weighs_in_splink() -> None:
    """To a thousandth of a bit; one that was not trained nothing, one that only we have what Splink sees in it."""
    model, _ = dedup.from_splink(SETTINGS)
    (phone,) = (one for one in SETTINGS["comparisons"] if one["output_column_name"] == "phone")
    exact = phone["comparison_levels"][1]
    weights = dict(zip(KINDS, weights_of(model.populations[0]).same, strict=True))

    assert weights["phone"][1] == pytest.approx(
        1000 * math.log2(exact["m_probability"] / exact["u_probability"]), abs=0.51
    )
    assert weights["name"][1] == weights["name"][2]
    assert weights["name"][3] == weights["name"][4]
    assert weights["email"][4] == weights["email"][5]
    untrained = [level for level in phone["comparison_levels"][1:] if "m_probability" not in level]
    assert untrained == []
    stripped = copy.deepcopy(SETTINGS)
    for level in stripped["comparisons"][2]["comparison_levels"]:
        level.pop("m_probability", None)
    assert weights_of(dedup.from_splink(stripped)[0].populations[0]).same[2] == (0, 0)


def test_a_model_that_was_read_resolves() -> None:
    """It is a model as any other: at once and in real time."""
    rows = demo_rows()[:60]
    model, _ = dedup.from_splink(SETTINGS)
    resolution = dedup.resolve(rows, model)
    resolver = dedup.Resolver(model)
    for row in rows:
        resolver.add(row)

    assert 1 < len(set(resolution.clusters.values())) < 60
    assert resolution.members().keys() | resolver.clusters.keys() == resolution.clusters.keys()
    assert len(set(resolver.clusters.values())) == len(set(resolution.clusters.values()))
    assert not dedup.explain(rows[0], rows[1], model).never


def trained(*, kinds: dict[str, Kind] = KINDS, **more: Any) -> Model:
    comparisons = [Comparison(field, kind, term_frequency=field == "city") for field, kind in kinds.items()]
    policy = Policy(
        comparisons=comparisons, blocking=[Block("email"), Block("name[:3]", "city")], kind=None, **more
    )
    return dedup.train(demo_rows(), policy)


def test_what_is_written_is_read_back() -> None:
    """Kinds, blocking, and the weights of every level that Splink tells apart."""
    model = trained()
    settings, _ = dedup.to_splink(model)
    again, problems = dedup.from_splink(json.dumps(settings))

    assert again.policy.blocking == model.policy.blocking
    assert {one.field: one.kind for one in again.policy.comparisons} == KINDS
    assert [one.field for one in problems] == ["city"]
    assert weights_of(again.populations[0]).prior == weights_of(model.populations[0]).prior
    for kind, mine, read in zip(
        KINDS.values(),
        weights_of(model.populations[0]).same,
        weights_of(again.populations[0]).same,
        strict=True,
    ):
        for level in (0, *dict(TESTS[kind])):
            if is_told_apart(kind, level):
                assert abs(mine[level] - read[level]) <= 1, (kind, level)


def test_shares_that_splink_cannot_tell_apart_are_added_up() -> None:
    """Nothing is lost of them: those of each comparison sum to what they summed to."""
    model = trained(kinds={**KINDS, "name": Kind.COMPANY, "phone": Kind.PHONE})
    settings, problems = dedup.to_splink(model)

    for one, fit in zip(settings["comparisons"], model.populations[0].fits, strict=True):
        levels = one["comparison_levels"][1:]
        assert sum(level["m_probability"] for level in levels) == pytest.approx(sum(fit.same), abs=1e-9)
        assert sum(level["u_probability"] for level in levels) == pytest.approx(sum(fit.chance), abs=1e-9)
    (name,) = (one.reason for one in problems if one.field == "name")
    assert "'close' as 'different'" in name


def test_what_splink_does_not_know_is_said() -> None:
    """Whatever of the model or the policy would be lost in silence is a problem."""
    model = trained(limits=[dedup.Limit(field="passport")], clean_sources=["crm"])
    full = dedup.train(
        [{**row, "name": f"{row['name']}"} for row in demo_rows()],
        Policy(
            comparisons=[Comparison("name", Kind.FULL_NAME), Comparison("email", EMAIL)],
            blocking=[Block("email[-4:]"), Block("name[2:5]"), Block("name[3:]"), RareTokens("name")],
            kind=None,
        ),
    )
    lost = {one.field: one for one in dedup.to_splink(model)[1]}
    settings, problems = dedup.to_splink(full, script="chinese")

    assert lost.keys() >= {
        "populations",
        "threshold",
        "terms",
        "surroundings",
        "limits",
        "clean_sources",
        "hub_limit",
        "values",
    }
    assert f"threshold_match_weight={model.threshold_millibits / 1000:g}" in lost["threshold"].reason
    assert [one["output_column_name"] for one in settings["comparisons"]] == [
        "name_family",
        "name_given",
        "email",
    ]
    assert "give Splink's table a column 'name_family'" in " ".join(one.reason for one in problems)
    assert [one.field for one in problems if "equal columns" in one.reason] == [
        "email[-4:]",
        "rare words of name",
    ]
    rules = [rule["blocking_rule"] for rule in settings["blocking_rules_to_generate_predictions"]]
    assert rules == [
        'substring(l."name", 3, 3) = substring(r."name", 3, 3)',
        'substring(l."name", 4) = substring(r."name", 4)',
    ]
    assert [read_rule(rule, "duckdb") for rule in rules] == [("name[2:5]",), ("name[3:]",)]
    with pytest.raises(UnknownName, match="latin"):
        dedup.to_splink(model, script="latn")
    with pytest.raises(UnknownName, match="person"):
        dedup.to_splink(model, party="persons")


def test_the_columns_of_a_full_name_are_those_of_its_parts() -> None:
    """Splink compares columns, so it gets the columns that hold the parts."""
    comparison = Comparison("name", Kind.FULL_NAME, parts=("given", "family"))
    rows = [{"id": place, "given": "Ann", "family": f"Bell{place % 9}"} for place in range(40)]
    model = dedup.train(rows, Policy(comparisons=[comparison], blocking=[Block("family")], kind=None))

    assert [one["output_column_name"] for one in dedup.to_splink(model)[0]["comparisons"]] == [
        "family",
        "given",
    ]


IN_PARTS = {"first_name": NAME, "surname": NAME, "email": EMAIL, "born_on": DATE, "city": NAME}


def rows_in_parts() -> list[dict[str, object]]:
    """Return the demo's people with Latin names as a source writes them that keeps names in parts."""
    return [
        {
            "unique_id": f"{row['id']}",
            "first_name": given.title() or None,
            "surname": family.title() or None,
            **{field: row[field] for field in ("email", "born_on", "city")},
        }
        for row in latin(demo_rows())
        for given, _, family in (str(row["name"] or "").rpartition(" "),)
    ]


def columns_in(settings: Any) -> set[str]:
    """Return every column that is named anywhere in settings of Splink whose columns need no escapes."""
    if isinstance(settings, list):
        return {column for one in settings for column in columns_in(one)}
    found: set[str] = set()
    for key, value in settings.items() if isinstance(settings, dict) else ():
        if key in ("sql_condition", "blocking_rule"):
            found |= {re.sub(r"_[lr]$", "", one) for one in re.findall(r'"([^"]+)"', value)}
        elif key == "output_column_name" or key.endswith(("_column", "_column_name")):
            found.add(value)
        else:
            found |= columns_in(value)
    return found


def test_every_column_that_is_named_is_one_of_the_table() -> None:
    """A name in parts is known to the policy by names of our own; Splink gets the columns that hold it."""
    rows = rows_in_parts()
    policy = dedup.propose(rows, id="unique_id")
    settings, problems = dedup.to_splink(dedup.train(rows, policy))
    blocks = [str(block) for block in policy.blocking]

    assert {"name", "name (given)[:3] + city"} <= set(blocks)
    assert columns_in(settings) == rows[0].keys()
    assert len(settings["blocking_rules_to_generate_predictions"]) == len(blocks)
    assert not {one.field for one in problems if not one.kept} & set(blocks)


@pytest.mark.parametrize(
    ("keys", "read"),
    [
        (("name",), ("surname", "first_name")),
        (("name (family)[:3]", "name (given)"), ("surname[:3]", "first_name")),
        (("surname[1:3]", "first_name[:1]"), ("surname[1:3]", "first_name[:1]")),
        (("name", "name (given)"), ("surname", "first_name")),
        (("name[:]", "shop"), ("surname", "first_name", "shop")),
        (("name[:3]",), None),
        (("email", "name (given)[-1:]"), None),
    ],
)
def test_a_block_on_a_name_in_parts_is_a_rule_on_its_columns(
    keys: tuple[str, ...], read: tuple[str, ...] | None
) -> None:
    """On the whole, both parts are equal; letters of the whole are in no column, so that is said."""
    name = Comparison("name", Kind.FULL_NAME, parts=("first_name", "surname"))
    rows = [{**row, "shop": "north"} for row in rows_in_parts()]
    policy = Policy(
        comparisons=[name, Comparison("email", EMAIL)], blocking=[Block(*keys)], id="unique_id", source=None
    )
    settings, problems = dedup.to_splink(dedup.train(rows, policy))
    rules = [one["blocking_rule"] for one in settings["blocking_rules_to_generate_predictions"]]
    lost = [one for one in problems if one.field == " + ".join(keys)]

    assert [read_rule(rule, "duckdb") for rule in rules] == [read] * bool(read)
    assert [one.kept for one in lost] == [False] * (not read)
    assert columns_in(settings) <= rows[0].keys()
    if keys == ("name[:3]",):
        assert "block on letters of one of them, as in 'surname[:3]'" in lost[0].reason


def test_what_splink_does_not_normalise_is_said_by_column() -> None:
    """With what to do for each: its kind, where its numbers are dialled, and which are no texts."""
    kinds = {**KINDS, "phone": Kind.PHONE, "postcode": Kind.NUMBER}
    rows = [{**row, "postcode": place % 50} for place, row in enumerate(demo_rows())]
    comparisons = [Comparison(field, kind) for field, kind in kinds.items()]
    policy = Policy(comparisons=comparisons, blocking=[Block("shop")], source=None, kind=None, region="PT")
    model = dedup.train(
        [{**row, "shop": "a"} for row in rows], attrs.evolve(policy, blocking=[Block("email")])
    )
    whole = dedup.to_splink(attrs.evolve(model, policy=policy))[1]
    (reason,) = (one.reason for one in whole if one.field == "values")

    assert "dedup.normalise([value], kind, region='PT')" in reason
    assert "EXACT for shop; NAME for name and city; EMAIL for email; PHONE for phone" in reason
    assert "NUMBER for postcode" in reason
    assert "make numbers of the texts of postcode" in reason


LEFT_OUT = {
    "output_column_name": "both",
    "comparison_levels": [
        {
            "sql_condition": "first_l = first_r AND last_l = last_r",
            "m_probability": 0.9,
            "u_probability": 0.1,
        },
        {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9},
    ],
}
EXACT_ONLY = {
    "comparison_levels": [
        {"sql_condition": '("a""b_l" = "a""b_r")', "m_probability": 0.9, "u_probability": 1e-20},
        {"sql_condition": 'soundex("a""b_l") = soundex("a""b_r")', "u_probability": 0.1},
        {"sql_condition": " else ", "m_probability": 0.1, "u_probability": 0.9},
    ]
}


def test_what_cannot_be_read_is_left_out_and_said() -> None:
    """Comparisons of two columns, columns that are there twice, SQL that is none, rules of other sorts."""
    nonsense = {"comparison_levels": [{"sql_condition": "))) nonsense", "is_null_level": False}]}
    model, problems = dedup.from_splink(
        {
            "link_type": "link_only",
            "comparisons": [EXACT_ONLY, EXACT_ONLY, LEFT_OUT, nonsense],
            "blocking_rules_to_generate_predictions": [
                "l.a = r.b",
                {"blocking_rule": "l.tags = r.tags", "arrays_to_explode": ["tags"]},
                "1 = 1",
            ],
        }
    )
    reasons = [one.reason for one in problems]

    assert [one.field for one in model.policy.comparisons] == ['a"b']
    assert model.policy.blocking == (Block('a"b'),)
    assert sum("left out" in reason for reason in reasons) == 6
    assert any("first and last together" in reason for reason in reasons)
    assert any("names no column" in reason for reason in reasons)
    assert any("compared already" in reason for reason in reasons)
    assert any("more than 40 bits" in reason for reason in reasons)
    assert any("part of the next lower one" in reason for reason in reasons)
    assert any("no rule could be carried over" in reason for reason in reasons)
    assert [one.field for one in problems].count("link_type") == 1


@pytest.mark.parametrize(
    "given",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"comparisons": 3}',
        {"comparisons": [{"comparison_levels": [{}]}]},
        {"comparisons": []},
    ],
)
def test_what_is_no_model_of_splink_is_refused(given: Any) -> None:
    """With a sentence that says what one looks like."""
    with pytest.raises(InvalidValue, match="no model of Splink"):
        dedup.from_splink(given)


def test_reading_needs_sqlglot(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings it is named; writing does without."""
    settings, _ = dedup.to_splink(dedup.from_splink(SETTINGS)[0])
    monkeypatch.setitem(sys.modules, "sqlglot", None)

    with pytest.raises(MissingExtra, match=r"crmkit\[sql\]"):
        dedup.from_splink(settings)
    assert dedup.to_splink(trained())


def test_a_model_of_which_nothing_can_be_carried_over_is_refused() -> None:
    """There would be nothing to compare."""
    with pytest.raises(InvalidValue, match="propose"):
        dedup.from_splink({"comparisons": [LEFT_OUT]})


@pytest.mark.parametrize("kind", TESTS)
def test_every_test_is_written_as_it_is_read(kind: Kind) -> None:
    """What we write we know again, whatever the column is called; and it is exactly that level."""
    for level, test in TESTS[kind]:
        sides = {side: f'"a b""c_{side}"' for side in "lr"}
        columns, read = read_condition(test.format(**sides), "duckdb")

        assert columns == {'a b"c'}
        assert read == test
        assert level_of(kind, read) == level
        assert is_exactly(kind, level, read)
    assert level_of(kind, "soundex({l}) = soundex({r})") is None


OTHER_TESTS = (
    *(
        f"{name}({{l}}, {{r}}) <= {most}"
        for name in ("levenshtein", "damerau_levenshtein")
        for most in (1, 2, 3)
    ),
    *(f"jaro_winkler_similarity({{l}}, {{r}}) >= {least}" for least in (0.5, 0.7, 0.88, 0.92, 0.99)),
    "abs({l} - {r}) <= 3",
)


@pytest.mark.parametrize("kind", TESTS)
@pytest.mark.parametrize("test", OTHER_TESTS)
def test_other_tests_stand_for_a_level_or_for_none(kind: Kind, test: str) -> None:
    """A level that is not just the same is one that slips or similarities make."""
    level = level_of(kind, test)

    assert level is None or LEVELS[kind][level] in ("similar", "close", "one slip", "two slips")


def test_similarities_are_the_same_within_their_rounding() -> None:
    """92 percent begins at 91.5; a slip that Splink counts otherwise is not just the same."""
    jaro = "jaro_winkler_similarity({{l}}, {{r}}) >= {}".format

    assert [is_exactly(NAME, 3, jaro(least)) for least in (0.91, 0.915, 0.92, 0.93)] == [
        True,
        True,
        True,
        False,
    ]
    assert is_exactly(EMAIL, 1, jaro(0.88))
    assert is_exactly(DATE, 2, "damerau_levenshtein({l}, {r}) <= 1")
    assert not is_exactly(DATE, 2, "levenshtein({l}, {r}) <= 1")


def test_the_kind_of_a_column_is_told_by_how_splink_compares_it() -> None:
    """And by its name where dates and other ids are compared alike."""
    slips, near = "levenshtein({l}, {r}) <= 2", "abs({l} - {r}) * 10 <= greatest(abs({l}), abs({r}))"

    assert kind_of([slips], "date_of_birth") is DATE
    assert kind_of([slips], "postcode") is ID
    assert kind_of([near], "size") is Kind.NUMBER
    assert kind_of(["abs(epoch(try_strptime({l}, '%Y')) - epoch({r})) <= 9.0"], "x") is DATE
    assert kind_of(["soundex({l}) = soundex({r})"], "x") is EXACT


@given(st.sampled_from(list(TESTS)), st.data())
def test_a_level_counts_as_one_that_is_known(kind: Kind, data: st.DataObject) -> None:
    """Whatever is known; a level that is known counts as itself."""
    levels = range(len(LEVELS[kind]))
    known = data.draw(st.sets(st.sampled_from(levels)))
    level = data.draw(st.sampled_from(levels))

    found = known_level(kind, level, known)
    assert found in {0, *known}
    assert found == level or level not in known


def latin(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [row for row in rows if all(value is None or str(value).isascii() for value in row.values())]


def test_splink_weighs_pairs_as_the_model_read_from_it() -> None:
    """With Splink: every pair whose levels both have weighs the same here and there, up to the most of a level here."""
    pytest.importorskip("splink")
    rows = latin(demo_rows())
    settings = learnt_by_splink(rows, shared=True)
    model, _ = dedup.from_splink(settings)
    theirs = weighed_by_splink(rows, held_to_most(settings))
    ours = weighed_here(rows, model, theirs)

    assert len(ours) > len(theirs) / 2 > 100
    assert {pair: theirs[pair] for pair in ours} == pytest.approx(ours, abs=0.005)


def test_splink_weighs_pairs_as_the_model_written_for_it() -> None:
    """With Splink: it loads what we write, and every pair whose levels both have weighs the same here and there."""
    pytest.importorskip("splink")
    rows = latin(demo_rows())
    model = dedup.train(rows, trained().policy)
    theirs = weighed_by_splink(rows, dedup.to_splink(model)[0])
    ours = weighed_here(rows, model, theirs)

    assert len(ours) > 20
    assert {pair: theirs[pair] for pair in ours} == pytest.approx(ours, abs=0.005)


def as_the_problem_says(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return *rows* normalised value by value, as a problem of `to_splink` asks for."""
    return [
        {
            field: next((form.text for form in dedup.normalise([str(value)], IN_PARTS[field])), None)
            if field in IN_PARTS and value is not None
            else value
            for field, value in row.items()
        }
        for row in rows
    ]


def test_splink_predicts_on_a_table_whose_names_come_in_parts() -> None:
    """With Splink: on the columns as they are; where they are normalised, pairs weigh the same here and there."""
    pytest.importorskip("splink")
    rows = rows_in_parts()
    model = dedup.train(rows, dedup.propose(rows, id="unique_id"))
    settings, _ = dedup.to_splink(model)
    raw = weighed_by_splink(rows, settings, id="unique_id")
    normalised = as_the_problem_says(rows)
    theirs = weighed_by_splink(normalised, settings, id="unique_id")
    ours = weighed_here(normalised, model, theirs)

    assert len(theirs) >= len(raw) > 100
    assert len(ours) > 20
    assert {pair: theirs[pair] for pair in ours} == pytest.approx(ours, abs=0.005)


@pytest.mark.skipif(not PEOPLE.exists(), reason=f"the real data are not at {PEOPLE}")
def test_splink_predicts_on_its_own_people() -> None:
    """With Splink: the people that it ships find each other by the policy that is proposed for them."""
    pytest.importorskip("splink")
    with PEOPLE.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, object]] = [
            {field: value or None for field, value in row.items()} for row in csv.DictReader(file)
        ]
    truth = {row["unique_id"]: row["cluster"] for row in rows}
    model = dedup.train(rows, dedup.propose(rows, id="unique_id"))
    found = weighed_by_splink(rows, dedup.to_splink(model)[0], id="unique_id")
    matches = [pair for pair, weight in found.items() if weight * 1000 >= model.threshold_millibits]

    assert columns_in(dedup.to_splink(model)[0]) == rows[0].keys() - {"cluster"}
    assert sum(truth[a] == truth[b] for a, b in matches) > 0.9 * len(matches) > 900


def test_splink_still_writes_models_as_the_fixture() -> None:
    """With Splink: a model learnt anew is read as the one that is kept here."""
    pytest.importorskip("splink")
    model, _ = dedup.from_splink(learnt_by_splink(demo_rows(), shared=False))

    assert model.policy == dedup.from_splink(SETTINGS)[0].policy
