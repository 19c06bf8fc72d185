"""The data dictionary: everything that can be named is in it, and each name means one thing."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import lifecycle
from crmkit import segmentation as seg
from crmkit.conditions import F, days
from crmkit.display import markdown_escape, markdown_table
from crmkit.funnel import SALES
from crmkit.model import (
    ACTIVITY_FIELDS,
    KIND_MEANINGS,
    KINDS,
    PROPS,
    CustomField,
    CustomObject,
    CustomStatus,
    from_json,
    to_json,
)
from crmkit.playbook import B2B, MEMBERSHIP, RETAIL, SHIPPED, Playbook
from crmkit.profiles import Additions, Definitions, Dictionary, dictionary, vocabulary

PLAYBOOKS = st.sampled_from((RETAIL, MEMBERSHIP, B2B))
NAMES = st.sampled_from(("stage", "size", "new", "vip", "|", "`a`", "<b>", "a\nb", "城市", "gold"))
MEANINGS = st.sampled_from(("", "one thing", "another", "[x](http://y.example)", "<script>", "a | b \\"))
PAIRS = st.lists(st.tuples(NAMES, MEANINGS), max_size=3)
FIELDS = st.lists(
    st.builds(
        CustomField,
        name=NAMES,
        meaning=MEANINGS,
        type=st.sampled_from(("text", "integer")),
        unit=st.none() | NAMES,
    ),
    max_size=3,
)
STATUSES = st.lists(
    st.builds(
        CustomStatus,
        name=NAMES,
        meaning=MEANINGS,
        statuses=st.dictionaries(NAMES, MEANINGS.filter(bool), min_size=1, max_size=2),
    ),
    max_size=2,
)
ADDITIONS = st.builds(Additions, fields=FIELDS, statuses=STATUSES, tags=PAIRS, kinds=PAIRS, props=FIELDS)


@given(PLAYBOOKS)
def test_everything_a_condition_can_name_is_in_the_dictionary(playbook: Playbook) -> None:
    """The vocabulary's fields, choices and kinds all have an entry with a meaning."""
    words = vocabulary(playbook.definitions)
    entries = dictionary(playbook.definitions).entries
    fields = {entry.name for entry in entries if entry.is_field and entry.of == "customer"}
    statuses = {entry.name for entry in entries if not entry.is_field}
    assert {field.name for field in words.fields} == fields
    assert {*words.kinds} <= statuses
    for field in words.fields:
        if field.name != "kind":
            assert {*field.choices} <= statuses
    assert all(entry.meaning for entry in entries)


@pytest.mark.parametrize("playbook", SHIPPED, ids=lambda playbook: playbook.name)
def test_every_name_that_ships_has_one_meaning(playbook: Playbook) -> None:
    """The dictionary of a shipped playbook has no problems."""
    assert dictionary(playbook.definitions, pipelines=[SALES]).problems == ()


@given(PLAYBOOKS, ADDITIONS)
def test_a_name_has_a_problem_if_and_only_if_it_means_nothing_or_several_things(
    playbook: Playbook, added: Additions
) -> None:
    """Each ambiguous or empty name is named, and no other."""
    found = dictionary(playbook.definitions, added)
    meanings: dict[tuple[str, bool, str], set[tuple[str, str, str | None]]] = {}
    for entry in found.entries:
        key = (entry.of, entry.is_field, entry.name)
        meanings.setdefault(key, set()).add((entry.meaning, entry.type, entry.unit))
    bad = {name for (_, _, name), told in meanings.items() if len(told) > 1 or "" in {one[0] for one in told}}
    assert {problem.field for problem in found.problems} == bad


@given(PLAYBOOKS, ADDITIONS)
def test_nothing_added_is_lost_and_nothing_stands_twice(playbook: Playbook, added: Additions) -> None:
    """Every declaration has its entry; saying a thing twice does not change the dictionary."""
    found = dictionary(playbook.definitions, added)
    names = {(entry.what, entry.name) for entry in found.entries}
    assert {("field", field.name) for field in added.fields} <= names
    assert {("prop", field.name) for field in added.props} <= names
    assert {("tag", name) for name, _ in added.tags} <= names
    assert {("kind", name) for name, _ in added.kinds} <= names
    twice = attrs.evolve(added, fields=(*added.fields, *added.fields), tags=(*added.tags, *added.tags))
    assert dictionary(playbook.definitions, twice) == found


