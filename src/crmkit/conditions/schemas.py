"""Schemas: what the document of a definition looks like, for editors and other programs.

A schema tells shapes: which fields there are, of which type, and what they mean.
Whether a name is known or a number makes sense, `from_json` has the last word.
"""

from __future__ import annotations

import datetime as dt
import enum
import inspect
import re
from types import NoneType, UnionType
from typing import Any, Final, TypeAlias, Union, get_args, get_origin

import attrs

from crmkit.calendars import LocalDays, Months
from crmkit.conditions.converter import (
    TAGS,
    definition_converter,
    is_condition,
    is_duration,
    is_literal,
    is_node,
    is_operand,
)
from crmkit.conditions.documents import CONDITION, VERSION, types_by_name
from crmkit.conditions.nodes import CONDITION_TYPES, Condition
from crmkit.conditions.operands import Operand, OperandOrSet
from crmkit.errors import InvalidValue
from crmkit.model import Account, Contact
from crmkit.model.values import FieldValue, Scalar

Schema: TypeAlias = dict[str, Any]

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

_ANYTHING: Final = (FieldValue, Scalar, Contact | Account)  # what the host has, not what a business tunes
_TAG_OF: Final = {type_: tag for tag, type_ in TAGS.items()}
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)


def schema(type_: Any = Condition) -> Schema:
    """Return the JSON Schema (draft 2020-12) of the documents of a condition, or of definitions of *type_*.

    Every document that `from_json` reads fits it, and what does not fit it is refused.

    >>> from crmkit.calendars import Quiet
    >>> found = schema(Quiet)
    >>> found["properties"]["value"], found["$defs"]["calendars.Quiet"]["required"]
    ({'$ref': '#/$defs/calendars.Quiet'}, ['start', 'end'])

    Raises:
        InvalidValue: If values of *type_* have no JSON form.
    """
    wanted = {CONDITION: type_} if is_condition(type_) else types_by_name(type_)
    known: dict[str, Schema] = {}
    documents = [_document(name, _shape(one, known)) for name, one in sorted(wanted.items())]
    whole = documents[0] if len(documents) == 1 else {"anyOf": documents}
    return {"$schema": DRAFT, "title": " or ".join(sorted(wanted)), **whole, "$defs": known}


def _document(name: str, value: Schema) -> Schema:
    return _object({"crmkit": {"const": VERSION}, "type": {"const": name}, "value": value})


def _object(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def _shape(type_: Any, known: dict[str, Schema]) -> Schema:
    """Return the schema of values of *type_*; the classes it is made of are added to *known*."""
    if is_operand(type_):
        return _operand(type_)
    if type_ in _ANYTHING:
        return {}
    if get_origin(type_) in {Union, UnionType}:
        return _union(get_args(type_), known)
    if is_literal(type_):
        return {"enum": list(get_args(type_))}
    if is_duration(type_):
        return _SPANS[type_]
    if get_origin(type_) in {tuple, frozenset}:
        return _many(get_args(type_), known)
    if type_ in _PLAIN:
        return _PLAIN[type_]
    if inspect.isclass(type_) and issubclass(type_, enum.Enum):
        return {"enum": [one.value for one in type_]}
    if attrs.has(type_):
        return _reference(type_, known)
    if hasattr(type_, "__supertype__"):
        return _shape(type_.__supertype__, known)
    raise InvalidValue(
        f"a {getattr(type_, '__name__', type_)} has no JSON form; give the type of a definition, such as care.Rule"
    )


def _union(members: tuple[Any, ...], known: dict[str, Schema]) -> Schema:
    """Return the schema of values of one of *members*; conditions have a name, as they are in everything."""
    if set(CONDITION_TYPES) < set(members):
        rest = [_shape(one, known) for one in members if one not in CONDITION_TYPES]
        return {"anyOf": [_shape(Condition, known), *rest]}
    if set(members) != set(CONDITION_TYPES):
        return {"anyOf": [_shape(one, known) for one in members]}
    if CONDITION not in known:
        known[CONDITION] = {}  # a condition holds conditions
        known[CONDITION] = {"anyOf": [_reference(one, known) for one in members]}
    return {"$ref": f"#/$defs/{CONDITION}"}


def _many(members: tuple[Any, ...], known: dict[str, Schema]) -> Schema:
    if len(members) == 1 or members[-1] is Ellipsis:
        return {"type": "array", "items": _shape(members[0], known)}
    items = [_shape(one, known) for one in members]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def _operand(type_: Any) -> Schema:
    if type_ == OperandOrSet:
        return {"anyOf": [_operand(Operand), _operand(frozenset[Operand])]}
    if type_ == Operand:
        return {"anyOf": [{"type": ["string", "integer", "boolean"]}, _AT, _ON, *_SPANS.values()]}
    return {"type": "array", "items": _operand(Operand)}


def _reference(type_: Any, known: dict[str, Schema]) -> Schema:
    name = f"{type_.__module__.removeprefix('crmkit.').partition('.')[0]}.{type_.__name__}"
    if name not in known:
        known[name] = {}
        known[name] = _class(type_, known)
    return {"$ref": f"#/$defs/{name}"}


def _class(type_: Any, known: dict[str, Schema]) -> Schema:
    attrs.resolve_types(type_)
    fields = [field for field in attrs.fields(type_) if field.init]
    meaning, of_field = _meanings(type_)
    properties = {
        field.name: {
            **_shape(field.type, known),
            **_default(field),
            **({"description": of_field[field.name]} if field.name in of_field else {}),
        }
        for field in fields
    }
    required = [field.name for field in fields if field.default is attrs.NOTHING]
    if is_node(type_):
        properties, required = {"node": {"const": _TAG_OF[type_]}, **properties}, ["node", *required]
    return {"description": meaning, **_object(properties, required)}


def _default(field: attrs.Attribute[Any]) -> Schema:
    if field.default is attrs.NOTHING or isinstance(field.default, attrs.Factory):  # type: ignore[arg-type]
        return {}
    return {"default": definition_converter().unstructure(field.default, unstructure_as=field.type)}


def _meanings(type_: type) -> tuple[str, dict[str, str]]:
    """Return what the docstring of a class says of it, and of each of its fields."""
    meaning, _, attributes = (inspect.getdoc(type_) or "").partition("\n\nAttributes:\n")
    return _line(meaning.partition("\n\n")[0]), {
        name: _line(text) for name, text in _ATTRIBUTE.findall(attributes.partition("\n\n")[0])
    }


def _line(text: str) -> str:
    return " ".join(text.split())


_AT: Final = _object({"at": {"type": "string", "format": "date-time"}})
_ON: Final = _object({"on": {"type": "string", "format": "date"}})
_COUNT: Final = {"type": "integer"}
_SPANS: Final[dict[type, Schema]] = {
    dt.timedelta: {"anyOf": [_object({"days": _COUNT}), _object({"micros": _COUNT})]},
    LocalDays: _object({"local_days": _COUNT, "zone": {"type": "string"}}),
    Months: _object({"months": _COUNT, "zone": {"type": "string"}}),
}
_PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
    dt.time: {"type": "string", "format": "time"},
    dt.date: {"type": "string", "format": "date"},
    dt.datetime: {"type": "string", "format": "date-time"},
}
