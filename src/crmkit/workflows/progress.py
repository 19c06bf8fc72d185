"""Progress: how a workflow tells, on long work, how far it has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Watches a sequence being worked through."""

    def __call__(self, values: Sequence[T], label: str) -> Iterable[T]:
        """Return *values* to iterate over, in order; showing how far that has come is its own affair."""


def silent(values: Sequence[T], label: str) -> Iterable[T]:  # noqa: ARG001
    """Return *values*, and show nothing."""
    return values
