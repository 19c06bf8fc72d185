"""Distinct codes: each of many codes once, and where each stands among them."""

from __future__ import annotations

import numpy as np

from crmkit.dedup.arrays.columns import Ints

ROOM = 8
"""A table of all codes there could be is taken if it has no more than so many places for each code."""


def distinct(codes: Ints, width: int) -> tuple[Ints, Ints]:
    """Return the distinct *codes*, ascending, and the place of each code among them; all are below *width*.

    It is `numpy.unique`, without sorting where codes are many for their width.

    >>> [part.tolist() for part in distinct(np.array([7, 2, 7]), 9)]
    [[2, 7], [1, 0, 1]]
    """
    if width > ROOM * len(codes):
        found, back = np.unique(codes, return_inverse=True)
        return found, back
    held = np.zeros(width, np.bool_)
    held[codes] = True
    found = np.flatnonzero(held)
    place = np.empty(width, np.int64)
    place[found] = np.arange(len(found))
    return found, place[codes]


def each_once(codes: Ints) -> Ints:
    """Return *codes* in ascending order, each once: `numpy.unique`, which hashes them and takes ten times as long."""
    in_order = np.sort(codes)
    found: Ints = in_order[np.diff(in_order, prepend=in_order[:1] - 1) != 0]
    return found
