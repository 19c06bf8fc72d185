"""Documents: every value and definition as JSON, and back, with a content hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from crmkit.errors import CrmkitError, InvalidValue
from crmkit.model.values import Fields, FieldValue, Scalar, frozen_fields

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")

_AS_GIVEN: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_SORTED: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def make_converter() -> Converter:
    """Return a new cattrs converter that knows every value of the model.

    Unknown keys are refused, and nothing is bent to fit: "5" is no number, 1
    no truth and null no text.  Packages above add hooks for their own unions
    to a converter of their own.
    """
    from cattrs import Converter
    from cattrs.gen import make_dict_unstructure_fn, override
    from cattrs.strategies import configure_tagged_union

    from crmkit.model.customer import Account, Contact
    from crmkit.model.record import Record

    converter = Converter(forbid_extra_keys=True)
    for plain in (str, int, bool):
        converter.register_structure_hook(plain, _read_plain)
    converter.register_structure_hook(float, _read_number)
    converter.register_unstructure_hook(dt.datetime, dt.datetime.isoformat)
    converter.register_structure_hook(dt.datetime, lambda text, _: dt.datetime.fromisoformat(text))
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_structure_hook(dt.date, lambda text, _: dt.date.fromisoformat(text))
    converter.register_unstructure_hook(dt.timedelta, lambda span: span // dt.timedelta(microseconds=1))
    converter.register_structure_hook(dt.timedelta, lambda micros, _: dt.timedelta(microseconds=micros))
    converter.register_unstructure_hook_func(_is_field_value, _write_value)
    converter.register_structure_hook_func(_is_field_value, lambda value, _: _read_value(value))
    only_if_any = override(omit_if_default=True)  # younger than documents that are kept
    converter.register_unstructure_hook(
        Record, make_dict_unstructure_fn(Record, converter, aliases=only_if_any, place=override(omit=True))
    )
    configure_tagged_union(Contact | Account, converter, tag_name="kind", tag_generator=_kind_of)
    return converter


def to_json(value: object, *, converter: Converter | None = None) -> str:
    """Return *value* as JSON: one line, keys sorted, so equal values give equal text."""
    plain = (converter or _model_converter()).unstructure(value)
    return _SORTED.encode(plain)


def from_json(text: str, type_: type[T], *, converter: Converter | None = None) -> T:
    """Return the value of *type_* that *text* describes.

    Raises:
        InvalidValue: If the text is no JSON, or describes no such value; the
            message names the path to what is wrong.
    """
    from cattrs.errors import BaseValidationError

    name = getattr(type_, "__name__", str(type_))
    try:
        plain = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"not a JSON document: {error}") from None
    try:
        return (converter or _model_converter()).structure(plain, type_)
    except BaseValidationError as error:
        raise InvalidValue(f"not a {name}: {'; '.join(_reasons(error))}") from None
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise InvalidValue(f"not a {name}: {_reason(error, None)}") from None


def fields_to_json(fields: Fields) -> str:
    """Return *fields* as one JSON object, keys sorted."""
    plain = {name: value if type(value) is str else _write_value(value) for name, value in fields}
    return _AS_GIVEN.encode(plain)


def fields_from_json(text: str) -> Fields:
    """Return the fields that `fields_to_json` made *text* of."""
    return frozen_fields({name: _read_value(value) for name, value in json.loads(text).items()})


def digest(value: object, *, converter: Converter | None = None) -> str:
    """Return the content hash of *value*: 16 hexadecimal digits of its JSON's SHA-256."""
    text = to_json(value, converter=converter).encode(errors="surrogatepass")
    return hashlib.sha256(text).hexdigest()[:16]


@cache
def _model_converter() -> Converter:
    return make_converter()


def _kind_of(party: type[object]) -> str:
    return {"Contact": "person", "Account": "organisation"}[party.__name__]


def _is_field_value(type_: Any) -> bool:
    return bool(type_ == FieldValue) or bool(type_ == Scalar)


def _write_value(value: Any) -> Any:
    """Return a field value as JSON has it; times are tagged, so that text stays text."""
    if type(value) is str:
        return value
    if isinstance(value, tuple):
        return [_write_value(one) for one in value]
    if isinstance(value, dt.datetime):
        return {"at": value.isoformat()}
    if isinstance(value, dt.date):
        return {"on": value.isoformat()}
    return value


def _read_value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_read_value(one) for one in value)
    if isinstance(value, dict):
        match list(value.items()):
            case [("at", str(text))]:
                return dt.datetime.fromisoformat(text)
            case [("on", str(text))]:
                return dt.date.fromisoformat(text)
        raise InvalidValue('a time is written as {"at": "…"}, a date as {"on": "…"}')
    return value


def _read_plain(value: Any, type_: type[T]) -> T:
    if type(value) is not type_:
        raise InvalidValue(f"must be {_PLAIN[type_]}, not {_PLAIN.get(type(value), type(value).__name__)}")
    return value


def _read_number(value: Any, _: type[float]) -> float:
    if type(value) not in (int, float):
        raise InvalidValue(f"must be a number, not {_PLAIN.get(type(value), type(value).__name__)}")
    return float(value)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _reasons(error: BaseException) -> list[str]:
    from cattrs.v import transform_error

    return transform_error(error, format_exception=_reason)


def _reason(error: BaseException, type_: Any) -> str:
    """Return what is wrong: our own words where there are any, and never the value."""
    from cattrs.v import format_exception

    if isinstance(error, CrmkitError):
        return str(error)
    if isinstance(error, AttributeError) or (isinstance(error, TypeError) and type_ is None):
        return "must be an object with the fields of its kind"
    return format_exception(error, type_)


_PLAIN: dict[type, str] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    float: "a fraction",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
