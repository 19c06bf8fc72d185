"""Blocking: which pairs of records are looked at at all, with the cost known beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from crmkit.dedup.arrays.columns import Columns, Ints, each_once
from crmkit.dedup.arrays.keys import Keys, both, group_sizes, keys_of, words_of_records
from crmkit.dedup.policy import Blocking, Policy, RareTokens, key_limit
from crmkit.dedup.table import Table
from crmkit.errors import InvalidValue, Problem
from crmkit.model import ORGANISATION, PERSON


@final
@attrs.frozen(kw_only=True, eq=False)
class Candidates:
    """The pairs that are looked at.

    Attributes:
        a: The first record of each pair, the smaller place; shape ``(pairs,)``.
        b: The second.
        problems: Keys that were left out because too many records share them.
    """

    a: Ints
    b: Ints
    problems: tuple[Problem, ...]


def find_pairs(
    table: Table, columns: Columns, policy: Policy, *, common: Sequence[frozenset[str]]
) -> Candidates:
    """Return the pairs that any block of *policy* finds, each once, in ascending order.

    A person is never paired with an organisation, nor are two records of one
    table where several tables are linked.

    Args:
        table: The records.
        columns: The same, normalised.
        policy: Says which pairs are looked at.
        common: For each `RareTokens`, in the order of the policy, the words that are not rare.

    Raises:
        InvalidValue: If more pairs than the policy's budget would be compared; nothing was started.
        UnknownName: If a block names a column that is not there.
    """
    groups = block_keys(table, columns, policy, common)
    limits = [key_limit(block, policy) for block in policy.blocking]
    costs = [pair_cost(keys, limit) for keys, limit in zip(groups, limits, strict=True)]
    _check_budget(policy.blocking, costs, policy.pair_budget)
    size = max(len(table), 1)
    found = [_expand(keys, limit, size) for keys, limit in zip(groups, limits, strict=True)]
    pairs = each_once(np.concatenate([np.empty(0, np.int64), *found]))
    a, b = pairs // size, pairs % size
    keep = _admissible(table, a, b)
    problems = [_over_limit(*one) for one in zip(policy.blocking, groups, limits, strict=True)]
    return Candidates(a=a[keep], b=b[keep], problems=tuple(one for one in problems if one is not None))


def common_words(table: Table, columns: Columns, policy: Policy) -> tuple[frozenset[str], ...]:
    """Return, for each `RareTokens` of *policy*, the words that too many records hold to be rare."""
    found = []
    for block in policy.blocking:
        if isinstance(block, RareTokens):
            keys, words = words_of_records(table, columns, block.fields)
            counts = np.bincount(keys.code, minlength=len(words))
            found.append(frozenset(words[code] for code in np.flatnonzero(counts > block.at_most).tolist()))
    return tuple(found)


def block_keys(
    table: Table, columns: Columns, policy: Policy, common: Sequence[frozenset[str]]
) -> list[Keys]:
    """Return the keys of every record in each block of *policy*; one without any of a block's fields has none."""
    single: dict[str, Keys] = {}
    left_out = iter(common)
    found = []
    for block in policy.blocking:
        if isinstance(block, RareTokens):
            found.append(_rare(*words_of_records(table, columns, block.fields), next(left_out)))
            continue
        for key in block.keys:
            if key not in single:
                single[key] = keys_of(table, columns, key)
        joined = single[block.keys[0]]
        for key in block.keys[1:]:
            joined = both(joined, single[key])
        found.append(joined)
    return found


def pair_cost(keys: Keys, limit: int) -> int:
    """Return how many pairs *keys* make, those left out that more than *limit* records share."""
    sizes = group_sizes(keys)
    kept = sizes[sizes <= limit]
    return int((kept * (kept - 1) // 2).sum())


def _rare(keys: Keys, words: Sequence[str], common: frozenset[str]) -> Keys:
    rare = np.array([word not in common for word in words], np.bool_)
    keep = np.flatnonzero(rare[keys.code]) if len(words) else np.empty(0, np.int64)
    return attrs.evolve(keys, record=keys.record[keep], code=keys.code[keep])


def _check_budget(blocks: Sequence[Blocking], costs: Sequence[int], budget: int) -> None:
    if sum(costs) > budget:
        dear = sorted(zip(costs, map(str, blocks), strict=True), reverse=True)[:3]
        worst = "; ".join(f"{block} makes {cost:,}" for cost, block in dear)
        raise InvalidValue(
            f"the blocks would compare more than {budget:,} pairs: {worst}. "
            "Add a field to the dearest, lower its limit, or raise pair_budget."
        )


def _expand(keys: Keys, limit: int, size: int) -> Ints:
    """Return every pair within a group of *limit* records or fewer, as ``first * size + second``."""
    order = np.argsort(keys.code, kind="stable")
    record, code = keys.record[order], keys.code[order]
    starts = np.flatnonzero(np.concatenate([np.ones(min(len(code), 1), np.bool_), np.diff(code) != 0]))
    sizes = np.diff(np.append(starts, len(code)))
    found = [np.empty(0, np.int64)]
    for width in each_once(sizes[(sizes > 1) & (sizes <= limit)]).tolist():
        one, other = np.triu_indices(width, 1)
        begin = starts[sizes == width][:, None]
        found.append((record[begin + one] * size + record[begin + other]).ravel())
    return np.concatenate(found)


def _admissible(table: Table, a: Ints, b: Ints) -> Ints:
    """Return the places of the pairs that may be one party at all."""
    code = {None: 0, PERSON: 1, ORGANISATION: 2}
    kinds = np.fromiter((code[kind] for kind in table.kinds), np.int64, len(table))
    good = (kinds[a] == kinds[b]) | (kinds[a] == 0) | (kinds[b] == 0)
    tables = np.array(table.tables, np.int64)
    if len(tables) and tables.max() > 0:
        good &= tables[a] != tables[b]
    return np.flatnonzero(good)


def _over_limit(block: Blocking, keys: Keys, limit: int) -> Problem | None:
    sizes = group_sizes(keys)
    over = sizes[sizes > limit]
    if not len(over):
        return None
    lost = int((over * (over - 1) // 2).sum())
    reason = (
        f"{len(over)} key(s) of the block are shared by more than {limit:,} records, the largest by {over.max():,}; "
        f"{lost:,} pairs that only they would find are not compared. Add a field to the block, or raise its limit."
    )
    return Problem(source="records", field=str(block), reason=reason, kept=True)
