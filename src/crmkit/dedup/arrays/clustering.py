"""Clustering many components at once: the partition of `cluster`, over arrays, where nothing is forbidden.

Average linkage is reducible: pairs of clusters that are each other's best can
all merge at once, and the end is the same as merging the best pair first.
Source: Bruynooghe (1978); Murtagh (1983).
"""

from __future__ import annotations

import numpy as np

from crmkit.dedup.arrays.columns import Ints
from crmkit.dedup.arrays.plausible import Floats


def components(size: int, a: Ints, b: Ints) -> Ints:
    """Return, for each of *size* records, the smallest record that the pairs connect it to; shape ``(size,)``.

    >>> components(4, np.array([2, 3]), np.array([3, 1])).tolist()
    [0, 1, 1, 1]
    """
    label = np.arange(size)
    while True:
        low = np.minimum(label[a], label[b])
        after = label.copy()
        for end in (label[a], label[b], a, b):
            np.minimum.at(after, end, low)
        while True:
            jumped = after[after]
            if np.array_equal(jumped, after):
                break
            after = jumped
        if np.array_equal(after, label):
            return label
        label = after


def bulk_cluster(size: int, a: Ints, b: Ints, weight: Ints) -> Ints:
    """Return the cluster of each record, known by its smallest one, as `cluster.cluster` makes them.

    Args:
        size: How many records there are.
        a: One record of each edge.
        b: The other; each pair stands once at most.
        weight: Log-odds over the threshold, in thousandths of a bit, signed.
    """
    label = np.arange(size)
    count = np.ones(size, np.int64)
    one, other, total = np.minimum(a, b), np.maximum(a, b), weight.astype(np.int64)
    while True:
        average = total / (count[one] * count[other])
        low, high = _best_pairs(size, one, other, average)
        if not len(low):
            return label
        into = np.arange(size)
        into[high] = low
        count[low] += count[high]
        label = into[label]
        one, other, total = _regrouped(size, into[one], into[other], total)


def _best_pairs(size: int, a: Ints, b: Ints, average: Floats) -> tuple[Ints, Ints]:
    """Return the pairs of clusters that speak for a merge and are each other's best."""
    good = np.flatnonzero(average > 0)
    order = good[np.lexsort((b[good], a[good], -average[good]))]
    rank = np.arange(len(order))
    first = np.full(size, len(order))
    np.minimum.at(first, a[order], rank)
    np.minimum.at(first, b[order], rank)
    best = order[(first[a[order]] == rank) & (first[b[order]] == rank)]
    return a[best], b[best]


def _regrouped(size: int, a: Ints, b: Ints, total: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the edges between clusters after a merge, those of one pair added up."""
    apart = np.flatnonzero(a != b)
    low, high = np.minimum(a[apart], b[apart]), np.maximum(a[apart], b[apart])
    pairs, place = np.unique(low * size + high, return_inverse=True)
    summed = np.zeros(len(pairs), np.int64)
    np.add.at(summed, place, total[apart])
    return pairs // size, pairs % size, summed
