"""The converter: how conditions, durations and the definitions that hold them look in JSON.

Every node is an object with the key ``node``.  What JSON lacks is an object with a
telling key: ``{"days": 30}``, ``{"months": 6, "zone": "UTC"}``, ``{"at": …}``, ``{"on": …}``.
"""

from __future__ import annotations

import datetime as dt
import enum
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, Literal, Union, get_args, get_origin

import attrs

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.nodes import CONDITION_TYPES, NODE_TYPES
from crmkit.conditions.operands import Operand, OperandOrSet, sorted_operands
from crmkit.errors import InvalidValue, UnknownName

if TYPE_CHECKING:
    from cattrs import Converter

TAGS: Final = {type_.__name__.lower(): type_ for type_ in NODE_TYPES}
_OPERANDS: Final = (Operand, OperandOrSet, frozenset[Operand])
_MOST_FAULTS: Final = 10  # nobody reads more, and a long list that is wrong throughout takes no memory
_DURATIONS: Final = frozenset({dt.timedelta, LocalDays, Months})


@cache
def definition_converter() -> Converter:
    """Return the cattrs converter of definitions: the model's, and conditions and durations.

    It is strict: a number is not read as text, nor text or a decimal as a whole number.
    """
    from cattrs.gen import make_dict_structure_fn

    from crmkit.model import make_converter

    converter = make_converter()
    for primitive in (str, int, bool, float):
        converter.register_structure_hook(primitive, _read_primitive)
    converter.register_structure_hook(dt.timedelta, _read_operand)
    converter.register_unstructure_hook(dt.timedelta, _write_operand)
    converter.register_unstructure_hook(float, _write_number)
    for moment in _MOMENTS:
        converter.register_structure_hook(moment, _read_moment)
    converter.register_structure_hook_func(
        _is_told_by_fields, lambda value, type_: _read_by_fields(converter, value, type_)
    )
    converter.register_structure_hook_func(is_literal, _read_literal)
    converter.register_structure_hook_func(_is_enum, _read_enum)
    converter.register_structure_hook_func(_is_choice, _read_choice)
    converter.register_structure_hook_factory(
        attrs.has, lambda type_: _reader_of(type_, make_dict_structure_fn(type_, converter))
    )
    converter.register_unstructure_hook(dt.time, dt.time.isoformat)
    converter.register_structure_hook_func(
        _is_collection, lambda one, type_: _read_many(converter, one, type_)
    )
    converter.register_unstructure_hook_func(_is_set, lambda values: _write_set(converter, values))
    for is_value in (is_operand, is_duration):
        converter.register_unstructure_hook_func(is_value, _write_operand)
        converter.register_structure_hook_func(is_value, _read_operand)
    converter.register_unstructure_hook_func(is_node, lambda node: _write_node(converter, node))
    readers: dict[str, Any] = {}
    converter.register_structure_hook_func(is_node, lambda one, type_: _read_node(readers, one, type_))
    readers.update({tag: make_dict_structure_fn(type_, converter) for tag, type_ in TAGS.items()})
    return converter


