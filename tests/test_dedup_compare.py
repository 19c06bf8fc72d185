"""Comparing: what levels mean, and that one pair and a million agree to the bit."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.dedup import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    ID,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Block,
    Comparison,
    Kind,
    Policy,
    bulk,
    prepare,
    train,
)
from crmkit.dedup.arrays import scoring
from crmkit.dedup.arrays.distinct import distinct
from crmkit.dedup.arrays.prefilter import can_be_near, letters_of
from crmkit.dedup.arrays.scoring import bulk_score
from crmkit.dedup.cells import record_cells, without_hubs
from crmkit.dedup.compare import level_name, likeness, likenesses
from crmkit.dedup.forms import OTHER, OWN, SHARED, Cell, Form, cell_of
from crmkit.dedup.kinds import LEVELS, UNKNOWN, equal_level
from crmkit.dedup.nearness import near_level, number_level, percent
from crmkit.dedup.normalize import normalise
from crmkit.dedup.policy import Facet, facets

COMPARED = tuple(kind for kind in Kind if kind is not Kind.FULL_NAME)
TEXTS = st.text(alphabet="abcz01.@ 王小明é", min_size=1, max_size=7).filter(str.strip)
NUMBERS = st.sampled_from(("0", "1", "100", "101", "109", "111", "-5", "1e9", "0.5"))
DATES = st.sampled_from(("1980-05-06", "1980-06-05", "1980-05-07", "1981-05-06", "1990-12-31", "19800506"))
RAW = st.one_of(
    st.none(),
    st.sampled_from(
        (
            "王小明",
            "張偉",
            "张伟",
            "Wang Xiaoming",
            "Bob Smith",
            "Robert Smith Jr",
            "Smith, R.",
            "Xiang Deng",
            "邓湘",
        )
    ),
    st.sampled_from(("ana.b@x.pt", "ana.b@y.pt", "anna.b@x.pt", "info@x.pt", "13812345678", "13812345687")),
    st.sampled_from(
        ("010-65529988", "1980-05-06", "06.05.1980", "12 Main St", "14 Main St", "test", "n/a", "")
    ),
    st.tuples(
        st.sampled_from(("ana.b@x.pt", "info@x.pt")), st.sampled_from(("bob@x.pt", "王芳", "13812345678"))
    ),
)


def facet(kind: Kind) -> Facet:
    return Facet(name="f", comparison=Comparison("f", kind))


def texts(kind: Kind) -> st.SearchStrategy[str]:
    return NUMBERS if kind is NUMBER else st.one_of(DATES, TEXTS) if kind is DATE else TEXTS


@st.composite
def columns_of_a_kind(draw: st.DrawFn) -> tuple[Kind, list[Cell]]:
    kind = draw(st.sampled_from(COMPARED))
    form = st.builds(Form, texts(kind), st.sampled_from((OWN, OWN, OTHER, SHARED)))
    cells = draw(st.lists(st.lists(form, max_size=3).map(cell_of), min_size=2, max_size=6))
    return kind, cells


PEOPLE = tuple(
    {"id": place, "name": name, "email": email}
    for place, (name, email) in enumerate(
        product(("Bob Smith", "Smith Bob", "王小明", None), ("bob@x.pt", "bob@y.pt", None))
    )
)


@pytest.mark.parametrize("stretch", [1, 5, 7])
def test_stretches_of_pairs_compare_as_the_whole(stretch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever many pairs are cut, on however many processors, each pair compares and scores as before."""
    comparisons = (Comparison("name", Kind.FULL_NAME, term_frequency=True), Comparison("email", EMAIL))
    policy = Policy(comparisons=comparisons, blocking=(Block("name"), Block("email")))
    ready = prepare(PEOPLE, policy)
    model = train(ready, policy)
    scores = bulk_score(ready, model).tolist()
    monkeypatch.setattr(bulk, "PAIRS_AT_ONCE", stretch)
    monkeypatch.setattr(bulk, "WORTH_A_THREAD", 0)
    monkeypatch.setattr(scoring, "PAIRS_AT_ONCE", stretch)
    again = prepare(PEOPLE, policy)

    assert len(scores) > stretch
    for one, other in zip(ready.found, again.found, strict=True):
        assert one.level.tolist() == other.level.tolist()
        assert one.shared.tolist() == other.shared.tolist()
    assert bulk_score(again, model).tolist() == scores


