"""Blocking: which pairs of records are looked at at all, with the cost known beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import final

import attrs
import numpy as np
import numpy.typing as npt

from crmkit.dedup.arrays.columns import Bools, Columns, Ints
from crmkit.dedup.arrays.distinct import each_once
from crmkit.dedup.arrays.keys import Keys, both, keys_of, pair_cost, words_of_records
from crmkit.dedup.policy import Blocking, Policy, RareTokens, key_limit
from crmkit.dedup.table import Table
from crmkit.errors import InvalidValue, Problem
from crmkit.model import ORGANISATION, PERSON

PERSON_CODE, ORGANISATION_CODE = 1, 2


@final
@attrs.frozen(kw_only=True, eq=False)
class _Groups:
    """The records that share a key of one block with others, and not with too many.

    Attributes:
        record: Group after group, ascending in each.
        sizes: How many records each group has.
        problem: What was left out.
    """

    record: npt.NDArray[np.int32]
    sizes: Ints
    problem: Problem | None


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
    groups = [
        _grouped(block, keys, key_limit(block, policy))
        for block, keys in zip(policy.blocking, block_keys(table, columns, policy, common), strict=True)
    ]
    costs = [pair_cost(group.sizes, len(table)) for group in groups]
    _check_budget(policy.blocking, costs, policy.pair_budget)
    size = max(len(table), 1)
    every = np.empty(sum(costs), np.int64)
    for group, end, cost in zip(groups, np.cumsum(costs).tolist(), costs, strict=True):
        _expand(group, size, every[end - cost : end])
    every.sort()
    pairs = every[np.diff(every, prepend=-1) != 0]
    del every
    a, b = np.divmod(pairs, size)
    del pairs
    good = _admissible(table, a, b)
    return Candidates(
        a=a[good], b=b[good], problems=tuple(one.problem for one in groups if one.problem is not None)
    )


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
) -> Iterator[Keys]:
    """Yield the keys of every record in each block of *policy*; one without any of a block's fields has none."""
    single: dict[str, Keys] = {}
    left_out = iter(common)
    for block in policy.blocking:
        if isinstance(block, RareTokens):
            yield _rare(*words_of_records(table, columns, block.fields), next(left_out))
            continue
        for key in block.keys:
            if key not in single:
                single[key] = keys_of(table, columns, key)
        joined = single[block.keys[0]]
        for key in block.keys[1:]:
            joined = both(joined, single[key])
        yield joined


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


def _grouped(block: Blocking, keys: Keys, limit: int) -> _Groups:
    order = np.argsort(keys.code, kind="stable")
    code = keys.code[order]
    starts = np.flatnonzero(np.diff(code, prepend=-1))
    sizes = np.diff(starts, append=len(code))
    kept = (sizes > 1) & (sizes <= limit)
    record = keys.record[order[np.repeat(kept, sizes)]]
    return _Groups(
        record=record.astype(np.int32), sizes=sizes[kept], problem=_over_limit(block, sizes, limit)
    )


def _expand(groups: _Groups, size: int, into: Ints) -> None:
    """Write every pair within a group as ``first * size + second``."""
    starts = np.cumsum(groups.sizes) - groups.sizes
    record = groups.record.astype(np.int64)
    done = 0
    for width in each_once(groups.sizes).tolist():
        one, other = np.triu_indices(width, 1)
        begin = starts[groups.sizes == width][:, None]
        found = into[done : done + begin.size * one.size].reshape(begin.size, one.size)
        np.multiply(record[begin + one], size, out=found)
        found += record[begin + other]
        done += found.size


def kind_codes(table: Table) -> npt.NDArray[np.int8]:
    """Return `PERSON_CODE`, `ORGANISATION_CODE`, or 0 where unknown, of each record; shape ``(n,)``."""
    code = {None: 0, PERSON: PERSON_CODE, ORGANISATION: ORGANISATION_CODE}
    return np.fromiter(map(code.__getitem__, table.kinds), np.int8, len(table))


def _admissible(table: Table, a: Ints, b: Ints) -> Bools:
    """Return which pairs may be one party at all."""
    kinds = kind_codes(table)
    good: Bools = (kinds[a] | kinds[b]) != (PERSON_CODE | ORGANISATION_CODE)
    tables = np.array(table.tables, np.int64)
    if len(tables) and tables.max() > 0:
        good &= tables[a] != tables[b]
    return good


def _over_limit(block: Blocking, sizes: Ints, limit: int) -> Problem | None:
    over = sizes[sizes > limit]
    if not len(over):
        return None
    lost = int((over * (over - 1) // 2).sum())
    reason = (
        f"{len(over)} key(s) of the block are shared by more than {limit:,} records, the largest by {over.max():,}; "
        f"{lost:,} pairs that only they would find are not compared. Add a field to the block, or raise its limit."
    )
    return Problem(source="records", field=str(block), reason=reason, kept=True)
