"""Documents: every value and definition as JSON, and back, with a content hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from crmkit.errors import InvalidValue

if TYPE_CHECKING:
    from cattrs import Converter

T = TypeVar("T")


def make_converter() -> Converter:
    """Return a new cattrs converter that knows every value of the model.

    Unknown keys are refused.  Packages above add hooks for their own unions
    to a converter of their own.
    """
    from cattrs import Converter
    from cattrs.strategies import configure_tagged_union

    from crmkit.model.customer import Account, Contact

    converter = Converter(forbid_extra_keys=True)
    converter.register_unstructure_hook(dt.datetime, dt.datetime.isoformat)
    converter.register_structure_hook(dt.datetime, lambda text, _: dt.datetime.fromisoformat(text))
    converter.register_unstructure_hook(dt.date, dt.date.isoformat)
    converter.register_structure_hook(dt.date, lambda text, _: dt.date.fromisoformat(text))
    converter.register_unstructure_hook(dt.timedelta, lambda span: span // dt.timedelta(microseconds=1))
    converter.register_structure_hook(dt.timedelta, lambda micros, _: dt.timedelta(microseconds=micros))
    converter.register_unstructure_hook_func(_is_field_value, _write_value)
    converter.register_structure_hook_func(_is_field_value, lambda value, _: _read_value(value))
    configure_tagged_union(Contact | Account, converter, tag_name="kind", tag_generator=_kind_of)
    return converter


def to_json(value: object, *, converter: Converter | None = None) -> str:
    """Return *value* as JSON: one line, keys sorted, so equal values give equal text."""
    plain = (converter or _model_converter()).unstructure(value)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str, type_: type[T], *, converter: Converter | None = None) -> T:
    """Return the value of *type_* that *text* describes.

    Raises:
        InvalidValue: If the text is no JSON, or describes no such value; the
            message names the path to what is wrong.
    """
    from cattrs.errors import BaseValidationError
    from cattrs.v import transform_error

    try:
        return (converter or _model_converter()).structure(json.loads(text), type_)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InvalidValue(f"not a JSON document: {error}") from None
    except BaseValidationError as error:
        raise InvalidValue(f"not a {type_.__name__}: {'; '.join(transform_error(error))}") from error


def digest(value: object, *, converter: Converter | None = None) -> str:
    """Return the content hash of *value*: 16 hexadecimal digits of its JSON's SHA-256."""
    return hashlib.sha256(to_json(value, converter=converter).encode()).hexdigest()[:16]


@cache
def _model_converter() -> Converter:
    return make_converter()


def _kind_of(party: type[object]) -> str:
    return {"Contact": "person", "Account": "organisation"}[party.__name__]


def _is_field_value(type_: Any) -> bool:
    from crmkit.model.values import FieldValue, Scalar

    return bool(type_ == FieldValue) or bool(type_ == Scalar)


def _write_value(value: Any) -> Any:
    """Return a field value as JSON has it; times are tagged, so that text stays text."""
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
        if "at" in value:
            return dt.datetime.fromisoformat(value["at"])
        return dt.date.fromisoformat(value["on"])
    return value
