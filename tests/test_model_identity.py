"""Derived ids: the same everywhere, different for different content."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crmkit.model import derive_id

PARTS = st.lists(st.sampled_from(("", "a", "b", "ab", "1:", ":", "张", "\ud800")), max_size=4)


@given(PARTS, PARTS)
def test_only_equal_parts_give_equal_ids(left: list[str], right: list[str]) -> None:
    """Parts do not run together."""
    assert (derive_id("r", *left) == derive_id("r", *right)) == (left == right)


@given(PARTS)
def test_an_id_shows_its_prefix_and_64_bits(parts: list[str]) -> None:
    """Ids of two nouns never meet."""
    assert derive_id("act", *parts)[:4] == "act-"
    assert derive_id("act", *parts)[4:] == derive_id("rec", *parts)[4:]
    assert int(derive_id("act", *parts)[4:], 16) < 2**64
    assert len(derive_id("act", *parts)) == 20


def test_ids_do_not_depend_on_machine_or_run() -> None:
    """These ids are in people's databases: they may never change."""
    assert derive_id("act", "shop", 17) == "act-fe4b12b2a9dbbbb8"
    assert derive_id("rec", "张伟") == "rec-4f6a5dcbd1ff1787"
