"""The data dictionary: every field and status with its meaning, and that each has one meaning only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, final

import attrs

from crmkit.conditions import describe
from crmkit.conditions.text import duration_text
from crmkit.display import html_table, markdown_table, text_table
from crmkit.errors import Problem, suggestion
from crmkit.funnel import Pipeline
from crmkit.lifecycle import LAPSE_CAUSES, Lifecycle
from crmkit.model import (
    ACTIVITY_FIELDS,
    CUSTOMER_FIELDS,
    FIELDS,
    KIND_MEANINGS,
    MEASURES,
    PROFILE_FIELDS,
    PROPS,
    CustomField,
    CustomStatus,
)
from crmkit.profiles.definitions import Additions, Definitions, lifecycles_of
from crmkit.segmentation import TagRule

CUSTOMER: Final = "customer"
ACTIVITY: Final = "activity"

_LAPSES: Final = {
    "competitor": "they went to a competitor",
    "value_not_found": "they did not find the value",
    "other": "any other cause that was told",
}
_COLUMNS: Final = ("of", "what", "name", "meaning", "type", "unit", "comes from")


@final
@attrs.frozen(kw_only=True)
class Entry:
    """One name of the dictionary.

    Attributes:
        of: What it is said of: "customer", "activity", "sale", or the name of a custom object.
        what: What it is: "field", "measure", "prop", "kind", "stage", "role", "tier", "tag",
            "segment", "lapse_cause", or the name of a custom status.
        name: The name.
        meaning: What it says; "" if nobody says.
        type: Type of a field's values, with what they may be; "" for a status.
        unit: Unit of a number, or None.
        source: Where it comes from, such as "lifecycle retail".
    """

    of: str
    what: str
    name: str
    meaning: str
    type: str = ""
    unit: str | None = None
    source: str

    @property
    def is_field(self) -> bool:
        """Whether it holds values, and is not one of them."""
        return bool(self.type)

    def __str__(self) -> str:
        return f"{self.name} ({self.what} of {self.of}): {self.meaning}"


@final
@attrs.frozen(kw_only=True)
class Dictionary:
    """Every field and status of a business; `model.to_json` writes it as JSON.

    Attributes:
        entries: The names, as the model and the definitions have them in order.
        problems: Names with no meaning or with two, and kinds of activity that nobody declares.
    """

    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()

    def markdown(self) -> str:
        """Return it as a table in Markdown; whatever a host wrote is shown as text."""
        return markdown_table(_COLUMNS, map(_row, self.entries))

    def __str__(self) -> str:
        return text_table(_COLUMNS, map(_row, self.entries))

    def _repr_html_(self) -> str:
        return html_table(_COLUMNS, map(_row, self.entries), caption="data dictionary")


def dictionary(
    definitions: Definitions, additions: Additions | None = None, *, pipelines: Iterable[Pipeline] = ()
) -> Dictionary:
    """Return what every field and status means, and each name that means nothing or two things.

    A name has one meaning among the fields, and one among the statuses, of what it is said of.
    Rules that give the same tag are one meaning: the tag holds if any of them does.

    >>> from crmkit.playbook import RETAIL
    >>> words = dictionary(RETAIL.definitions)
    >>> print(next(entry for entry in words.entries if entry.name == "silent"))
    silent (stage of customer): has not bought for 180 days
    """
    added = additions or Additions()
    told = chain(_fields(definitions, added), _statuses(definitions), _additions(added), _sales(pipelines))
    entries = _each_once(told)
    problems = (*_meanings(entries), *_strange_kinds(definitions, entries))
    return Dictionary(entries=entries, problems=problems)


def _fields(definitions: Definitions, added: Additions) -> Iterator[Entry]:
    for what, fields in (
        ("field", PROFILE_FIELDS),
        ("measure", MEASURES),
        ("field", CUSTOMER_FIELDS),
        ("field", FIELDS),
    ):
        for field in fields:
            if field.name == "tier":
                yield _entry(attrs.evolve(field, most=len(definitions.tiers.names)), CUSTOMER, what)
            else:
                yield _entry(field, CUSTOMER, what)
    yield from (_entry(field, CUSTOMER, "field", "custom field") for field in added.fields)
    yield from (_entry(field, ACTIVITY, "field") for field in ACTIVITY_FIELDS)
    yield from (_entry(field, ACTIVITY, "prop") for field in PROPS)
    yield from (_entry(field, ACTIVITY, "prop", "custom prop") for field in added.props)


def _statuses(definitions: Definitions) -> Iterator[Entry]:
    for machine in lifecycles_of(definitions):
        source, meanings = f"lifecycle {machine.name}", dict(machine.meanings)
        for stage in machine.stages:
            yield _status(CUSTOMER, "stage", stage, meanings.get(stage, ""), source)
        for role in machine.roles:
            yield _status(CUSTOMER, "role", role.name, role.meaning, source)
    for cause in LAPSE_CAUSES:
        yield _status(CUSTOMER, "lapse_cause", cause, _LAPSES.get(cause, ""), "crmkit")
    names = definitions.tiers.names
    for tier, name in enumerate(names, 1):
        yield _status(CUSTOMER, "tier", name, f"value tier {tier} of {len(names)}, 1 lowest", "tier table")
    tags = dict.fromkeys(rule.tag for rule in definitions.tag_rules)
    for tag in tags:
        rules = [rule for rule in definitions.tag_rules if rule.tag == tag]
        meaning = "; or ".join(dict.fromkeys(map(_tag_meaning, rules)))
        yield _status(CUSTOMER, "tag", tag, meaning, f"tag rule {', '.join(rule.name for rule in rules)}")
    for segment in definitions.segments:
        yield _status(CUSTOMER, "segment", segment.name, describe(segment.when), f"segment {segment.name}")


def _additions(added: Additions) -> Iterator[Entry]:
    for tag, meaning in added.tags:
        yield _status(CUSTOMER, "tag", tag, meaning, "the host")
    for kind, meaning in KIND_MEANINGS.items():
        yield _status(ACTIVITY, "kind", kind, meaning, "crmkit")
    for kind, meaning in added.kinds:
        yield _status(ACTIVITY, "kind", kind, meaning, "the host")
    for status in added.statuses:
        yield from _custom_status(status, CUSTOMER)
    for thing in added.objects:
        yield from (_entry(field, thing.name, "field", "custom object") for field in thing.fields)
        for status in thing.statuses:
            yield from _custom_status(status, thing.name)


def _custom_status(status: CustomStatus, of: str) -> Iterator[Entry]:
    yield _entry(status.field, of, "field", "custom status")
    for name, meaning in status.statuses:
        yield _status(of, status.name, name, meaning, f"custom status {status.name}")


def _sales(pipelines: Iterable[Pipeline]) -> Iterator[Entry]:
    for pipeline in pipelines:
        ends = {**dict.fromkeys(pipeline.won, "sale made"), **dict.fromkeys(pipeline.lost, "sale given up")}
        for place, stage in enumerate(pipeline.stages, 1):
            meaning = ends.get(stage, f"sale under way, step {place}")
            yield _status(f"sale ({pipeline.name})", "stage", stage, meaning, f"pipeline {pipeline.name}")


def _entry(field: CustomField, of: str, what: str, source: str = "crmkit") -> Entry:
    type_ = " ".join(part for part in (field.type, field.bounds, "(several)" if field.many else "") if part)
    listed = f": {', '.join(field.choices)}" if field.choices else ""
    return Entry(
        of=of,
        what=what,
        name=field.name,
        meaning=field.meaning,
        type=type_ + listed,
        unit=field.unit,
        source=source,
    )


def _status(of: str, what: str, name: str, meaning: str, source: str) -> Entry:
    return Entry(of=of, what=what, name=name, meaning=meaning, source=source)


def _tag_meaning(rule: TagRule) -> str:
    lasting = "" if rule.lasts is None else f", for {duration_text(rule.lasts)}"
    return describe(rule.when) + lasting


def _each_once(told: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return each entry once; what several places say alike names them all."""
    sources: dict[Entry, list[str]] = {}
    for entry in told:
        sources.setdefault(attrs.evolve(entry, source=""), []).append(entry.source)
    return tuple(
        attrs.evolve(entry, source=", ".join(dict.fromkeys(named))) for entry, named in sources.items()
    )


