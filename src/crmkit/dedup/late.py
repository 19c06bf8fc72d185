"""Columns that are listed late: of a wide table only those that are compared become Python values, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, final

import attrs


@final
@attrs.frozen(eq=False, repr=False)
class LateColumns(Mapping[str, list[object]]):
    """Columns by name, each listed whenever it is asked for, and not kept.

    Attributes:
        lists: What lists each column.
    """

    lists: Mapping[str, Callable[[], list[object]]]

    def __getitem__(self, name: str) -> list[object]:
        return self.lists[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.lists)

    def __len__(self) -> int:
        return len(self.lists)

    def __contains__(self, name: object) -> bool:
        return name in self.lists


def columns_of(frame: Any) -> Mapping[str, list[object]]:
    """Return the columns of an eager narwhals *frame*, None where they have no value.

    Those of pandas are listed at once: its columns can be written to, and it has several signs for no value.
    """
    if frame.implementation.is_pandas_like():
        return {name: _without_gaps(frame[name]) for name in frame.columns}
    return LateColumns({name: partial(_listed, frame[name]) for name in frame.columns})


def _listed(column: Any) -> list[object]:
    values: list[object] = column.to_list()
    return values


def _without_gaps(column: Any) -> list[object]:
    return [
        None if gap else one for one, gap in zip(column.to_list(), column.is_null().to_list(), strict=True)
    ]
