"""Tags: labels that hold for a time."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue
from crmkit.model import Tag, tag_names
from model_values import AT, INSTANTS, TAGS


@given(st.lists(TAGS, max_size=5), INSTANTS)
def test_names_are_those_of_tags_that_hold(tags: list[Tag], as_of: dt.datetime) -> None:
    """A tag holds from its start up to its end, exclusive; two of one name are one name."""
    expected = {tag.name for tag in tags if tag.since <= as_of and (tag.until is None or as_of < tag.until)}

    assert tag_names(tags, as_of=as_of) == expected


def test_a_tag_runs_forward() -> None:
    """It may not end before it begins."""
    with pytest.raises(InvalidValue, match="is before since"):
        Tag(name="vip", since=AT, until=AT - dt.timedelta(1), rule="hand")
