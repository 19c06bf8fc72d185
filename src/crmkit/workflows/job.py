"""The main job: facts in, customers, profiles and decisions out, messages sent."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from typing import final

import attrs

from crmkit import dedup
from crmkit.conditions import digest, to_json
from crmkit.errors import Problem
from crmkit.model import Activity, ContactRole, Customer, Profile, Record, Relation, derive_id
from crmkit.playbook import Playbook
from crmkit.ports import Notifier, Storage
from crmkit.workflows.decide import decide, frozen
from crmkit.workflows.dispatch import dispatch
from crmkit.workflows.history import History, load_history
from crmkit.workflows.identify import identify
from crmkit.workflows.portray import load_profiles, measurable, portray_all
from crmkit.workflows.progress import Progress, silent


@final
@attrs.frozen(kw_only=True, repr=False)
class Told:
    """What was told: facts, and what could not be read.

    Attributes:
        records: Records of any source.
        activities: Facts, each under the id of a record, or of a customer without records.
        contact_roles: Who works where, under ids of records.
        relations: Who knows whom, under ids of records.
        problems: What could not be read.
    """

    records: tuple[Record, ...] = ()
    activities: tuple[Activity, ...] = ()
    contact_roles: tuple[ContactRole, ...] = ()
    relations: tuple[Relation, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        return (
            f"Told({len(self.records):,} records, {len(self.activities):,} activities, "
            f"{len(self.problems):,} problems)"
        )


@final
@attrs.frozen(kw_only=True)
class PhaseRun:
    """One phase of the job.

    Attributes:
        name: Its name.
        seconds: How long it took.
        skipped: True if it was finished on the same input before.
    """

    name: str
    seconds: float
    skipped: bool = False


@final
@attrs.frozen(kw_only=True)
class JobRun:
    """What a run of the job did.

    Attributes:
        phases: The phases, in order.
        outcomes: How many messages were "sent", "failed", or are of "unknown" fate.
        history: The facts by customer.
        profiles: Every profile, with its facts, sorted by customer id.
    """

    phases: tuple[PhaseRun, ...]
    outcomes: Counter[str]
    history: History = attrs.field(repr=False)
    profiles: tuple[Profile, ...] = attrs.field(repr=False)


def run_job(
    storage: Storage,
    notifier: Notifier,
    playbook: Playbook,
    told: Callable[[], Told],
    *,
    fingerprint: str,
    as_of: dt.datetime,
    progress: Progress = silent,
    begins: Callable[[str], object] = str,
) -> JobRun:
    """Do the whole job, and return what was done.

    Each phase but the last is one unit of work, kept with the digest of its
    input.  So a job that was killed goes on where it stopped, and one that is
    run again on the same input does nothing twice; either way the storage
    ends with the same content as after one clean run.  What people said of
    who is who since the last run is input too.

    Args:
        storage: Where facts are and everything goes.
        notifier: What sends the messages.
        playbook: The definitions and rules.
        told: Returns all the facts there are; not called if they are in the storage already.
        fingerprint: A digest of what *told* would return.
        as_of: The instant everything is to be true of, and messages count as sent at.
        progress: Shows how far long work has come.
        begins: Called with the name of each phase that is about to be done.
    """
    said = dedup.decisions_in_force(storage.identity.decisions())
    who = derive_id("who", fingerprint, *map(to_json, said))
    rules = derive_id("input", who, digest(playbook), as_of.isoformat())
    history = cache(lambda: load_history(storage))
    measured = cache(lambda: measurable(frozen(storage, playbook), history(), as_of=as_of))
    records: list[Record] = []
    customers: list[Customer] = []
    made: list[Profile] = []
    profiles = cache(lambda: tuple(made) or tuple(load_profiles(storage, history())))
    work: tuple[tuple[str, str, Callable[[], object]], ...] = (
        ("intake", fingerprint, lambda: records.extend(_tell(storage, told()))),
        ("identity", who, lambda: customers.extend(identify(storage, told=records or None))),
        (
            "profiles",
            rules,
            lambda: made.extend(
                portray_all(
                    storage, history(), measured(), as_of=as_of, progress=progress, customers=customers
                )
            ),
        ),
        (
            "decisions",
            rules,
            lambda: decide(storage, profiles(), attrs.evolve(playbook, definitions=measured()), as_of=as_of),
        ),
    )
    phases = [_run_once(storage, *phase, begins=begins) for phase in work]
    begins("messages")
    started = time.perf_counter()
    outcomes = dispatch(storage, notifier, playbook, at=as_of, progress=progress)
    phases.append(PhaseRun(name="messages", seconds=time.perf_counter() - started))
    return JobRun(phases=tuple(phases), outcomes=outcomes, history=history(), profiles=profiles())


def _tell(storage: Storage, told: Told) -> Iterable[Record]:
    """Make what was told the facts, and return the records; what was told before and is not any more is forgotten."""
    storage.facts.forget()
    storage.facts.add(
        records=told.records,
        activities=told.activities,
        contact_roles=told.contact_roles,
        relations=told.relations,
    )
    storage.facts.replace_problems("intake", told.problems)
    return {record.id: record for record in told.records}.values()


def _run_once(
    storage: Storage,
    name: str,
    input_digest: str,
    work: Callable[[], object],
    *,
    begins: Callable[[str], object],
) -> PhaseRun:
    started = time.perf_counter()
    skipped = storage.phases.digest(name) == input_digest
    if not skipped:
        begins(name)
        with storage.unit():
            work()
            storage.phases.finish(name, input_digest)
    return PhaseRun(name=name, seconds=time.perf_counter() - started, skipped=skipped)
