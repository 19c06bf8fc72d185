"""Channels, source tags, links and first and last touches."""

import datetime as dt
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit import conditions, model
from crmkit.errors import Contradiction, InvalidValue, UnknownName
from crmkit.funnel import (
    CHANNEL_KINDS,
    CHANNELS,
    CLICK_IDS,
    Channel,
    Channels,
    Sources,
    SourceTag,
    build_link,
    parse_link,
    resolve,
    sources,
    tag_of,
)
from crmkit.funnel.links import PARAMETERS
from crmkit.model import Activity, CustomerId

START = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
TEXTS = st.one_of(
    st.text(min_size=1), st.sampled_from(("cpc", "a&b=c#d?e", "+ %2B", "春节 促销", "\n\t\0", "🧧", " "))
)
TAGS = st.builds(
    SourceTag,
    **{part: st.none() | TEXTS for part in PARAMETERS.values()},
    click_ids=st.dictionaries(st.sampled_from(CLICK_IDS), TEXTS, max_size=2),
)
URLS = st.sampled_from(
    (
        "https://shop.example/茶?size=2&a=%E9&&b#top?utm_source=no",
        "https://shop.example",
        "pages/index/index?id=7",
        "https://shop.example/?utm_source=old&UTM_Medium=old&gclid=old&keep=utm_source",
        "",
        "?",
    )
)


@given(TAGS, URLS)
def test_a_link_gives_back_the_tag_that_was_put_in(tag: SourceTag, url: str) -> None:
    """build and parse are inverse for any Unicode, whatever the URL held before."""
    assert parse_link(build_link(tag, url)) == tag


@given(TAGS, TAGS, URLS)
def test_the_last_tag_put_in_is_the_only_one(old: SourceTag, new: SourceTag, url: str) -> None:
    """A former tag gives way, wholly."""
    assert build_link(new, build_link(old, url)) == build_link(new, url)


def test_the_rest_of_the_link_stays_to_the_letter() -> None:
    """Foreign parameters, odd escapes and the fragment are nobody's business."""
    url = "https://shop.example/茶?size=2&utm_source=old&a=%E9+b#top?utm_source=no"

    assert build_link(SourceTag(source="x y"), url) == (
        "https://shop.example/茶?size=2&a=%E9+b&utm_source=x%20y#top?utm_source=no"
    )
    assert build_link(SourceTag(), "https://shop.example?gclid=1#f") == "https://shop.example#f"


def test_what_ad_platforms_write_is_understood() -> None:
    """Names in any case, plus for a space, the first that says something."""
    url = (
        "https://x.example/?UTM_SOURCE=&utm_source=google&utm_source=bing&utm_campaign=tea+time&gclid=c&foo=1"
    )

    assert parse_link(url) == SourceTag(source="google", campaign="tea time", click_ids={"gclid": "c"})
    assert parse_link("https://x.example/#?utm_source=no") == SourceTag()
    assert parse_link("?utm_term=%E9").term == "\ufffd"
    assert parse_link("?utm_term=\ud800").term == "?"


def test_a_tag_holds_text_only_and_knows_its_click_ids() -> None:
    """Empty is unknown; half a character and an unknown click id are refused."""
    assert SourceTag(source="", click_ids={"gclid": ""}) == SourceTag()
    assert "secret" not in repr(SourceTag(click_ids={"gclid": "secret"}))
    for half in ("a\ud800", "\udfffb"):
        with pytest.raises(InvalidValue, match="lone surrogate"):
            SourceTag(source=half)
    assert SourceTag(source="\ud7ff\ue000").source == "\ud7ff\ue000"
    with pytest.raises(InvalidValue, match="text, got a int"):
        SourceTag(source=7)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="Did you mean 'gclid'"):
        SourceTag(click_ids={"glcid": "x"})


@given(TAGS)
def test_tags_survive_json(tag: SourceTag) -> None:
    """A tag is a value with a JSON form."""
    assert model.from_json(model.to_json(tag), SourceTag) == tag


WORDS = st.sampled_from(("cpc", "store", "门店", "pigeon", "", "EMAIL", "unknown", "gclid", "ＴＶ"))


@given(st.one_of(st.none(), WORDS, TAGS, st.builds(SourceTag, channel=WORDS, medium=WORDS, source=WORDS)))
def test_every_touch_comes_by_exactly_one_channel_or_by_unknown(touch: str | SourceTag | None) -> None:
    """There is always an answer, and it is a leaf or "unknown"."""
    name = resolve(touch, CHANNELS)

    assert name == "unknown" or CHANNELS[name].name == name


def test_the_fifteen_usual_channels_ship() -> None:
    """Each answers to its name and to each alias, and is of one of the three closed kinds."""
    assert len(CHANNELS.leaves) == 15
    assert {leaf.kind for leaf in CHANNELS.leaves} == set(CHANNEL_KINDS)
    for leaf in CHANNELS.leaves:
        assert {resolve(word, CHANNELS) for word in (leaf.name, *leaf.aliases)} == {leaf.name}
    assert [leaf.name for leaf in CHANNELS.leaves if leaf.kind == "referral"] == ["referral", "word_of_mouth"]


