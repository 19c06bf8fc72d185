"""Decide: load profiles and the ledger, plan the care, save decisions and outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final

import attrs

from crmkit import care
from crmkit.conditions import from_json, to_json
from crmkit.model import Profile
from crmkit.playbook import Playbook
from crmkit.ports import Storage
from crmkit.profiles import Definitions

PLAYBOOK: Final = "playbook"
"""The name under which the playbook in force is kept, its scale fitted."""


def decide(
    storage: Storage, profiles: Iterable[Profile], playbook: Playbook, *, as_of: dt.datetime
) -> list[care.Decision]:
    """Return what the playbook's rules come to at *as_of*, after saving it; nothing is sent.

    The definitions of *playbook* are those that *profiles* were made by.
    """
    decisions = care.plan(
        playbook.rules,
        profiles,
        ledger=list(storage.ledger.entries()),
        policy=playbook.policy,
        as_of=as_of,
        definitions=playbook.definitions,
    )
    with storage.unit():
        storage.ledger.record(decisions)
        storage.definitions.keep(PLAYBOOK, to_json(playbook))
    return decisions


def frozen(storage: Storage, playbook: Playbook) -> Definitions:
    """Return the definitions of *playbook* with the scale and the currency that it was run with before, if it was.

    A scale is fitted once, so that who does nothing does not change tier.
    """
    before = playbook_in_force(storage)
    own = playbook.definitions
    if before is None or own.scale is not None:
        return own
    measured = before.definitions
    same = attrs.evolve(measured, scale=None, currency=own.currency) == own
    return measured if same else own


def playbook_in_force(storage: Storage) -> Playbook | None:
    """Return the playbook of the last plan, its scale fitted, or None if there was none."""
    document = storage.definitions.document(PLAYBOOK)
    return None if document is None else from_json(document, Playbook)