@given(st.lists(st.integers(0, 9), max_size=6), st.sampled_from((10, 1_000)))
def test_distinct_is_unique(codes: list[int], width: int) -> None:
    """Whether by sorting or by a table of all codes there could be."""
    found, back = distinct(np.array(codes, np.int64), width)

    assert found.tolist() == sorted(set(codes))
    assert found[back].tolist() == codes


@given(columns_of_a_kind())
def test_likeness_has_no_direction(column: tuple[Kind, list[Cell]]) -> None:
    """Two records are as alike as each other."""
    kind, cells = column
    one, other = cells[0], cells[1]

    assert likeness(facet(kind), one, other) == likeness(facet(kind), other, one)


@given(st.sampled_from(COMPARED), st.data())
def test_the_prefilter_loses_nothing(kind: Kind, data: st.DataObject) -> None:
    """Every pair of texts that is near passes it."""
    pool = data.draw(st.lists(texts(kind), min_size=2, max_size=6, unique=True))
    a, b = np.triu_indices(len(pool), 1)
    lets_through = can_be_near(kind, letters_of(pool), a, b)

    for one, other, passed in zip(a.tolist(), b.tolist(), lets_through.tolist(), strict=True):
        by_rule = near_level(kind, pool[one], pool[other]) == 2 and kind in (NAME, DATE)
        assert passed or by_rule or near_level(kind, pool[one], pool[other]) == 0


@given(st.sampled_from(COMPARED), st.data())
def test_a_value_is_like_itself_most(kind: Kind, data: st.DataObject) -> None:
    """Nothing is more alike than the same, and the unknown is like nothing."""
    cell = (Form(data.draw(texts(kind)), OWN),)

    assert likeness(facet(kind), cell, cell).level == len(LEVELS[kind]) - 1
    assert likeness(facet(kind), cell, ()).level == UNKNOWN
    assert likeness(facet(kind), (), ()).shared == ()


@pytest.mark.parametrize(
    ("kind", "a", "b", "level"),
    [
        (EXACT, "a", "b", "different"),
        (NAME, "martha", "marhta", "close"),
        (NAME, "smith", "smythe", "similar"),
        (NAME, "j", "john", "initial fits"),
        (NAME, "j", "bob", "different"),
        (NAME, "王", "王芳", "similar"),
        (NAME, "jane", "bob", "different"),
        (EMAIL, "ana@x.pt", "anna@x.pt", "one slip"),
        (EMAIL, "ana.lopez@x.pt", "ana.lopez@y.org", "similar"),
        (EMAIL, "ana@x.pt", "zoe@q.de", "different"),
        (PHONE, "+8613812345678", "+8613812345687", "one slip"),
        (PHONE, "+8613812345678", "+8613812345600", "different"),
        (DATE, "1980-05-06", "1980-06-05", "one slip"),
        (DATE, "1980-05-06", "1980-05-16", "one slip"),
        (DATE, "1980-05-06", "1981-05-16", "two slips"),
        (DATE, "1980-05-06", "1995-11-16", "different"),
        (ID, "AB12345", "AB12354", "one slip"),
        (ID, "AB12345", "AB12999", "different"),
        (COMPANY, "kestrel foods", "kestrel food", "close"),
        (COMPANY, "kestrel foods", "kestrel goods uk", "similar"),
        (TEXT, "coffee for the office", "coffee for the offices", "close"),
        (ADDRESS, "12 main street", "12 main strret", "close"),
        (ADDRESS, "12 main street", "14 main street", "alike but for numbers"),
        (ADDRESS, "12 main street", "7 high road", "different"),
        (NUMBER, "100", "100.5", "within a hundredth"),
        (NUMBER, "100", "109", "within a tenth"),
        (NUMBER, "100", "120", "different"),
    ],
)
def test_levels_mean_what_they_are_called(kind: Kind, a: str, b: str, level: str) -> None:
    """The examples worth remembering."""
    assert level_name(facet(kind), near_level(kind, a, b)) == level


