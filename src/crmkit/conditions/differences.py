"""Differences: what changed from one definition to another, place by place."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar, final

import attrs

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.nodes import CONDITION_TYPES, NODE_TYPES
from crmkit.conditions.text import code, describe, value_text
from crmkit.display import shortened
from crmkit.errors import InvalidValue

T = TypeVar("T")
How: TypeAlias = Literal["changed", "added", "removed", "moved"]

_WHOLE: Final = (*NODE_TYPES, LocalDays, Months)  # read as one: a sentence, a span
_LINE: Final = 100
_TURNED: Final[dict[How, How]] = {
    "changed": "changed",
    "added": "removed",
    "removed": "added",
    "moved": "moved",
}


@final
@attrs.frozen(kw_only=True)
class Change:
    """One change of a definition.

    Attributes:
        path: Where: names of fields, and in a list the name of an item, or its
            place, 0 first, if items have no name; of the whole, nothing.
        how: "changed", "added" to a list, "removed" from it, or "moved": the
            items of a list that stay are in another order.
        before: What was there; None of what was added; of a move the names in their order.
        after: What is there now; None of what was removed; of a move the names in their order.
        place: The place in its list of what was added or removed, 0 first; else None.
    """

    path: tuple[str | int, ...]
    how: How
    before: object = attrs.field(repr=False)
    after: object = attrs.field(repr=False)
    place: int | None = None

    def __str__(self) -> str:
        where = " › ".join(map(str, self.path)) or "all of it"
        match self.how:
            case "added":
                return f"{where}: added{_in_brackets(self.after)}"
            case "removed":
                return f"{where}: removed{_in_brackets(self.before)}"
            case _:
                return f"{where}: {self.how} from {_in_words(self.before)} to {_in_words(self.after)}"


@final
@attrs.frozen(repr=False)
class Diff:
    """What changed from one definition to another; empty, and so false, if they are equal.

    Attributes:
        changes: The changes, in the order of the fields.
    """

    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __repr__(self) -> str:
        return f"Diff({len(self)} {'change' if len(self) == 1 else 'changes'})"

    def __str__(self) -> str:
        return "\n".join(map(str, self)) or "no change"

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {_without_markup(str(change))}" for change in self) or "no change"


def diff(old: T, new: T) -> Diff:
    """Return what changed from *old* to *new*, which are two definitions of one type, or two conditions.

    Items of a list are compared by what they are called (the text or date
    in their first field, or in the first half of a pair), not by their place; a
    condition is one sentence, and changes as a whole.

    >>> from crmkit.conditions import F
    >>> from crmkit.segmentation import Segment
    >>> print(diff(Segment("vip", when=F.tier >= 4), Segment("vip", when=F.tier >= 3)))
    when: changed from tier is at least 4 to tier is at least 3

    Raises:
        InvalidValue: If the two are of different types.
    """
    if type(old) is not type(new) and not (_is_condition(old) and _is_condition(new)):
        raise InvalidValue(
            f"a {type(old).__name__} and a {type(new).__name__} have no difference; give two of one type"
        )
    return Diff(tuple(_changes((), old, new)))


def inverse(difference: Diff) -> Diff:
    """Return the difference in the other direction: what `diff` says of *new* and *old*.

    >>> from crmkit.calendars import Quiet
    >>> print(inverse(diff(Quiet("21:00", "09:00"), Quiet("22:00", "09:00"))))
    start: changed from '22:00' to '21:00'
    """
    return Diff(
        tuple(
            attrs.evolve(one, how=_TURNED[one.how], before=one.after, after=one.before) for one in difference
        )
    )


def name_in_list(item: Any) -> str | None:
    """Return what an item of a list is called: the text or date in its first field or half, or None."""
    if isinstance(item, tuple):
        first = item[0] if len(item) == 2 else None
    elif attrs.has(type(item)) and not isinstance(item, _WHOLE):
        first = getattr(item, attrs.fields(type(item))[0].name)
    else:
        first = item
    if isinstance(first, dt.date):
        return first.isoformat()
    return first if isinstance(first, str) else None


def _changes(path: tuple[str | int, ...], old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if type(old) is type(new) and attrs.has(type(old)) and not isinstance(old, _WHOLE):
        for field in attrs.fields(type(old)):
            if field.init and field.eq:
                yield from _changes((*path, field.name), getattr(old, field.name), getattr(new, field.name))
    elif isinstance(old, tuple) and isinstance(new, tuple):
        yield from _in_list(path, old, new)
    else:
        yield Change(path=path, how="changed", before=old, after=new)


def _in_list(path: tuple[str | int, ...], old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    before, after = _named(old), _named(new)
    if before is None or after is None:
        yield from _in_places(path, old, new)
        return
    for name, (place, item) in before.items():
        if name not in after:
            yield Change(path=(*path, name), how="removed", before=item, after=None, place=place)
        elif isinstance(item, tuple):
            yield from _changes((*path, name), item[1], after[name][1][1])
        else:
            yield from _changes((*path, name), item, after[name][1])
    for name, (place, item) in after.items():
        if name not in before:
            yield Change(path=(*path, name), how="added", before=None, after=item, place=place)
    was, now = tuple(one for one in before if one in after), tuple(one for one in after if one in before)
    if was != now:
        yield Change(path=path, how="moved", before=was, after=now)


def _named(items: Sequence[Any]) -> dict[str, tuple[int, Any]] | None:
    """Return place and item by name, or None if some item has no name, or two have one."""
    named = {name_in_list(item): (place, item) for place, item in enumerate(items)}
    if None in named or len(named) < len(items):
        return None
    return {str(name): found for name, found in named.items()}


def _in_places(path: tuple[str | int, ...], old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    """Return the changes of a list whose items have no names: those that are equal are the same."""
    if not all(attrs.has(type(item)) for item in (*old, *new)):
        yield Change(path=path, how="changed", before=old, after=new)  # numbers, and pairs of them
        return
    gone, come = _without(old, new), _without(new, old)
    stay = [
        [item for place, item in enumerate(items) if place not in out]
        for items, out in ((old, {*gone}), (new, {*come}))
    ]
    if stay[0] != stay[1]:
        yield Change(path=path, how="changed", before=old, after=new)
    elif gone == come:
        for place in gone:
            yield from _changes((*path, place), old[place], new[place])
    else:
        for place in gone:
            yield Change(path=(*path, place), how="removed", before=old[place], after=None, place=place)
        for place in come:
            yield Change(path=(*path, place), how="added", before=None, after=new[place], place=place)


def _without(items: Sequence[Any], others: Sequence[Any]) -> list[int]:
    """Return the places of those of *items* that *others* do not hold, or not as often."""
    left = Counter(others)
    places = []
    for place, item in enumerate(items):
        left[item] -= 1
        if left[item] < 0:
            places.append(place)
    return places


def _is_condition(value: object) -> bool:
    return isinstance(value, CONDITION_TYPES)


def _in_words(value: Any) -> str:
    if value is None:
        return "nothing"
    if type(value) in NODE_TYPES:
        return describe(value) if type(value) in CONDITION_TYPES else code(value)
    if isinstance(value, tuple):
        return f"({', '.join(map(_in_words, value))})"
    if attrs.has(type(value)) and not isinstance(value, _WHOLE):
        return shortened(str(value), _LINE)
    return value_text(value)


def _in_brackets(value: Any) -> str:
    """Return what an item says beyond its name, if it says it in a line."""
    if isinstance(value, tuple):
        return f" ({_in_words(value[1])})"
    speaks = attrs.has(type(value)) and "__str__" in vars(type(value))
    return f" ({_in_words(value)})" if speaks else ""


def _without_markup(text: str) -> str:
    """Return *text* so that Markdown shows it letter for letter."""
    return "".join(f"\\{one}" if one in "\\`*_{}[]<>#+-!|" else one for one in text)