@given(PLAYBOOKS, ADDITIONS)
def test_the_dictionary_is_written_and_read_as_json(playbook: Playbook, added: Additions) -> None:
    """Equal after the way there and back, and so is what was added."""
    found = dictionary(playbook.definitions, added)
    assert from_json(to_json(found), Dictionary) == found
    assert from_json(to_json(added), Additions) == added


@given(
    st.lists(
        st.tuples(*[st.text(st.sampled_from("a|`*_[]()<>&\\~$!\n\r\t #-.:/w@ü"), max_size=8)] * 2), max_size=3
    )
)
def test_markdown_shows_any_text_as_it_is(rows: list[tuple[str, str]]) -> None:
    """A reader of Markdown finds the same cells, and no mark, link or tag in them."""
    markdown_it = pytest.importorskip("markdown_it")
    tokens = markdown_it.MarkdownIt("commonmark").enable("table").parse(markdown_table(("one", "two"), rows))
    cells = [token for token in tokens if token.type == "inline"]
    assert all(child.type in {"text", "text_special"} for cell in cells for child in cell.children)
    shown = ["".join(child.content for child in cell.children) for cell in cells]
    wanted = [
        " ".join(text.replace("\n", " ").replace("\r", " ").replace("\t", " ").split())
        for row in rows
        for text in row
    ]
    assert [" ".join(text.split()) for text in shown] == ["one", "two", *wanted]


def test_what_reaches_the_table_is_escaped() -> None:
    """Neither a pipe nor a tag nor a link of the host's gets through."""
    added = Additions(tags={"a|b": "<script>[x](https://y.example) www.z.example"})
    told = dictionary(RETAIL.definitions, added)
    assert r"a\|b" in told.markdown()
    assert "<script>" not in told.markdown() + told._repr_html_()
    assert markdown_escape("https://y www.z") == "https:&#47;/y www&#46;z"
    assert len({line.replace(r"\|", "").count("|") for line in told.markdown().splitlines()}) == 1
    assert "a|b" in str(told)


def test_two_meanings_are_named_with_where_they_come_from() -> None:
    """The problem says what each of the two says."""
    person = lifecycle.Lifecycle(
        "people",
        "new",
        moves=[lifecycle.on("purchse", "new", "old")],
        meanings={"new": "knows us", "old": "left"},
        ends="old",
    )
    firm = attrs.evolve(person, name="firms", meanings={"new": "has asked", "old": "left"})
    definitions = Definitions(lifecycle=person, account_lifecycle=firm)
    two, kind, again = dictionary(definitions).problems
    assert two.reason == (
        "of a customer, 'new' means several things (stage of lifecycle people: knows us; "
        "stage of lifecycle firms: has asked): rename all but one, or say the same"
    )
    assert kind.reason == again.reason == "no kind of activity is called 'purchse'. Did you mean 'purchase'?"
    [old] = [entry for entry in dictionary(definitions).entries if entry.name == "old"]
    assert (old.source, str(old)) == ("lifecycle people, lifecycle firms", "old (stage of customer): left")


def test_tags_sales_and_objects_have_entries() -> None:
    """Rules of one tag are one meaning; a pipeline's ends are what they are; objects bring their own names."""
    definitions = attrs.evolve(
        B2B.definitions,
        tag_rules=(
            seg.TagRule("a", tag="warm", when=F.tier >= 4),
            seg.TagRule("b", tag="warm", when=F.stage == "engaged", lasts=days(30)),
        ),
    )
    car = CustomObject(
        name="car",
        meaning="what they drive",
        fields=[CustomField(name="plate", meaning="number plate")],
        statuses=[CustomStatus(name="state", meaning="how it is", statuses={"sold": "is another's"})],
    )
    found = dictionary(definitions, Additions(objects=[car]), pipelines=[SALES])
    meanings = {(entry.of, entry.what, entry.name): entry.meaning for entry in found.entries}
    assert meanings["customer", "tag", "warm"] == "tier is at least 4; or stage is 'engaged', for 30 days"
    assert meanings["sale (sales)", "stage", "signed"] == "sale made"
    assert meanings["sale (sales)", "stage", "lost"] == "sale given up"
    assert meanings["car", "field", "plate"] == "number plate"
    assert meanings["car", "state", "sold"] == "is another's"
    assert found.problems == ()


def test_kinds_and_props_have_meanings() -> None:
    """What crmkit gives a meaning to says which."""
    assert tuple(KIND_MEANINGS) == KINDS
    assert all(KIND_MEANINGS.values())
    assert all(field.meaning for field in (*ACTIVITY_FIELDS, *PROPS))