def test_how_a_value_is_shared_says_how_much_it_says() -> None:
    """A landline, a role mailbox, a reading and a local part are less than the value itself."""
    assert LEVELS[PHONE][equal_level(PHONE, SHARED, SHARED)] == "same landline"
    assert LEVELS[EMAIL][equal_level(EMAIL, SHARED, SHARED)] == "same shared mailbox"
    assert LEVELS[EMAIL][equal_level(EMAIL, OTHER, OTHER)] == "same local part"
    assert LEVELS[NAME][equal_level(NAME, OWN, OTHER)] == "same in another form"
    assert LEVELS[COMPANY][equal_level(COMPANY, OWN, OTHER)] == "same in another form"
    assert equal_level(COMPANY, OTHER, OTHER) == 0
    assert level_name(facet(NAME), UNKNOWN) == "unknown"


def test_companies_of_two_cities_are_not_one_by_what_they_lack() -> None:
    """Shanghai X and Beijing X both are X without their city; that makes them similar, not the same."""
    shanghai, beijing, bare = (
        normalise([name], COMPANY) for name in ("上海明达科技有限公司", "北京明达科技有限公司", "明达科技")
    )

    assert (
        level_name(facet(COMPANY), likeness(facet(COMPANY), shanghai, bare).level) == "same in another form"
    )
    assert likeness(facet(COMPANY), shanghai, beijing).level < 3


def test_the_best_pair_of_several_values_counts() -> None:
    """Three addresses against two: one in common is enough."""
    mine = normalise(["ana.b@x.pt", "ab@y.pt"], EMAIL)
    yours = normalise(["other@z.pt", "AB@Y.pt"], EMAIL)

    assert likeness(facet(EMAIL), mine, yours) == (5, ("ab@y.pt",))


def test_names_in_each_others_place_are_seen() -> None:
    """Hall Isla is Isla Hall typed into the wrong boxes."""
    policy = Policy(
        comparisons=(Comparison("name", Kind.FULL_NAME, parts=("given", "family")),),
        blocking=(Block("name"),),
    )
    isla = record_cells({"given": "Isla", "family": "Hall"}, policy)
    hall = record_cells({"given": "Hall", "family": "Isla"}, policy)
    other = record_cells({"given": "Hall", "family": "Ford"}, policy)

    assert [like.level for like in likenesses(facets(policy), isla, hall)] == [4, 4]
    assert max(like.level for like in likenesses(facets(policy), isla, other)) < 4
    assert [like.level for like in likenesses(facets(policy), isla, isla)] == [5, 5]
    bob = record_cells({"given": "Bob", "family": "Rob"}, policy)
    rob = record_cells({"given": "Rob", "family": "Bob"}, policy)
    assert likenesses(facets(policy), bob, rob) == ((4, ("robert",)), (4, ("robert",)))


def test_hubs_count_as_unknown() -> None:
    """A value that too many share is taken out, the others stay."""
    named = (facet(EMAIL),)
    cells = (normalise(["hub@x.pt", "own@x.pt"], EMAIL),)

    assert without_hubs(named, cells, {"f": {"hub@x.pt"}}) == ((Form("own@x.pt", OWN),),)
    assert without_hubs(named, cells, {}) == cells


def test_numbers_and_shares_are_whole() -> None:
    """Rounded down, so that no border depends on floating point."""
    assert percent("abc", "abd") == 66
    assert number_level(0, 0) == 3
    assert number_level(0, 1) == 0
    assert number_level(-100, -101) == 2


def test_the_country_of_a_record_says_how_its_number_is_dialled() -> None:
    """The same digits are another line in another country."""
    policy = Policy(comparisons=(Comparison("phone", PHONE),), blocking=(Block("phone"),))

    def line(country: object) -> str:
        return record_cells({"phone": "020 7946 0018", "country": country}, policy)[0][0].text

    assert line("GB") == line("gb") == "+442079460018"
    assert line(None) == line("Great Britain") != "+442079460018"
