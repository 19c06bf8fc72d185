"""Readings: what compiled code reads of a profile, of a mapping, or of one activity."""

from __future__ import annotations

import ast
import datetime as dt
from types import SimpleNamespace
from typing import Any, Final

import attrs

from crmkit.conditions.compiling.pieces import (
    all_hold,
    assign,
    attribute,
    call,
    choice,
    first_of,
    is_,
    is_none,
    item,
    name,
    not_among,
)
from crmkit.conditions.evaluate import leaf_verdict, verdict
from crmkit.conditions.nodes import Condition, Leaf
from crmkit.conditions.operands import sort_of
from crmkit.conditions.subject import OWN, Subject, of_activity, subject_of
from crmkit.model import PROFILE_FIELDS, Profile
from crmkit.model.period import holds_at

_AS_THEY_ARE: Final = frozenset(one for one, _ in PROFILE_FIELDS) - {"id", "tags", "roles"}
"""What a profile holds as `Profile.__getitem__` gives it."""


@attrs.define
class Draft:
    """What the code will find by name, and what it has to find first.

    Attributes:
        names: The names.
        traces: Whether the verdicts of parts are to be remembered.
        of_activity: Whether the code asks about one activity rather than a customer.
        asks_subject: Whether it asks the reference about the whole subject.
        asks_history: Whether it needs the instant and the activities.
        parts: The parts whose verdicts are remembered.
    """

    names: dict[str, Any] = attrs.field(factory=lambda: dict(_FOUND))
    traces: bool = False
    of_activity: bool = False
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
    if draft.of_activity:
        return attribute("fact", field) if field in OWN else item("fact", draft.given(field))
    key = draft.given(field)
    own = attribute("profile", field) if field in _AS_THEY_ARE else item("profile", key)
    return choice(name("is_profile"), own, call(attribute("fields", "get"), key))


def subject(draft: Draft) -> ast.expr:
    """Return the expression for the whole subject, as the reference takes it."""
    if draft.of_activity:
        return call("of_activity", name("fact"), name("at"))
    draft.asks_subject = True
    return name("subject")


def history(draft: Draft) -> tuple[ast.expr, ast.expr]:
    """Return the expressions for the instant that is asked at, and for the activities up to then."""
    draft.asks_history = True
    return name("at"), name("facts")


def opening(draft: Draft) -> list[ast.stmt]:
    """Return the statements that find what is read of a customer.

    A profile is read as it is, and so is a dictionary without instant and
    activities: there is nothing in it to check.
    """
    no_instant = is_none(name("as_of"))
    choices = [(all_hold(no_instant, _is_a("profile", Profile, draft)), _of_profile(draft))]
    if not (draft.asks_subject or draft.asks_history):
        keys = (ast.Constant("as_of"), ast.Constant("activities"))
        bare = (not_among(key, name("profile")) for key in keys)
        itself = [assign("is_profile", ast.Constant(value=False)), assign("fields", name("profile"))]
        choices.insert(0, (all_hold(no_instant, _is_a("profile", dict, draft), *bare), itself))
    return first_of(choices, _of_subject(draft))


def _of_profile(draft: Draft) -> list[ast.stmt]:
    found = [assign("is_profile", ast.Constant(value=True))]
    if draft.asks_subject:
        found.append(assign("subject", call("subject_of", name("profile"))))
    if draft.asks_history:
        found += [
            assign("at", attribute("profile", "as_of")),
            assign("facts", attribute("profile", "activities")),
        ]
    return found


def _of_subject(draft: Draft) -> list[ast.stmt]:
    asked = ast.Call(name("subject_of"), [name("profile")], [ast.keyword("as_of", name("as_of"))])
    found = [
        assign("is_profile", ast.Constant(value=False)),
        assign("subject", asked),
        assign("fields", call("fields_of", name("subject"))),
    ]
    if draft.asks_history:
        found += [
            assign("at", attribute("subject", "as_of")),
            assign("facts", attribute("subject", "activities")),
        ]
    return found


def _is_a(what: str, type_: type, draft: Draft) -> ast.expr:
    return is_(call("type", name(what)), draft.given(type_))


# --- what the code calls


def _fields_of(subject: Subject) -> SimpleNamespace:
    """Return *subject*'s fields in the shape of a dictionary: calling its ``get`` is the fastest way to read one."""
    return SimpleNamespace(get=subject.read)


def _of_value(leaf: Leaf, value: object, at: dt.datetime | None = None) -> bool | None:
    """Return what *leaf*, which reads one field, says of a value of it: the reference, for rare values."""
    return leaf_verdict(leaf, Subject(read=lambda _: value, as_of=at))


def _has_tag(profile: Profile, called: str) -> bool:
    """Return whether a tag called so holds, without making the set of those that do."""
    as_of = profile.as_of
    for tag in profile.tags:
        if tag.name == called and holds_at(tag.since, tag.until, as_of) and sort_of(tag.name) == "text":
            return True
    return False


_FOUND: Final[dict[str, Any]] = {
    "__builtins__": {},
    "type": type,
    "subject_of": subject_of,
    "of_activity": of_activity,
    "leaf_verdict": leaf_verdict,
    "verdict": verdict,
    "of_value": _of_value,
    "fields_of": _fields_of,
    "has_tag": _has_tag,
}
