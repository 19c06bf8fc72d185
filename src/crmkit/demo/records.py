"""Records: what the four sources wrote down about each party, with their gaps and slips."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from random import Random
from typing import Final, final

import attrs

from crmkit.demo.company_records import write_company
from crmkit.demo.drafts import Anchor, Draft, join_up, spoil
from crmkit.demo.names import chance, pick
from crmkit.demo.parties import Company, Party, Person, held
from crmkit.demo.person_records import write_person
from crmkit.model import Record, RecordId

SOURCES: Final = ("shop", "lead-form", "wecom", "store-card")
_HOW_MANY: Final = (1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4)
_OF_CHINESE: Final = ("shop", "lead-form", "wecom", "store-card", "wecom", "shop")
_OF_WESTERNERS: Final = ("shop", "lead-form", "store-card", "shop", "wecom", "store-card")
_OF_CONTACTS: Final = ("lead-form", "lead-form", "shop", "store-card")
_OF_COMPANIES: Final = ("lead-form", "shop", "store-card")


@final
@attrs.frozen(kw_only=True)
class Filing:
    """Records with what is true of them.

    Attributes:
        records: The records, oldest first.
        truth: Record id -> id of the party.
        of_party: Party id -> ids of its records, oldest first.
        of_case: Hard case -> ids of its records, oldest first.
    """

    records: list[Record]
    truth: dict[RecordId, str]
    of_party: dict[str, list[RecordId]]
    of_case: dict[str, list[RecordId]]


def write_down(party: Party, companies: Mapping[str, Company], rng: Random) -> list[Draft]:
    """Return what the sources wrote down about *party*, oldest first: one to four drafts that hang together.

    *companies* are the companies by id that people may work for.
    """
    drafts = []
    for source, days in _occasions(party, rng):
        if isinstance(party, Company):
            drafts.append(write_company(party, source, days, rng))
        else:
            drafts.append(write_person(party, companies, source, days, rng))
    join_up(drafts, _surest(party))
    for draft in drafts:
        if chance(rng, 3):
            spoil(draft, rng)
    return drafts


def file_drafts(drafts: Iterable[Draft], as_of: dt.datetime) -> Filing:
    """Return *drafts* as records, numbered within each source in the order in which they were written."""
    records: list[Record] = []
    truth: dict[RecordId, str] = {}
    of_party: dict[str, list[RecordId]] = {}
    of_case: dict[str, list[RecordId]] = {}
    numbers = dict.fromkeys(SOURCES, 0)
    for draft in sorted(drafts, key=lambda one: (-one.days, one.party_id)):
        numbers[draft.source] = number = numbers[draft.source] + 1
        record_id = RecordId(f"{draft.source}-{number:06d}")
        written = as_of - dt.timedelta(days=draft.days, seconds=number % 40_000)
        records.append(Record(record_id, draft.source, draft.fields, kind=draft.kind, recorded_at=written))
        truth[record_id] = draft.party_id
        of_party.setdefault(draft.party_id, []).append(record_id)
        for case in sorted(draft.cases):
            of_case.setdefault(case, []).append(record_id)
    return Filing(records=records, truth=truth, of_party=of_party, of_case=of_case)


def _occasions(party: Party, rng: Random) -> list[tuple[str, int]]:
    """Return source and day of each record of *party*, oldest first."""
    sources = _sources(party)
    how_many = pick(_HOW_MANY, rng)
    start = int(rng.random() * len(sources))
    days = [party.joined_days, *(1 + int(rng.random() * party.joined_days) for _ in range(how_many - 1))]
    chosen = [sources[(start + turn) % len(sources)] for turn in range(how_many)]
    return list(zip(chosen, sorted(days, reverse=True), strict=True))


def _sources(party: Party) -> tuple[str, ...]:
    if isinstance(party, Company):
        return _OF_COMPANIES
    if party.jobs:
        return _OF_CONTACTS
    return _OF_CHINESE if party.name.chinese else _OF_WESTERNERS


def _surest(party: Party) -> Anchor:
    """Return what identifies *party* best."""
    return ("phone", held(party.phones, 0) if isinstance(party, Person) else party.landline)
