"""Fitting: whether a definition holds what its fields say, so that what is written can be read back.

Constructors check what a value means; a type that is plainly wrong, as None for
true or false, shows at the latest when the definition is written down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, Union, get_args, get_origin

import attrs

from crmkit.conditions.converter import is_literal, is_operand
from crmkit.conditions.nodes import NODE_TYPES
from crmkit.errors import InvalidValue

_Fits: TypeAlias = Callable[[Any], bool]

# To Python, true is a whole number and an instant a date.
_STRICTLY: Final[dict[Any, tuple[Any, Any]]] = {
    int: (int, bool),
    float: ((int, float), bool),
    dt.date: (dt.date, dt.datetime),
}
_WORDS: Final[dict[Any, str]] = {
    NoneType: "None",
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    dt.date: "a date",
}


def check_fits(definition: Any) -> None:
    """Check that every field of *definition*, and of what it is made of, holds a value of its type.

    Raises:
        InvalidValue: If one does not; the message names it, and never the value.
    """
    type_: Any = type(definition)
    for name, wanted, fits in _fields(type_):
        value = getattr(definition, name)
        if not fits(value):
            raise InvalidValue(
                f"{name} of {_a(type_.__name__)} is {_words(wanted)}, and here it is {_sort_of(value)}"
            )


@cache
def _fields(type_: Any) -> tuple[tuple[str, Any, _Fits], ...]:
    """Return the fields that are written, with their types; conditions check their own."""
    if type_ in NODE_TYPES or not attrs.has(type_):
        return ()
    attrs.resolve_types(type_)
    written = [(one.name, _plain(one.type)) for one in attrs.fields(type_) if one.init]
    return tuple((name, wanted, _fitting(wanted)) for name, wanted in written)


@cache
def _fitting(type_: Any) -> _Fits:
    """Return what tells whether a value is of *type_*; what it is made of is checked as a definition of its own."""
    origin, members = get_origin(type_), get_args(type_)
    if origin in {Union, UnionType}:
        tests = [_fitting(one) for one in members]
        return lambda value: any(fits(value) for fits in tests)
    if origin is frozenset or (origin is tuple and members[-1] is Ellipsis):
        each = _fitting(members[0])
        return lambda value: isinstance(value, origin) and all(map(each, value))
    if origin is tuple:
        places = [_fitting(one) for one in members]
        return lambda value: (
            isinstance(value, tuple)
            and len(value) == len(places)
            and all(fits(one) for fits, one in zip(places, value, strict=True))
        )
    if is_literal(type_):
        return lambda value: value in members
    if type_ in _STRICTLY:
        one_of, but = _STRICTLY[type_]
        return lambda value: isinstance(value, one_of) and not isinstance(value, but)
    return (lambda value: _is_one(value, type_)) if isinstance(type_, type) else (lambda _: True)


def _is_one(value: Any, type_: type[Any]) -> bool:
    if isinstance(value, type_):
        check_fits(value)
        return True
    return False


def _plain(type_: Any) -> Any:
    while hasattr(type_, "__supertype__"):
        type_ = type_.__supertype__
    return object if is_operand(type_) else type_


def _words(type_: Any) -> str:
    origin, members = get_origin(type_), get_args(type_)
    if origin in {Union, UnionType}:
        named = dict.fromkeys("a condition" if one in NODE_TYPES else _words(one) for one in members)
        return " or ".join(named)
    if origin is frozenset or (origin is tuple and members[-1] is Ellipsis):
        return f"a {origin.__name__} whose items are each {_words(members[0])}"
    if origin is tuple:
        return f"a tuple of {', '.join(map(_words, members))}"
    if is_literal(type_):
        return f"one of {', '.join(map(repr, members))}"
    return _WORDS.get(type_) or _a(getattr(type_, "__name__", str(type_)))


def _sort_of(value: object) -> str:
    """Return what sort of value it is: never the value, which may be somebody's."""
    if isinstance(value, tuple) and value:
        return f"a tuple with {' and '.join(sorted({_sort_of(one) for one in value}))}"
    return _WORDS.get(type(value)) or _a(type(value).__name__)


def _a(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOUaeiou' else 'a'} {name}"
