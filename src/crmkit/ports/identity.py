"""Identity: where the host keeps the log of its identity graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from crmkit.dedup.log import Fact, Word


class Identity(Protocol):
    """What became known of who is who, fact by fact, in its order; nothing in it is ever changed.

    A position in the log is the number of facts before it.

    Costs: `append` is called once a record or a decision that arrives;
    reading streams, and costs what is read, however much there is before it
    or, for `decisions`, between.
    """

    def append(self, facts: Iterable[Fact], *, after: int) -> None:
        """Keep *facts* at the end of the log, in their order, if it is *after* facts long.

        Raises:
            OutOfDate: If it is not, since another wrote meanwhile; then nothing is kept.
        """

    def facts(self, *, after: int = 0) -> Iterator[Fact]:
        """Yield the facts but the first *after*, in order."""

    def decisions(self) -> Iterator[Word]:
        """Yield those of the facts that are a person's word, in order: what they said, and what they withdrew."""

    def length(self) -> int:
        """Return how many facts there are."""
