"""Exports: everything a storage holds, as CSV files that a person can open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from crmkit.adapters.files import write_csv
from crmkit.model import FIELD_NAMES, FIELDS, Customer, Profile, tag_names
from crmkit.ports import Storage

Rows: TypeAlias = Iterable[Sequence[object]]

FILES: Final = ("customers.csv", "links.csv", "problems.csv", "profiles.csv", "decisions.csv")
"""The names of the files that `export` writes."""

_STANDARD: Final = tuple(field.name for field in FIELDS if field.name != "name")
_MEASURES: Final = ("recency_days", "frequency", "monetary_minor", "length_days")


def export(storage: Storage, profiles: Sequence[Profile], folder: Path) -> list[Path]:
    """Write `FILES` into *folder*; return their paths.

    Each file takes the place of the last one at once, so a reader never sees half of it.
    """
    customers = [profile.customer for profile in profiles]
    own = sorted({name for one in customers for name, _ in one.fields} - FIELD_NAMES)
    tables: tuple[tuple[Sequence[str], Rows], ...] = (
        (("id", "kind", "name", *_STANDARD, "records", *own), _customers(customers, own)),
        (("record_id", "customer_id"), sorted(storage.customers.links().items())),
        (("source", "row", "field", "reason", "kept"), _problems(storage)),
        (
            (
                "customer_id",
                "name",
                "stage",
                "stage_since",
                "cause",
                "tier",
                "tier_name",
                *_MEASURES,
                "roles",
                "tags",
            ),
            _profiles(profiles),
        ),
        (
            ("customer_id", "rule", "outcome", "channel", "not_before", "reasons", "key", "state", "detail"),
            _decisions(storage),
        ),
    )
    paths = [folder / name for name in FILES]
    for path, (columns, rows) in zip(paths, tables, strict=True):
        write_csv(path, columns, rows)
    return paths


def _customers(customers: Iterable[Customer], own: Sequence[str]) -> Iterator[Sequence[object]]:
    for one in customers:
        standard, custom = ([_joined(one[name]) for name in names] for names in (_STANDARD, own))
        yield one.id, one.kind, one.name, *standard, len(one.record_ids), *custom


def _problems(storage: Storage) -> Iterator[Sequence[object]]:
    for one in storage.facts.problems():
        yield one.source, one.row or None, one.field, one.reason, one.kept


def _profiles(profiles: Iterable[Profile]) -> Iterator[Sequence[object]]:
    for one in profiles:
        measured = dict(one.measures)
        measures = [measured.get(name) for name in _MEASURES]
        since = one.stage_since.isoformat() if one.stage_since else None
        tags = _joined(sorted(tag_names(one.tags, as_of=one.as_of)))
        yield (
            *(one.customer.id, one.customer.name, one.stage, since, one.stage_cause, one.tier, one.tier_name),
            *measures,
            *(_joined(one.roles), tags),
        )


def _decisions(storage: Storage) -> Iterator[Sequence[object]]:
    became = {entry.key: (entry.state, entry.detail) for entry in storage.ledger.entries()}
    for one in storage.ledger.decisions():
        wait = one.not_before.isoformat() if one.not_before else None
        reasons = _joined(str(reason) for reason in one.reasons)
        yield (
            *(one.customer_id, one.rule, one.outcome, one.channel, wait, reasons, one.key),
            *became.get(one.key, (None, None)),
        )


def _joined(values: object) -> object:
    """Return several values as one text, and one value as it is."""
    if isinstance(values, Iterable) and not isinstance(values, str):
        return " | ".join(map(str, values))
    return values