def test_the_most_definite_word_of_a_tag_counts() -> None:
    """Channel before click id before medium before source; a stated channel is final."""
    clicked = SourceTag(medium="email", source="tv", click_ids={"gclid": "1"})

    assert resolve(clicked, CHANNELS) == "sem"
    assert resolve(SourceTag(medium="email", source="tv"), CHANNELS) == "own_media"
    assert resolve(SourceTag(medium="pigeon", source="tv"), CHANNELS) == "tv"
    assert resolve(SourceTag(channel="store", medium="email"), CHANNELS) == "store"
    assert resolve(SourceTag(channel="pigeon", medium="email"), CHANNELS) == "unknown"
    assert resolve(SourceTag(click_ids={"fbclid": "1"}), CHANNELS) == "unknown"
    assert resolve("In-Store", CHANNELS) == resolve("in_store ", CHANNELS) == "store"
    assert resolve("ＴＶ", CHANNELS) == "tv"


def test_channels_of_ones_own_are_checked() -> None:
    """Kinds are closed, names are one's own, a spelling belongs to one channel."""
    own = Channels([Channel("kiosk", "owned", aliases=["电话亭"])])

    assert resolve("电话亭", own) == "kiosk"
    with pytest.raises(UnknownName, match=r"'barter'\. Known: owned, paid, referral"):
        Channel("x", "barter")
    with pytest.raises(Contradiction, match="'K-I-O' stands for both 'kio' and 'y'"):
        Channels([Channel("kio", "paid"), Channel("y", "paid", aliases=["K-I-O"])])
    with pytest.raises(Contradiction, match="same name"):
        Channels([Channel("x", "paid"), Channel("x", "owned")])
    with pytest.raises(InvalidValue, match="cannot be called 'Unknown'"):
        Channels([Channel("Unknown", "paid")])
    with pytest.raises(InvalidValue, match="cannot be called '-'"):
        Channels([Channel("x", "paid", aliases=["-"])])
    with pytest.raises(UnknownName, match="Did you mean 'kiosk'"):
        own["kiosc"]
    assert conditions.from_json(conditions.to_json(own), Channels) == own


@st.composite
def touches(draw: st.DrawFn) -> list[Activity]:
    """Return touches and other facts of a few customers, at instants that collide."""
    facts = st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(("touch", "referral", "purchase")),
        st.integers(0, 3),
        st.integers(0, 1),
        st.sampled_from(("mail", "tv")),
    )
    return [
        Activity(
            f"{source}{who}{kind}{day}{place}",
            who,
            kind,
            START + dt.timedelta(days=day),
            sequence=place,
            props={"utm_source": source},
        )
        for who, kind, day, place, source in draw(st.lists(facts, max_size=10))
    ]


def _key(fact: Activity) -> tuple[dt.datetime, int, str]:
    return fact.at, fact.sequence, fact.id


@given(touches())
def test_sources_are_the_first_and_the_last_touch(stream: list[Activity]) -> None:
    """In fact order, touches and referrals only; who has none is not in it."""
    reached = [fact for fact in stream if fact.kind != "purchase"]
    found = sources(stream)

    assert list(found) == sorted({fact.customer_id for fact in reached})
    for customer, own in found.items():
        mine = sorted((fact for fact in reached if fact.customer_id == customer), key=_key)
        assert (own.first.activity_id, own.last.activity_id) == (mine[0].id, mine[-1].id)
        assert (own.first.at, own.last.at) == (mine[0].at, mine[-1].at)
        assert own.last.tag == tag_of(mine[-1])


@given(touches(), touches())
def test_a_first_touch_never_changes_and_a_last_touch_never_moves_back(
    before: list[Activity], after: list[Activity]
) -> None:
    """Whatever comes to light later, the first stays; the last is the last of all there are."""
    known = sources(before)
    found = sources(after, known=known)
    everything = sources([*before, *after])

    assert all(found[customer].first == own.first for customer, own in known.items())
    assert {customer: own.last for customer, own in found.items()} == {
        customer: own.last for customer, own in everything.items()
    }


@given(touches(), st.integers(0, 10), st.randoms(use_true_random=False))
def test_splitting_the_history_in_time_changes_nothing(
    stream: list[Activity], cut: int, random: Random
) -> None:
    """Run by run in fact order, shuffled within a run, is the same as at once."""
    facts = sorted({fact.id: fact for fact in stream}.values(), key=model.fact_order)
    head, tail = facts[:cut], facts[cut:]
    random.shuffle(head)

    assert sources(tail, known=sources(head)) == sources(stream)


def test_a_tag_is_read_from_a_link_or_props_or_else_the_channel() -> None:
    """A link says it all; props named like parameters do; the channel is all that is left."""

    def told(channel: str | None = None, **props: object) -> SourceTag:
        return tag_of(Activity("a", "c", "touch", START, channel=channel, props=props))

    assert told("store", link="https://x.example?utm_source=qr", utm_source="no") == SourceTag(source="qr")
    assert told("store", utm_medium="cpc", gclid="1", other=7) == SourceTag(
        medium="cpc", click_ids={"gclid": "1"}
    )
    assert told("store", other="x") == told("store", link="http://[") == SourceTag(channel="store")
    assert told() == SourceTag()


def test_sources_survive_json() -> None:
    """Hosts keep them between runs."""
    found = sources([Activity("a", "c", "touch", START, channel="store")])[CustomerId("c")]

    assert model.from_json(model.to_json(found), Sources) == found
