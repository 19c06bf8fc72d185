"""Verdicts in arrays: 1 for true, -1 for false, 0 for unknown, asked for a stretch of rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from crmkit.conditions.arrays.column import Bools, Numbers
from crmkit.model.columns import Coded

Verdicts: TypeAlias = npt.NDArray[np.int8]
Asker: TypeAlias = Callable[[slice], Verdicts]
"""What answers for a stretch of rows."""

TRUE: Final = 1
UNKNOWN: Final = 0
FALSE: Final = -1
CODE: Final = {True: TRUE, None: UNKNOWN, False: FALSE}

# So many rows at once as stay in a processor's cache.
_STRETCH: Final = 1 << 15


def all_rows(ask: Asker, size: int) -> Verdicts:
    """Return the verdicts of all rows, shape ``(size,)``."""
    found = np.empty(size, np.int8)
    for start in range(0, size, _STRETCH):
        stretch = slice(start, min(start + _STRETCH, size))
        found[stretch] = ask(stretch)
    return found


def same(code: int) -> Asker:
    """Return what answers all rows alike."""
    return lambda stretch: np.full(stretch.stop - stretch.start, code, np.int8)


def looked_up(column: Coded, ask: Callable[[Any], bool | None]) -> Asker:
    """Return what answers by looking each row's value up in the verdicts of the different ones."""
    verdicts = [CODE[ask(value)] for value in (*column.values, None)]
    table, codes = np.array(verdicts, np.int8), column.codes
    return lambda stretch: table[codes[stretch]]


def signed(verdicts: Any) -> Verdicts:
    """Return truths as verdicts."""
    whole: Verdicts = verdicts.view(np.int8) * np.int8(2) - np.int8(1)
    return whole


def when(known: Bools, verdicts: Any) -> Verdicts:
    """Return truths as verdicts, unknown where they are not *known*."""
    return signed(verdicts) * known.view(np.int8)


def by_number(column: Numbers, ask: Callable[[Any, Any], Any], stated: Any) -> Asker:
    """Return what asks *ask* of a column's numbers and what is *stated*; of the unknown it is unknown."""
    known, values = column.known, column.values
    if known is None:
        return lambda stretch: signed(ask(values[stretch], stated))
    return lambda stretch: when(known[stretch], ask(values[stretch], stated))
