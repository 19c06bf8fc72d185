"""The identity log's contract: what is told is kept in its order, and nobody writes over another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

from crmkit.dedup.decision import DISTINCT, SAME, Decision, Split
from crmkit.dedup.log import Added, Fact, Removed, Updated, Withdrawn, Word
from crmkit.errors import OutOfDate
from crmkit.ports import Identity

_SAME: Final = Decision("r1", 7, SAME, by="ann", why='she married; "王" \'\n')
_SPLIT: Final = Split((7, "7"), ("r1", "é"), by="bo")
_FACTS: Final[tuple[Fact, ...]] = (
    Added("r1", "person", (("email", ("a@x.pt", "b@x.pt")), ("name", ("王小明",)))),
    Added(7, "organisation"),
    _SAME,
    Updated("r1", None, (("name", ("O'Hara; DROP TABLE identity",)),)),
    Withdrawn(_SAME, by="ann", why="cousins"),
    Added("7"),
    _SPLIT,
    Withdrawn(_SPLIT, by="cid"),
    Decision("7", 7, DISTINCT, by="ann"),
    Removed(2**70),
    Removed("r1"),
)


def check_identity(make: Callable[[], Identity]) -> None:
    """Check the promises of `crmkit.ports.Identity` on stores that *make* makes, each of them empty."""
    log, end = make(), len(_FACTS)
    assert (list(log.facts()), list(log.decisions()), log.length()) == ([], [], 0)

    log.append(iter(_FACTS[:3]), after=0)
    log.append((), after=3)
    log.append(_FACTS[3:], after=3)
    assert log.length() == end
    for after in range(end + 2):
        assert tuple(log.facts(after=after)) == _FACTS[after:]
    assert list(log.decisions()) == [fact for fact in _FACTS if isinstance(fact, Word)]

    _check_out_of_date(log)
    _check_all_or_nothing(log)
    assert tuple(log.facts()) == _FACTS

    log.append(_FACTS, after=end)
    assert tuple(log.facts()) == _FACTS * 2


def _check_out_of_date(log: Identity) -> None:
    length = log.length()
    for known in (-1, 0, length - 1, length + 1):
        for facts in (_FACTS, ()):
            assert _refused(log, facts, known) == (known, length)


def _refused(log: Identity, facts: Iterable[Fact], known: int) -> tuple[int, int] | None:
    try:
        log.append(facts, after=known)
    except OutOfDate as error:
        return error.known, error.length
    return None


def _check_all_or_nothing(log: Identity) -> None:
    def broken() -> Iterator[Fact]:
        yield _FACTS[0]
        raise _Broken

    with suppress(_Broken):
        log.append(broken(), after=log.length())


class _Broken(Exception):
    """What a host's own code may raise in the middle of anything."""