def _meanings(entries: Iterable[Entry]) -> Iterator[Problem]:
    """Yield a problem for each name without a meaning, and each with more than one."""
    same: dict[tuple[str, bool, str], list[Entry]] = {}
    for entry in entries:
        same.setdefault((entry.of, entry.is_field, entry.name), []).append(entry)
        if not entry.meaning:
            yield _problem(entry, f"the {entry.what} {entry.name!r} has no meaning: say what it means")
    for (of, _, name), named in same.items():
        if len({(entry.meaning, entry.type, entry.unit) for entry in named}) > 1:
            told = "; ".join(f"{entry.what} of {entry.source}: {entry.meaning}" for entry in named)
            reason = f"of a {of}, {name!r} means several things ({told}): rename all but one, or say the same"
            yield _problem(named[0], reason)


def _strange_kinds(definitions: Definitions, entries: Iterable[Entry]) -> Iterator[Problem]:
    known = {entry.name for entry in entries if (entry.of, entry.what) == (ACTIVITY, "kind")}
    for machine in lifecycles_of(definitions):
        for kind in _kinds_of(machine):
            if kind not in known:
                reason = f"no kind of activity is called {kind!r}. {suggestion(kind, known)}".rstrip()
                yield Problem(source=f"lifecycle {machine.name}", field=kind, reason=reason, kept=True)


def _kinds_of(machine: Lifecycle) -> Iterable[str]:
    moved = (kind for move in machine.moves for kind in move.kinds)
    held = (kind for role in machine.roles for kind in (*role.begins, *role.ends))
    return dict.fromkeys((*moved, *held))


def _problem(entry: Entry, reason: str) -> Problem:
    return Problem(source=entry.source, field=entry.name, reason=reason, kept=True)


def _row(entry: Entry) -> tuple[str, ...]:
    return (entry.of, entry.what, entry.name, entry.meaning, entry.type, entry.unit or "", entry.source)
