"""The log of an identity graph: facts as documents, and what people said that holds."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.conditions import to_json
from crmkit.dedup import DISTINCT, SAME, Decision, Split
from crmkit.dedup.log import Added, Fact, Removed, Updated, Withdrawn, decisions_in_force, read_fact
from crmkit.dedup.table import RecordKey
from crmkit.errors import InvalidValue, UnknownName

KEYS: st.SearchStrategy[RecordKey] = st.one_of(
    st.sampled_from(
        (0, 1, -1, 2**70, "0", "1", "a", "é", "e\u0301", "王", "\U0001f600", "a\x00", " ", "\u2028")
    ),
    st.integers(),
    st.text(min_size=1),
)
TEXTS = st.one_of(st.sampled_from(("", "王小明", '"\\\n')), st.text())
NAMES = TEXTS.filter(str.strip)
TOLD = st.dictionaries(TEXTS, st.lists(TEXTS, min_size=1, max_size=3).map(tuple), max_size=3)
FIELDS = TOLD.map(lambda told: tuple(sorted(told.items())))
KINDS = st.sampled_from((None, "person", "organisation"))
PAIRS = st.lists(KEYS, min_size=2, max_size=5, unique=True)
WORDS: st.SearchStrategy[Decision | Split] = st.one_of(
    st.builds(
        lambda keys, verdict, by, why: Decision(keys[0], keys[1], verdict, by=by, why=why),
        PAIRS,
        st.sampled_from((SAME, DISTINCT)),
        NAMES,
        TEXTS,
    ),
    st.builds(lambda keys, by, why: Split((keys[0],), tuple(keys[1:]), by=by, why=why), PAIRS, NAMES, TEXTS),
)
FACTS: st.SearchStrategy[Fact] = st.one_of(
    st.builds(Added, KEYS, KINDS, FIELDS),
    st.builds(Updated, KEYS, KINDS, FIELDS),
    st.builds(Removed, KEYS),
    WORDS,
    st.builds(Withdrawn, WORDS, by=TEXTS, why=TEXTS),
)


@given(FACTS)
def test_a_fact_comes_back_from_its_document(fact: Fact) -> None:
    """Ids that are numbers and ids that are texts, in any script, to the last character."""
    document = to_json(fact)
    again = read_fact(document)

    assert (type(again), again) == (type(fact), fact)
    assert to_json(again) == document


def document(type_: str, **value: object) -> str:
    return json.dumps({"crmkit": 1, "type": type_, "value": value})


WORD = {"a": 1, "b": 2, "verdict": "same", "by": "ann"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a JSON document"),
        (document("Aded", id=1), "holds a 'Aded', not a 'Added' or .*. Did you mean 'Added'"),
        (json.dumps({"crmkit": 1, "type": ["Added"], "value": {}}), "holds a \\['Added'\\], not"),
        (json.dumps({"crmkit": 2, "type": "Added", "value": {}}), "has version 2; this crmkit reads 1"),
        (document("Added", id=1, knd="person"), r"extra fields found \(knd\). Did you mean 'kind'"),
        (document("Added", id=1, kind="persn"), "no kind of party is called 'persn'. Did you mean 'person'"),
        (document("Added", id=1.5), "expected text or a whole number, got a decimal number"),
        (document("Added", id=True), "expected text or a whole number, got true"),
        (document("Removed", id=""), "a record needs an id"),
        (document("Removed"), "required field missing"),
        (document("Added", id=1, fields=[["name", "Ann"]]), "expected a list"),
        (document("Decision", **{**WORD, "verdict": "sane"}), "Did you mean 'same'"),
        (document("Decision", **{**WORD, "b": 1}), "both ids are the same"),
        (document("Split", ids=[1], rest=[], by="ann"), "name both"),
        (document("Withdrawn", decision={"by": "ann"}, by="ann"), "the fields of a Decision or of a Split"),
        (document("Withdrawn", decision={**WORD, "wy": ""}, by="ann"), "Did you mean 'why'"),
    ],
)
def test_a_bad_document_is_refused_with_what_was_meant(text: str, reason: str) -> None:
    """One sentence, the closest name, and the way to what is wrong."""
    with pytest.raises(InvalidValue, match=reason):
        read_fact(text)


def test_what_no_store_can_keep_is_no_fact() -> None:
    """It is refused where it is told, not where it is kept."""
    lone = "\ud800"
    for make in (
        lambda: Added(lone),
        lambda: Added(1, None, (("name", (lone,)),)),
        lambda: Updated(1, None, ((lone, ("x",)),)),
        lambda: Decision(1, 2, SAME, by=lone),
        lambda: Split((1,), (lone,), by="ann"),
        lambda: Withdrawn(Decision(1, 2, SAME, by="ann"), by="ann", why=lone),
    ):
        with pytest.raises(InvalidValue, match="no Unicode"):
            make()
    nameless = (lambda: Added(""), lambda: Removed(""), lambda: Decision("", 1, SAME, by="ann"))
    for make_nameless in nameless:
        with pytest.raises(InvalidValue, match="needs an id"):
            make_nameless()
    with pytest.raises(UnknownName, match="Did you mean 'organisation'"):
        Added(1, "organization")


def test_the_ids_of_any_library_are_those_of_the_records() -> None:
    """A whole number of numpy's, as a dataframe gives it, names the record as Python's does."""
    said = Decision(np.int64(1), np.int64(2), SAME, by="ann")  # type: ignore[arg-type]

    assert read_fact(to_json(said)) == Decision(1, 2, SAME, by="ann")
    assert type(Split((np.int64(3),), (1,), by="ann").ids[0]) is int  # type: ignore[arg-type]


@given(st.lists(WORDS, max_size=4), st.data())
def test_what_holds_is_what_was_said_and_not_withdrawn(
    words: list[Decision | Split], data: st.DataObject
) -> None:
    """Said twice is said once; withdrawn, it may be said again."""
    taken_back = data.draw(st.lists(st.sampled_from(words), unique=True) if words else st.just([]))
    facts: list[Fact] = [
        Added(1),
        *words,
        *words,
        Removed(1),
        *(Withdrawn(one, by="bo") for one in taken_back),
    ]

    assert set(decisions_in_force(facts)) == set(words) - set(taken_back)
    assert decisions_in_force(facts + words) == decisions_in_force(words[::-1])  # type: ignore[operator]
