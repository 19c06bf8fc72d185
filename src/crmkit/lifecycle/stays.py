"""Stays: what spans say before somebody reads them, for most who fold a history ask for the stage alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeAlias, final

from crmkit.model import ActivityId

Stay: TypeAlias = tuple[str, dt.datetime | None, dt.datetime | None, str | None, ActivityId | None]
"""What a `Span` says, in its order: the stage, since when, until when, what began it, and which activity."""

Stays: TypeAlias = list[Stay] | Callable[[], list[Stay]]
"""Stays, or what works them out."""


@final
class ReadFromStays:
    """A field of a value: a tuple, or `Stays` of which the tuple is made when the field is first read."""

    def __init__(self, slot: Any, make: Callable[[Stay], object]) -> None:
        self.slot = slot
        self.make = make

    def __get__(self, value: object | None, owner: type) -> Any:
        if value is None:
            return self
        told = self.slot.__get__(value)
        if type(told) is not tuple:
            told = tuple(map(self.make, told() if callable(told) else told))
            self.slot.__set__(value, told)
        return told

    def __set__(self, value: object, told: Any) -> None:
        self.slot.__set__(value, told)