def _reader_of(type_: Any, read: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Return *read*, which takes objects for granted, with a clear error for anything else."""

    def read_object(value: Any, _: Any) -> Any:
        if not isinstance(value, dict):
            raise InvalidValue(
                f"expected an object with the fields of a {type_.__name__}, got {_sort_of(value)}"
            )
        return read(value, type_)

    return read_object


def is_condition(type_: object) -> bool:
    """Return whether *type_* is a kind of condition, or a union of such."""
    return members_of(type_) <= set(CONDITION_TYPES)


def members_of(type_: object) -> set[Any]:
    """Return the types of a union but None, or the one type."""
    union = get_origin(type_) in {Union, UnionType}
    return set(get_args(type_) if union else (type_,)) - {NoneType}


def is_node(type_: object) -> bool:
    """Return whether *type_* is a kind of node, or a union of such."""
    members = members_of(type_)
    return bool(members) and members <= NODE_TYPES


def is_duration(type_: object) -> bool:
    """Return whether *type_* is a kind of duration, or a union of such."""
    members = members_of(type_)
    return bool(members) and members <= _DURATIONS


def is_operand(type_: object) -> bool:
    """Return whether a value of *type_* is something to compare with, or a set of such."""
    return type_ in _OPERANDS


def _is_told_by_fields(type_: object) -> bool:
    """Return whether a value is of one of several classes, each of which has fields that it cannot lack."""
    members = members_of(type_)
    return len(members) > 1 and all(attrs.has(one) and _required(one) for one in members)


def _required(type_: Any) -> set[str]:
    """Return the fields of a class that a value of it cannot lack."""
    return {field.name for field in attrs.fields(type_) if field.init and field.default is attrs.NOTHING}


def is_literal(type_: object) -> bool:
    """Return whether a value of *type_* is one of a few words."""
    return get_origin(type_) is Literal


def _is_choice(type_: object) -> bool:
    """Return whether *type_* leaves open which of several plain types a value is of."""
    return len(members_of(type_)) > 1 and members_of(type_) <= _PLAIN_NAMES.keys()


def _is_collection(type_: object) -> bool:
    """Return whether a value of *type_* is written as a list."""
    return get_origin(type_) in {tuple, frozenset} and not is_operand(type_)


def _is_set(type_: object) -> bool:
    return type_ is frozenset or get_origin(type_) is frozenset


def _is_enum(type_: object) -> bool:
    return isinstance(type_, enum.EnumMeta)


def _read_enum(value: Any, type_: type[enum.Enum]) -> Any:
    if type(value) not in {type(one.value) for one in type_}:
        raise InvalidValue(f"expected {type_.__name__}, got {_sort_of(value)}")
    return type_(value)


def _read_primitive(value: Any, type_: type) -> Any:
    if _is_enum(type_):  # of texts: cattrs takes them for texts
        return _read_enum(value, type_)
    if type_ is float and type(value) is int:
        return float(value)
    if type(value) is not type_:
        raise InvalidValue(f"expected {_PLAIN_NAMES[type_]}, got {_sort_of(value)}")
    return value


def _write_number(value: float) -> float:
    """Return 1 and -0.0 as 1.0 and 0.0, which they equal."""
    return float(value) + 0.0


def _read_by_fields(converter: Converter, value: Any, type_: Any) -> Any:
    """Return *value* as one of the classes of *type_*: of those whose fields it has, the one that asks for most."""
    if value is None and NoneType in get_args(type_):
        return None
    members = sorted(members_of(type_), key=lambda one: (-len(_required(one)), one.__name__))
    for one in members if isinstance(value, dict) else ():
        if _required(one) <= value.keys():
            return converter.structure(value, one)
    names = " or of a ".join(sorted(one.__name__ for one in members))
    raise InvalidValue(f"expected an object with the fields of a {names}")


def _read_choice(value: Any, type_: Any) -> Any:
    if type(value) not in get_args(type_):
        raise InvalidValue(
            f"expected {' or '.join(_PLAIN_NAMES[one] for one in get_args(type_))}, got {_sort_of(value)}"
        )
    return value


def _read_moment(value: Any, type_: Any) -> Any:
    if isinstance(value, str):
        with suppress(ValueError):
            return type_.fromisoformat(value)
    raise InvalidValue(f"expected {_MOMENTS[type_]}, got {_sort_of(value)}")


def _read_literal(value: Any, type_: Any) -> Any:
    words = get_args(type_)
    if value not in words:
        raise InvalidValue(f"expected one of {', '.join(map(str, words))}, got {_sort_of(value)}")
    return value


def _sort_of(value: Any) -> str:
    """Return what sort of JSON *value* is, for a message: never the value, which may be somebody's."""
    return _JSON_SORTS[type(value)]


_PLAIN_NAMES: Final = {str: "text", int: "a whole number", bool: "true or false", float: "a number"}
_JSON_SORTS: Final = {
    **_PLAIN_NAMES,
    float: "a decimal number",
    list: "a list",
    dict: "an object",
    NoneType: "null",
}


_MOMENTS: Final = {
    dt.time: 'a time of day such as "09:00"',
    dt.date: 'a date such as "2026-06-30"',
    dt.datetime: 'a time with its zone such as "2026-06-30T09:00:00+08:00"',
}


def _read_many(converter: Converter, values: Any, type_: Any) -> Any:
    if not isinstance(values, list):
        raise InvalidValue("expected a list")
    members = get_args(type_)
    if get_origin(type_) is frozenset or members[-1] is Ellipsis:
        if members[0] is str and all(type(one) is str for one in values):
            return get_origin(type_)(values)  # most of what there is, and nothing in it to be read
        return get_origin(type_)(_read_each(converter, values, members[0]))
    if len(values) != len(members):
        raise InvalidValue(f"expected a list of {len(members)}, got {len(values)}")
    return tuple(converter.structure(one, member) for one, member in zip(values, members, strict=True))


def _read_each(converter: Converter, values: list[Any], type_: Any) -> list[Any]:
    """Return each of *values* as *type_*; what is wrong is told of the first few places only."""
    from cattrs.errors import IterableValidationError, IterableValidationNote

    read = converter.get_structure_hook(type_)
    found: list[Any] = []
    faults: list[Exception] = []
    for place, one in enumerate(values):
        try:
            found.append(read(one, type_))
        except Exception as error:
            error.add_note(IterableValidationNote(f"at {place}", place, type_))
            faults.append(error)
            if sum(map(_faults, faults)) >= _MOST_FAULTS:
                break
    if faults:
        raise IterableValidationError("in a list", faults, list)
    return found


def _faults(error: BaseException) -> int:
    return sum(map(_faults, error.exceptions)) if isinstance(error, BaseExceptionGroup) else 1


def _write_set(converter: Converter, values: Any) -> list[Any]:
    return sorted(
        (converter.unstructure(one) for one in values), key=lambda one: json.dumps(one, sort_keys=True)
    )


def _write_operand(value: Any) -> Any:
    """Return an operand as JSON has it; what JSON lacks is an object with one telling key."""
    match value:
        case frozenset():
            return [_write_operand(one) for one in sorted_operands(value)]
        case LocalDays():
            return {"local_days": value.count, "zone": value.zone}
        case Months():
            return {"months": value.count, "zone": value.zone}
        case dt.timedelta():
            whole, rest = divmod(value, dt.timedelta(days=1))
            return {"micros": value // dt.timedelta(microseconds=1)} if rest else {"days": whole}
        case dt.datetime():
            return {"at": value.isoformat()}
        case dt.date():
            return {"on": value.isoformat()}
        case _:
            return value


def _read_operand(value: Any, type_: Any) -> Any:
    if type_ == frozenset[Operand] and not isinstance(value, list):
        raise InvalidValue(f"expected a list of values, got {_sort_of(value)}")
    spans = _DURATIONS if is_operand(type_) else members_of(type_)
    match value:
        case list() if is_operand(type_):
            return frozenset(_read_operand(one, Operand) for one in value)
        case dict() if bool in map(type, value.values()):
            pass  # to Python, true is a whole number
        case {"local_days": int(count), "zone": str(zone)} if len(value) == 2 and LocalDays in spans:
            return LocalDays(count=count, zone=zone)
        case {"months": int(count), "zone": str(zone)} if len(value) == 2 and Months in spans:
            return Months(count=count, zone=zone)
        case {"days": int(count)} if len(value) == 1 and dt.timedelta in spans:
            return dt.timedelta(days=count)
        case {"micros": int(count)} if len(value) == 1 and dt.timedelta in spans:
            return dt.timedelta(microseconds=count)
        case {"at": str(at)} if len(value) == 1 and is_operand(type_):
            return _read_moment(at, dt.datetime)
        case {"on": str(on)} if len(value) == 1 and is_operand(type_):
            return _read_moment(on, dt.date)
        case str() | int() if is_operand(type_):
            return value
        case None if NoneType in get_args(type_):
            return None
    raise InvalidValue(f"expected {'a value' if is_operand(type_) else 'a duration'}, got {_sort_of(value)}")


def _write_node(converter: Converter, node: Any) -> Any:
    if node is None:
        return None
    if type(node) not in NODE_TYPES:
        raise InvalidValue(f"a {type(node).__name__} stands where a condition is written as F.tier >= 3")
    written = {"node": type(node).__name__.lower()}
    for attribute in attrs.fields(type(node)):
        value = getattr(node, attribute.name)
        if value is not attribute.default and value != attribute.default:
            written[attribute.name] = converter.unstructure(value, unstructure_as=attribute.type)
    return written


def _read_node(readers: Mapping[str, Any], value: Any, type_: Any) -> Any:
    if value is None and NoneType in get_args(type_):
        return None
    if not isinstance(value, dict) or not isinstance(value.get("node"), str):
        raise InvalidValue('expected a node of a condition: {"node": …}')
    tag = value["node"]
    known = {name: member for name, member in TAGS.items() if member in members_of(type_)}
    if tag not in known:
        raise UnknownName("node", tag, known)
    return readers[tag]({key: one for key, one in value.items() if key != "node"}, known[tag])
