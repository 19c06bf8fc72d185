"""Garbage: looked for seldom inside, and as usual after it, whoever leaves first."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from crmkit.garbage import seldom_collected


@pytest.fixture(autouse=True)
def usual() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield gc.get_threshold()
    gc.set_threshold(*before)


def test_what_was_usual_comes_back_when_the_last_one_leaves(usual: tuple[int, int, int]) -> None:
    """Two that overlap, as in two threads: the first to come is the first to leave."""
    one, other = seldom_collected(), seldom_collected()

    one.__enter__()
    seldom = gc.get_threshold()
    other.__enter__()
    one.__exit__(None, None, None)
    between = gc.get_threshold()
    other.__exit__(None, None, None)

    assert seldom == between == (100_000, 50, 100)
    assert gc.get_threshold() == usual


def test_an_error_brings_it_back_too(usual: tuple[int, int, int]) -> None:
    """The caller of a function that fails has the collector it had."""
    with pytest.raises(ZeroDivisionError), seldom_collected():
        assert 1 // 0

    assert gc.get_threshold() == usual


@pytest.mark.parametrize("own", [(0, 10, 10), (1_000_000, 10, 10)])
def test_what_a_host_has_set_stays(own: tuple[int, int, int]) -> None:
    """A collector that is off, or seldomer still, is not made busier."""
    gc.set_threshold(*own)

    with seldom_collected():
        assert gc.get_threshold() == own

    assert gc.get_threshold() == own


@pytest.mark.parametrize("own", [(0, 10, 10), (5_000, 20, 20), (1_000_000, 10, 10)])
def test_what_a_host_sets_meanwhile_stays(own: tuple[int, int, int]) -> None:
    """Whoever sets the collector inside, or in another thread, has the last word."""
    with seldom_collected():
        gc.set_threshold(*own)

    assert gc.get_threshold() == own


def test_what_a_host_sets_between_two_comes_back() -> None:
    """The next one that asks finds what is usual now."""
    one, other = seldom_collected(), seldom_collected()

    one.__enter__()
    gc.set_threshold(5_000, 20, 20)
    other.__enter__()
    one.__exit__(None, None, None)
    within = gc.get_threshold()
    other.__exit__(None, None, None)

    assert within[0] == 100_000
    assert gc.get_threshold() == (5_000, 20, 20)


def test_it_wraps_a_function(usual: tuple[int, int, int]) -> None:
    """Bulk functions are wrapped by it."""

    @seldom_collected()
    def inside() -> tuple[int, int, int]:
        return gc.get_threshold()

    assert inside()[0] == 100_000
    assert gc.get_threshold() == usual
