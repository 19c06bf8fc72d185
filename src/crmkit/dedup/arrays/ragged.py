"""Ragged rows: several entries each, or none, all of them in one array."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]


def starts_of(sizes: npt.ArrayLike) -> Ints:
    """Return where the entries of each row begin, and the end, for rows of these *sizes*.

    >>> starts_of([2, 0, 1]).tolist()
    [0, 2, 2, 3]
    """
    ends: Ints = np.cumsum(sizes, dtype=np.int64)
    return np.concatenate([np.zeros(1, np.int64), ends])


def entries_of(starts: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the places of all entries of *rows*, one row after the other, and before them which of *rows* each is of.

    >>> [part.tolist() for part in entries_of(starts_of([2, 0, 1]), np.array([2, 0, 0]))]
    [[0, 1, 1, 2, 2], [2, 0, 1, 0, 1]]
    """
    sizes = np.diff(starts)[rows]
    whose = np.repeat(np.arange(len(rows)), sizes)
    within = np.arange(len(whose)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return whose, np.repeat(starts[rows], sizes) + within
