"""A prefilter: pairs of texts that cannot be near are told by their letters alone.

Each distinct text has a signature, a 64-bit set of the letters in it.  Letters
of one text that the other lacks bound every similarity from above, exactly, so
that no near pair is lost and most far ones never reach the slow comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.dedup.kinds import Kind
from crmkit.dedup.nearness import JARO_LEVELS, RATIO_LEVELS, SLIP_LEVELS

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]


@final
@attrs.frozen(kw_only=True, eq=False)
class Letters:
    """What is known of the letters of texts, at a glance.

    Attributes:
        signature: The letters that occur, as a set of 64 bits.
        length: How many letters there are.
        first: The first letter, as its code point.
    """

    signature: npt.NDArray[np.uint64]
    length: Ints
    first: Ints


def letters_of(texts: Sequence[str]) -> Letters:
    """Return what is known of the letters of *texts*, none of them empty."""
    length = np.fromiter(map(len, texts), np.int64, len(texts))
    points = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.uint64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(length)[:-1]])[: len(texts)]
    bits = np.uint64(1) << (points % np.uint64(61))
    signature = np.bitwise_or.reduceat(bits, starts) if len(texts) else np.empty(0, np.uint64)
    return Letters(signature=signature, length=length, first=points[starts].astype(np.int64))


def can_be_near(kind: Kind, letters: Letters, a: Ints, b: Ints) -> Bools:
    """Return which pairs of texts may reach a level above "different"; never False for one that does."""
    lone_a = np.bitwise_count(letters.signature[a] & ~letters.signature[b]).astype(np.int64)
    lone_b = np.bitwise_count(letters.signature[b] & ~letters.signature[a]).astype(np.int64)
    long_a, long_b = letters.length[a], letters.length[b]
    near = np.zeros(len(a), np.bool_)
    if kind in SLIP_LEVELS:
        slips = np.maximum(np.maximum(lone_a, lone_b), np.abs(long_a - long_b))
        near |= slips <= SLIP_LEVELS[kind][-1][0]
    if kind in RATIO_LEVELS:
        share = long_a + long_b - np.maximum(lone_a + lone_b, np.abs(long_a - long_b))
        near |= 100 * share >= RATIO_LEVELS[kind][-1][0] * (long_a + long_b)
    if kind in JARO_LEVELS:
        near |= _jaro_bound(letters, a, b, lone_a, lone_b) >= JARO_LEVELS[kind][-1][0] - 0.6
    return near if kind in SLIP_LEVELS or kind in RATIO_LEVELS or kind in JARO_LEVELS else ~near


def _jaro_bound(letters: Letters, a: Ints, b: Ints, lone_a: Ints, lone_b: Ints) -> npt.NDArray[np.float64]:
    """Return more than the Jaro-Winkler similarity can be, in percent."""
    long_a, long_b = letters.length[a], letters.length[b]
    met = np.minimum(long_a - lone_a, long_b - lone_b)
    jaro = (met / long_a + met / long_b + 1) / 3
    bound: npt.NDArray[np.float64] = np.where(letters.first[a] == letters.first[b], 0.6 * jaro + 0.4, jaro)
    return 100 * bound
