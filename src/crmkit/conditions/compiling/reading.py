"""Readings: what compiled code reads of a profile, of a mapping, or of one activity."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Mapping
from types import FunctionType, SimpleNamespace
from typing import Any, Final, Literal, TypeAlias

import attrs

from crmkit.conditions.compiling.pieces import (
    all_hold,
    assign,
    attribute,
    call,
    compare,
    constant,
    first_of,
    give_back,
    is_none,
    item,
    name,
)
from crmkit.conditions.evaluate import leaf_verdict, verdict
from crmkit.conditions.nodes import Condition, Leaf
from crmkit.conditions.operands import sort_of
from crmkit.conditions.subject import OWN, Subject, of_activity, subject_of
from crmkit.model import PROFILE_FIELDS, Profile, Tag
from crmkit.model.period import holds_at

_AS_THEY_ARE: Final = frozenset(field.name for field in PROFILE_FIELDS) - {"id", "tags", "roles"}
"""What a profile holds as `Profile.__getitem__` gives it."""


Sort: TypeAlias = Literal["profile", "fields", "fact"]


@attrs.define
class Draft:
    """What the code will find by name, and what it has to find first.

    Attributes:
        of: What it reads: a profile, the fields of a mapping, or one activity.
        traces: Whether the verdicts of parts are to be remembered.
        names: The names.
        asks_subject: Whether it asks the reference about the whole subject.
        asks_history: Whether it needs the instant and the activities.
        parts: The parts whose verdicts are remembered.
    """

    of: Sort
    traces: bool = False
    names: dict[str, Any] = attrs.field(factory=lambda: dict(_FOUND))
    asks_subject: bool = False
    asks_history: bool = False
    parts: list[Condition] = attrs.field(factory=list)

    def given(self, value: object) -> ast.expr:
        """Return an expression for *value*, which is handed over beside the code."""
        called = f"given_{len(self.names)}"
        self.names[called] = value
        return name(called)


def read(field: str, draft: Draft) -> ast.expr:
    """Return the expression that reads a field."""
    key = draft.given(field)
    match draft.of:
        case "profile":
            return attribute("profile", field) if field in _AS_THEY_ARE else item("profile", key)
        case "fields":
            return call(attribute("fields", "get"), key)
        case "fact":
            return attribute("fact", field) if field in OWN else item("fact", key)


def subject(draft: Draft) -> ast.expr:
    """Return the expression for the whole subject, as the reference takes it."""
    if draft.of == "fact":
        return call("of_activity", name("fact"), name("at"))
    draft.asks_subject = True
    return name("subject")


def history(draft: Draft) -> tuple[ast.expr, ast.expr]:
    """Return the expressions for the instant that is asked at, and for the activities up to then."""
    draft.asks_history = True
    return name("at"), name("facts")


def opening_of_profile(draft: Draft) -> list[ast.stmt]:
    """Return the statements that find what else is read of a profile."""
    found = [assign("subject", call("subject_of", name("profile")))] if draft.asks_subject else []
    return [*found, *(_history_of("profile") if draft.asks_history else [])]


def opening_of_fields(draft: Draft, of_profile: FunctionType) -> list[ast.stmt]:
    """Return the statements that find what fields are read of; of a profile, *of_profile* is asked.

    A dictionary without instant and activities is read itself: there is nothing
    in it to check.
    """
    no_instant = is_none(name("as_of"))
    choices = []
    if not (draft.asks_subject or draft.asks_history):
        absent = (compare(constant(key), "not in", name("profile")) for key in ("as_of", "activities"))
        bare = all_hold(no_instant, _is_a(dict, draft), *absent)
        choices.append((bare, [assign("fields", name("profile"))]))
    asked = give_back(call(draft.given(of_profile), name("profile")))
    choices.append((all_hold(no_instant, _is_a(Profile, draft)), asked))
    checked = call("subject_of", name("profile"), name("as_of"))
    otherwise = [assign("subject", checked), assign("fields", call("fields_of", name("subject")))]
    return first_of(choices, [*otherwise, *(_history_of("subject") if draft.asks_history else [])])


def _history_of(what: str) -> list[ast.stmt]:
    return [assign("at", attribute(what, "as_of")), assign("facts", attribute(what, "activities"))]


def _is_a(type_: type, draft: Draft) -> ast.expr:
    return compare(call("type", name("profile")), "is", draft.given(type_))


# --- what the code calls


def _subject(profile: Profile | Mapping[str, object], as_of: dt.datetime | None = None) -> Subject:
    """Return *profile* as a subject, or raise what the reference raises."""
    return subject_of(profile, as_of=as_of)


def _fields_of(subject: Subject) -> SimpleNamespace:
    """Return *subject*'s fields in the shape of a dictionary: calling its ``get`` is the fastest way to read one."""
    return SimpleNamespace(get=subject.read)


def _of_value(leaf: Leaf, value: object, at: dt.datetime | None = None) -> bool | None:
    """Return what *leaf*, which reads one field, says of a value of it: the reference, for rare values."""
    return leaf_verdict(leaf, Subject(read=lambda _: value, as_of=at))


def _holds(tag: Tag, profile: Profile) -> bool:
    """Return whether *tag*, whose name equals a text, is one that *profile* has by that name."""
    return holds_at(tag.since, tag.until, profile.as_of) and sort_of(tag.name) == "text"


_FOUND: Final[dict[str, Any]] = {
    "__builtins__": {},
    "type": type,
    "subject_of": _subject,
    "of_activity": of_activity,
    "leaf_verdict": leaf_verdict,
    "verdict": verdict,
    "of_value": _of_value,
    "fields_of": _fields_of,
    "holds": _holds,
}
