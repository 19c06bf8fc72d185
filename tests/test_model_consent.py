"""Consent: the latest word on a purpose and a channel, and a no beats a yes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.model import Activity, ActivityId, Consent, CustomerId, consent_at, consents_of
from model_values import AT, CONSENTS, INSTANTS

WORDS = st.lists(CONSENTS, max_size=5)
PURPOSES = st.sampled_from(("marketing", "service"))
CHANNELS = st.sampled_from(("email", "sms"))


def _said(kind: str, *, hours: int = 0, channel: str | None = None, purpose: object = None) -> Activity:
    return Activity(
        ActivityId(f"{kind}{hours}"),
        CustomerId("c"),
        kind,
        AT + dt.timedelta(hours=hours),
        channel=channel,
        props={"purpose": purpose},
    )


@given(WORDS, PURPOSES, CHANNELS, INSTANTS)
def test_the_latest_word_counts(words: list[Consent], purpose: str, channel: str, as_of: dt.datetime) -> None:
    """It covers the purpose and channel, was said by then, and nothing later was; of a tie, the no counts."""
    last = consent_at(words, purpose=purpose, channel=channel, as_of=as_of)
    said = [one for one in words if one.covers(purpose, channel) and one.at <= as_of]

    assert (last is None) == (not said)
    if last is not None:
        assert last in said
        assert last.at == max(one.at for one in said)
        assert last.granted == all(one.granted for one in said if one.at == last.at)


@given(WORDS, PURPOSES, CHANNELS, INSTANTS)
def test_the_order_of_the_words_does_not_matter(
    words: list[Consent], purpose: str, channel: str, as_of: dt.datetime
) -> None:
    """Reversed, the same yes or no holds since the same instant."""
    one = consent_at(words, purpose=purpose, channel=channel, as_of=as_of)
    two = consent_at(words[::-1], purpose=purpose, channel=channel, as_of=as_of)

    assert (one and (one.at, one.granted)) == (two and (two.at, two.granted))


@given(WORDS, PURPOSES, CHANNELS, INSTANTS, INSTANTS)
def test_what_is_said_later_changes_no_earlier_answer(
    words: list[Consent], purpose: str, channel: str, a: dt.datetime, b: dt.datetime
) -> None:
    """History can be replayed."""
    early, late = sorted((a, b))
    then = [one for one in words if one.at <= early]

    assert consent_at(words, purpose=purpose, channel=channel, as_of=early) == consent_at(
        then, purpose=purpose, channel=channel, as_of=late
    )


def test_a_star_covers_everything() -> None:
    """A word on any purpose or channel covers each."""
    word = Consent(purpose="*", granted=False, at=AT)
    narrow = Consent(purpose="marketing", channel="sms", granted=True, at=AT)

    assert word.covers("service", "email")
    assert [
        narrow.covers(*one) for one in (("marketing", "sms"), ("marketing", "email"), ("service", "sms"))
    ] == [
        True,
        False,
        False,
    ]


def test_facts_speak_of_consent() -> None:
    """Granting and withdrawing say for what; unsubscribing is marketing, blocking is everything."""
    facts = [
        _said("blocked", hours=4, channel="wecom", purpose="marketing"),
        _said("consent_granted", hours=1, channel="email", purpose="service"),
        _said("purchase", hours=0),
        _said("consent_withdrawn", hours=2),
        _said("unsubscribed", hours=3, channel="email", purpose="newsletter"),
    ]

    assert [(one.purpose, one.channel, one.granted) for one in consents_of(facts)] == [
        ("service", "email", True),
        ("*", "*", False),
        ("marketing", "email", False),
        ("*", "wecom", False),
    ]
    assert [one.at for one in consents_of(facts)] == [
        AT + dt.timedelta(hours=hours) for hours in (1, 2, 3, 4)
    ]


def test_one_fact_may_speak_of_several_purposes() -> None:
    """A withdrawal that names two purposes ends both."""
    words = consents_of([_said("consent_withdrawn", channel="sms", purpose=("marketing", "service"))])

    assert [(one.purpose, one.channel, one.granted) for one in words] == [
        ("marketing", "sms", False),
        ("service", "sms", False),
    ]


def test_a_legal_basis_is_a_known_one() -> None:
    """The six bases of the law, less the one no company has."""
    with pytest.raises(InvalidValue, match="legitimate_interest"):
        Consent(purpose="marketing", granted=True, at=AT, legal_basis="because")
