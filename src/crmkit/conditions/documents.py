"""Documents: conditions, and every definition of the library, as JSON and back.

A document names its format, its version and the type of what it holds:
``{"crmkit": 1, "type": "Condition", "value": …}``.  It is read with suspicion: the
size and the depth are bounded, and nothing is coerced.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from types import UnionType
from typing import Any, Final, NoReturn, TypeVar, overload

import attrs

from crmkit.conditions.converter import definition_converter, is_condition, members_of
from crmkit.conditions.fitting import check_fits
from crmkit.conditions.nodes import CONDITION_TYPES, MAX_DEPTH, TOO_DEEP, Condition
from crmkit.errors import CrmkitError, InvalidValue, suggestion
from crmkit.model.values import is_unicode

T = TypeVar("T")

VERSION: Final = 1
MAX_CHARACTERS: Final = 4_000_000

CONDITION: Final = "Condition"
_MOST_REASONS: Final = 10
_MOST_NAMES: Final = 3
_LONGEST: Final = 300
# Nothing is given back (*+), and a text that never ends is one match: linear, whatever is in it.
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_MARK: Final = "\ufeff"  # with which Windows begins a file in UTF-8


def to_json(definition: object) -> str:
    """Return a condition or any definition as a JSON document: one line, keys sorted.

    Equal definitions give equal text.  `from_json` reads it back; `schema` tells editors
    what may stand where.

    >>> from crmkit.conditions import F
    >>> print(to_json(F.vip.is_known()))
    {"crmkit":1,"type":"Condition","value":{"node":"known","value":{"name":"vip","node":"field"}}}

    Raises:
        InvalidValue: If it is no definition, a field holds a value of another type than its own
            or NaN, or it is nested so deeply that it could not be read back.
    """
    if not attrs.has(type(definition)):
        _no_json(definition)
    try:
        check_fits(definition)
        value = definition_converter().unstructure(definition)
    except RecursionError:
        raise InvalidValue(f"the definition is {TOO_DEEP}") from None
    text = _written({"crmkit": VERSION, "type": _type_name(definition), "value": value})
    _check_size(text)
    return text


@overload
def from_json(text: str) -> Condition: ...
@overload
def from_json(text: str, type_: type[T]) -> T: ...
@overload
def from_json(text: str, type_: UnionType) -> Any: ...
def from_json(text: str, type_: Any = Condition) -> Any:
    """Return the condition, or the definition of *type_*, that a document holds.

    Of several types, as in ``Decision | Split``, it is the one the document names.
    What is read is built anew, so it is checked as what is written in Python is.

    >>> from crmkit.conditions import F
    >>> from crmkit.lifecycle import RETAIL, Lifecycle
    >>> from_json(to_json(F.tier >= 3)) == (F.tier >= 3)
    True
    >>> from_json(to_json(RETAIL), Lifecycle) == RETAIL
    True

    Raises:
        InvalidValue: If it is no JSON, too large, nested too deeply, of another
            version or type, or describes no such value; the message names the path.
    """
    if not isinstance(text, str):
        raise InvalidValue(f"a document is a text, got {type(text).__name__}; of bytes, give .decode()")
    _check_size(text)
    wanted = {CONDITION: type_} if is_condition(type_) else types_by_name(type_)
    name, value = _opened(_parsed(text.removeprefix(_MARK)), wanted)
    from cattrs.errors import BaseValidationError
    from cattrs.v import transform_error

    try:
        return definition_converter().structure(value, wanted[name])
    except CrmkitError:
        raise
    except (BaseValidationError, OverflowError) as error:
        reasons = transform_error(error, format_exception=_reason)
        more = ("…",) if len(reasons) > _MOST_REASONS else ()
        raise InvalidValue(f"not a {name}: {'; '.join((*reasons[:_MOST_REASONS], *more))}") from error


def digest(definition: object) -> str:
    """Return the content hash of a condition or definition: 16 hexadecimal digits of SHA-256.

    It depends on what the definition says, not on the layout of its JSON.

    >>> from crmkit.conditions import F
    >>> digest(F.tier >= 3)
    '06d5ae0e865e16a3'
    >>> digest(F.tier >= 3) == digest(F.tier >= 4)
    False

    Raises:
        InvalidValue: As `to_json`.
    """
    return hashlib.sha256(to_json(definition).encode()).hexdigest()[:16]


def _written(document: object) -> str:
    try:
        text = json.dumps(
            document,
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
            allow_nan=False,
            default=_no_json,
        )
    except InvalidValue:
        raise
    except ValueError:
        raise InvalidValue("the definition holds NaN or infinity; leave out what is unknown") from None
    _check_text(text)
    return text


def _check_text(text: str) -> None:
    if not is_unicode(text):
        raise InvalidValue("the document holds text that is no Unicode; leave the broken characters out")


def _parsed(text: str) -> object:
    try:
        document = json.loads(
            text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_object
        )
    except InvalidValue:
        raise
    except ValueError as error:
        raise InvalidValue(f"not a JSON document: {error}") from None
    if not text.isascii() or "\\u" in text:
        _check_text(json.dumps(document, ensure_ascii=False))
    return document


def types_by_name(type_: Any) -> dict[str, Any]:
    """Return the types of a union, or the one type, by name.

    Raises:
        InvalidValue: If it is no type.
    """
    for one in members_of(type_):
        if not hasattr(one, "__name__"):
            raise InvalidValue(f"give the type itself, not its name: from_json(text, {one})")
    return {one.__name__: one for one in members_of(type_)}


def _opened(document: object, wanted: Mapping[str, object]) -> tuple[str, object]:
    """Return the name of the type that *document* holds, one of *wanted*, and its value."""
    types = " or ".join(map(repr, sorted(wanted)))
    if not isinstance(document, dict) or document.keys() != {"crmkit", "type", "value"}:
        raise InvalidValue(
            f'a definition\'s document is {{"crmkit": {VERSION}, "type": "{min(wanted)}", "value": …}}; '
            "write one with to_json"
        )
    version = document["crmkit"]
    if type(version) is not int or version != VERSION:
        newer = type(version) is int and version > VERSION
        raise InvalidValue(
            f"the document has version {_shortened(json.dumps(version), _LONGEST)}; this crmkit reads {VERSION}: "
            f"{'read it with a newer crmkit' if newer else 'write it anew with to_json'}"
        )
    held = document["type"]
    if not isinstance(held, str) or held not in wanted:
        name = _shortened(str(held), _LONGEST)
        other = f"; read one with from_json(text, {name})" if name.isidentifier() else ""
        meant = f". {suggestion(name, wanted)}" if len(wanted) > 1 else other
        shown = _shortened(repr(held), _LONGEST)
        raise InvalidValue(f"the document holds a {shown}, not a {types}{meant}")
    return held, document["value"]


def _check_size(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise InvalidValue(f"the document has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read")
    depth = 0
    for found in _BRACKETS.finditer(text):
        bracket = found.group()
        depth += 1 if bracket in "[{" else -1 if bracket in "]}" else 0
        if depth > MAX_DEPTH:
            raise InvalidValue(f"the document is {TOO_DEEP}")


def _no_json(value: object) -> NoReturn:
    raise InvalidValue(
        f"a {type(value).__name__} has no JSON form; give a condition or a definition, as in F.tier >= 3"
    )


def _no_constant(name: str) -> NoReturn:
    raise InvalidValue(f"the document holds {name}; leave a value out if it is unknown")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidValue("a number is out of range")
    return number


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise InvalidValue("the document names a key twice in one object; keep the one that is meant")
    return read


def _type_name(definition: object) -> str:
    return CONDITION if isinstance(definition, CONDITION_TYPES) else type(definition).__name__


def _reason(error: BaseException, type_: Any) -> str:
    """Return what is wrong, and what may have been meant; however much of it there is, in a few lines."""
    from cattrs.errors import ForbiddenExtraKeysError
    from cattrs.v import format_exception

    if isinstance(error, OverflowError):
        return "a number is out of range"
    if isinstance(error, CrmkitError):
        return _shortened(str(error), _LONGEST)
    if isinstance(error, ForbiddenExtraKeysError):
        known = [field.name for field in attrs.fields(error.cl) if field.init]
        extra = [
            _shortened(name, _LONGEST // _MOST_NAMES) for name in sorted(error.extra_fields)[:_MOST_NAMES]
        ]
        named = ", ".join((*extra, *("…",) * (len(error.extra_fields) > len(extra))))
        return ". ".join((f"extra fields found ({named})", *(suggestion(name, known) for name in extra)))
    return _shortened(format_exception(error, type_), _LONGEST)


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}…"
