"""Explain: everything stored about one customer, and why it is so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, final

import attrs

from crmkit import dedup, lifecycle
from crmkit.care import Decision
from crmkit.dedup.decision import Said, records_of
from crmkit.display import html_table, text_table
from crmkit.errors import UnknownName
from crmkit.model import Activity, Customer, Profile, Record, fields_of, tag_names
from crmkit.ports import Storage
from crmkit.profiles import lifecycle_of
from crmkit.workflows.decide import playbook_in_force
from crmkit.workflows.identify import evidence, kinships
from crmkit.workflows.portray import load_profile

LATEST: Final = 10


@final
@attrs.frozen(kw_only=True, repr=False)
class Portrait:
    """One customer from all sides, with the reasons.

    Attributes:
        profile: The 360° view.
        timeline: The stages and roles, and what led to each.
        records: The records they are made of, sorted by id.
        evidence: Why two records are held to be the same, the strongest pair first.
        said: What people say of these records being one, or one with others, or not.
        kinships: Which organisations belong with them, and by what it is told.
        decisions: What care decided about them.
    """

    profile: Profile
    timeline: lifecycle.Timeline
    records: tuple[Record, ...]
    evidence: tuple[dedup.Explanation, ...]
    said: tuple[Said, ...]
    kinships: tuple[dedup.Kinship, ...]
    decisions: tuple[Decision, ...]

    def __repr__(self) -> str:
        return f"Portrait({self.profile.customer!r}, as of {self.profile.as_of:%Y-%m-%d})"

    def __str__(self) -> str:
        return "\n\n".join(f"{title}\n{_indented(text)}" for title, text in _sections(self) if text)

    def _repr_html_(self) -> str:
        columns, rows = _side_by_side(self.records)
        parts = [html_table(columns, rows, caption="Records")] if rows else []
        parts += [html_table(("", ""), _facts(self.profile), caption="Profile"), self.timeline._repr_html_()]
        return "".join(parts)


def explain(storage: Storage, customer_id: str) -> Portrait:
    """Return everything stored about the customer that *customer_id*, an alias or a record's id leads to.

    Raises:
        UnknownName: If nobody is known by that id; the closest id is offered.
    """
    profile = load_profile(storage, customer_id)
    playbook = playbook_in_force(storage)
    if profile is None or playbook is None:
        raise UnknownName("customer", customer_id, (one.id for one in storage.customers.customers()))
    customer = profile.customer
    machine = lifecycle_of(customer, playbook.definitions)
    records = tuple(storage.facts.records(customer.record_ids))
    return Portrait(
        profile=profile,
        timeline=lifecycle.fold(machine, profile.activities, as_of=profile.as_of, fields=fields_of(customer)),
        records=records,
        evidence=tuple(evidence(storage, customer.id, records)),
        said=tuple(_said_of(storage, customer)),
        kinships=tuple(one for one in kinships(storage) if customer.id in (one.from_id, one.to_id)),
        decisions=tuple(storage.ledger.decisions(customer.id)),
    )


def _said_of(storage: Storage, customer: Customer) -> Iterator[Said]:
    own = set(customer.record_ids)
    for one in dedup.decisions_in_force(storage.identity.decisions()):
        if not own.isdisjoint(records_of(one)):
            yield one


def _sections(portrait: Portrait) -> Iterator[tuple[str, str]]:
    profile = portrait.profile
    yield (
        f"{profile.customer.name or profile.customer.id}, as of {profile.as_of:%Y-%m-%d %H:%M} UTC",
        _lines(f"{name}: {value}" for name, value in _facts(profile)),
    )
    yield "Records", text_table(*_side_by_side(portrait.records)) if portrait.records else ""
    yield "Why they are one", "\n\n".join(str(one) for one in portrait.evidence)
    yield "What people say of it", _lines(map(str, portrait.said))
    yield "Which organisations belong with them", _lines(map(str, portrait.kinships))
    yield "Stages and roles", _lines([str(portrait.timeline), *map(str, portrait.timeline.role_spans)])
    yield "Tags", _lines(f"{tag.name}: {tag.reason or tag.rule}" for tag in profile.tags)
    yield (
        f"Latest of {len(profile.activities):,} activities",
        _lines(map(_activity, profile.activities[: -LATEST - 1 : -1])),
    )
    yield "Care", "\n\n".join(map(str, portrait.decisions)) or "nothing is due"


def _facts(profile: Profile) -> list[tuple[str, str]]:
    customer = profile.customer
    told = [
        ("id", customer.id),
        ("kind", customer.kind),
        ("stage", f"{profile.stage} ({profile.stage_cause or 'from the beginning'})"),
        ("tier", f"{profile.tier} {profile.tier_name}" if profile.tier else "none yet, no purchase"),
        ("measures", ", ".join(f"{name} {number:,}" for name, number in profile.measures)),
        ("scores", ", ".join(f"{name} {score}" for name, score in profile.scores)),
        ("roles", ", ".join(profile.roles)),
        ("tags", ", ".join(sorted(tag_names(profile.tags, as_of=profile.as_of)))),
        ("left because", profile.lapse_cause or ""),
        (
            "consent",
            ", ".join(
                f"{'yes' if one.granted else 'no'} to {one.purpose} on {one.channel}"
                for one in profile.consents
            ),
        ),
        (
            "works at",
            ", ".join(role.account_id for role in profile.contact_roles if role.contact_id == customer.id),
        ),
        (
            "contacts",
            ", ".join(role.contact_id for role in profile.contact_roles if role.account_id == customer.id),
        ),
        ("relations", ", ".join(f"{one.from_id} {one.kind} {one.to_id}" for one in profile.relations)),
    ]
    return [(name, text) for name, text in told if text]


def _side_by_side(records: Sequence[Record]) -> tuple[list[str], list[list[str]]]:
    """Return the records as a table with one column each, one row a field that any of them has."""
    names = sorted({name for record in records for name, _ in record.fields})
    rows = [[name, *(", ".join(record.texts(name)) for record in records)] for name in names]
    return ["field", *(f"{record.id} ({record.source})" for record in records)], rows


def _activity(fact: Activity) -> str:
    money = f" {fact.money}" if fact.money else ""
    place = f" in {fact.channel}" if fact.channel else ""
    return f"{fact.at:%Y-%m-%d %H:%M} {fact.kind}{money}{place}  [{fact.id}]"


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
