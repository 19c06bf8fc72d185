"""The memory adapter and the SQL adapter are one in behaviour: every call leaves both with the same content."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import suppress
from operator import attrgetter

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine

from crmkit.adapters.memory import MemoryStorage
from crmkit.adapters.sql import SqlStorage, customers, facts, ledger, session
from crmkit.care import DROP, HOLDOUT, SEND, WAIT, Decision
from crmkit.dedup import Decision as Word
from crmkit.dedup import Match, Split
from crmkit.dedup.log import Added, Removed, Updated, Withdrawn
from crmkit.errors import CrmkitError, Problem
from crmkit.model import Account, Activity, Contact, ContactRole, Customer, Profile, Record, Relation
from crmkit.ports import Storage

NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=dt.UTC)
IDS = ("a", "A", "b", "é", "e\u0301", "王", "\U0001f600", "\uffff", "a\x00", "a ", "%", "1", "01")
SOME_IDS = st.sampled_from(IDS)
FEW_IDS = st.sampled_from(IDS[:4])
INSTANTS = st.integers(-2, 2).map(lambda hours: NOON + dt.timedelta(hours=hours))
TEXTS = st.sampled_from((None, "", "shop", "王"))


def _several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=4).map(tuple)


RECORDS = st.builds(
    Record,
    SOME_IDS,
    st.sampled_from(("shop", "")),
    st.dictionaries(
        st.sampled_from(("name", "x")), st.sampled_from(("王", 1, 1.0, True, ("a", 2))), max_size=2
    ),
    recorded_at=st.none() | INSTANTS,
)
ACTIVITIES = st.builds(
    Activity,
    FEW_IDS,
    SOME_IDS,
    st.sampled_from(("purchase", "use", "own")),
    INSTANTS,
    channel=TEXTS,
    account_id=st.none() | FEW_IDS,
    sequence=st.integers(0, 1),
)
ROLES = st.builds(
    ContactRole, contact_id=FEW_IDS, account_id=FEW_IDS, since=st.none() | st.just(NOON), job_title=TEXTS
)
RELATIONS = st.builds(Relation, kind=st.just("friend"), from_id=FEW_IDS, to_id=st.sampled_from(IDS[4:6]))
PROBLEMS = st.builds(
    Problem,
    source=FEW_IDS,
    row=st.integers(0, 1),
    field=st.sampled_from(("", "id")),
    reason=st.just("bad"),
    kept=st.booleans(),
)
CUSTOMERS = st.builds(
    Customer,
    id=FEW_IDS,
    name=TEXTS,
    party=st.sampled_from((Contact(), Account())),
    record_ids=_several(SOME_IDS),
    aliases=_several(SOME_IDS),
)
KEYS = st.one_of(SOME_IDS, st.integers(0, 1))
MATCHES = st.builds(Match, a=KEYS, b=KEYS, weight=st.sampled_from((-1.5, 0.0, 2.0, 2.0, 1e300)))
PAIRS = st.lists(KEYS, min_size=2, max_size=2, unique=True)
TOLD = st.dictionaries(st.sampled_from(("name", "王")), _several(st.sampled_from(("", "王", "a\x00"))))
WORDS = st.one_of(
    PAIRS.map(lambda pair: Word(pair[0], pair[1], "same", by="ann")),
    PAIRS.map(lambda pair: Split((pair[0],), (pair[1],), by="bo", why="王")),
)
IDENTITY_FACTS = st.one_of(
    st.builds(Added, KEYS, st.sampled_from((None, "person")), TOLD.map(lambda told: tuple(told.items()))),
    st.builds(Updated, KEYS, st.just("organisation")),
    st.builds(Removed, KEYS),
    WORDS,
    st.builds(Withdrawn, WORDS, by=st.just("cid")),
)
PROFILES = st.builds(
    Profile,
    customer=CUSTOMERS,
    as_of=INSTANTS,
    activities=_several(ACTIVITIES),
    stage=TEXTS,
    contact_roles=_several(ROLES),
)
DECISIONS = st.builds(
    lambda key, outcome, customer, rule, channel, at: Decision(
        outcome=outcome,
        rule=rule,
        customer_id=customer,
        purpose="marketing",
        template="t",
        channel=channel,
        occurrence="once",
        key=key,
        at=at,
        not_before=at if outcome == WAIT else None,
    ),
    FEW_IDS,
    st.sampled_from((SEND, SEND, HOLDOUT, WAIT, DROP)),
    FEW_IDS,
    st.sampled_from(("r", "R")),
    st.sampled_from(("email", "email", "sms", None)),
    INSTANTS,
)


class _Broken(Exception):
    """What a host's own code may raise in the middle of anything."""


@attrs.frozen
class Cut:
    """Values that break off after the last."""

    values: tuple[object, ...]

    def __iter__(self) -> Iterator[object]:
        yield from self.values
        raise _Broken


@attrs.frozen
class Call:
    """One call of one method of one port."""

    method: str
    arguments: dict[str, object]


@attrs.frozen
class Unit:
    """A unit of work, which may end in an error that goes no further."""

    steps: tuple[Call | Unit, ...]
    is_broken: bool


def _batch(values: st.SearchStrategy[object]) -> st.SearchStrategy[Iterable[object]]:
    return st.one_of(_several(values), _several(values), _several(values).map(Cut))


def _call(method: str, **arguments: st.SearchStrategy[object]) -> st.SearchStrategy[Call]:
    return st.fixed_dictionaries(arguments).map(lambda given: Call(method, given))


CALLS = st.one_of(
    _call(
        "facts.add",
        records=_batch(RECORDS),
        activities=_batch(ACTIVITIES),
        contact_roles=_batch(ROLES),
        relations=_batch(RELATIONS),
    ),
    _call("facts.forget"),
    _call("facts.replace_problems", phase=FEW_IDS, problems=_batch(PROBLEMS)),
    _call("customers.replace_customers", customers=_batch(CUSTOMERS), matches=_batch(MATCHES)),
    _call("customers.replace_profiles", profiles=_batch(PROFILES)),
    _call("identity.append", facts=_batch(IDENTITY_FACTS), after=st.sampled_from((0, 0, 0, 1, 2, 3, -1))),
    _call("ledger.record", decisions=_batch(DECISIONS)),
    _call("ledger.record", decisions=_several(DECISIONS)),
    _call(
        "ledger.claim",
        worker=st.sampled_from(("ann", "bob")),
        at=INSTANTS,
        lease=st.integers(-1, 2).map(lambda hours: dt.timedelta(hours=hours)),
        limit=st.integers(-1, 3),
    ),
    _call(
        "ledger.settle",
        key=FEW_IDS,
        state=st.sampled_from(("sent", "failed", "failed", "unknown", "planned", "sentt")),
        at=st.one_of(INSTANTS, st.just(dt.datetime(2024, 2, 29))),
        detail=st.sampled_from(("", "王")),
    ),
    _call("definitions.keep", name=FEW_IDS, document=st.sampled_from(("{}", "王"))),
    _call("phases.finish", phase=FEW_IDS, digest=FEW_IDS),
)
STEPS = st.recursive(
    CALLS,
    lambda inner: st.builds(Unit, st.lists(inner, max_size=4).map(tuple), st.booleans()),
    max_leaves=5,
)


def _done(storage: Storage, step: Call | Unit) -> list[object]:
    """Return what each call of *step* came to: what it returned, or the kind of its error."""
    if isinstance(step, Call):
        try:
            return [attrgetter(step.method)(storage)(**step.arguments)]
        except (CrmkitError, _Broken) as error:
            return [type(error)]
    found: list[object] = []
    with suppress(_Broken), storage.unit():
        for inner in step.steps:
            found += _done(storage, inner)
        if step.is_broken:
            raise _Broken
    return found


def _content(storage: Storage) -> dict[str, object]:
    """Return everything that can be read."""
    told, identity, ledger_ = storage.facts, storage.customers, storage.ledger
    return {
        "records": list(told.records()),
        "some records": list(told.records(iter(IDS[3:9]))),  # type: ignore[arg-type]
        "activities": list(told.activities()),
        "some activities": list(told.activities(iter(IDS[3:9]))),  # type: ignore[arg-type]
        "nobody's": [*told.records([]), *told.activities([]), *told.in_name_of([]), *told.contact_roles([])],
        "ids": list(told.customer_ids()),
        "in name of": sorted(told.in_name_of(iter(IDS[:3])), key=repr),  # type: ignore[arg-type]
        "some roles": sorted(told.contact_roles(iter(IDS[:3])), key=repr),  # type: ignore[arg-type]
        "some links": identity.links(iter(IDS[:6])),
        "roles": sorted(told.contact_roles(), key=repr),
        "relations": sorted(told.relations(), key=repr),
        "problems": list(told.problems()),
        "customers": list(identity.customers()),
        "links": sorted(identity.links().items()),
        "each": {key: identity.get(key) for key in IDS},
        "matches": {key: identity.matches(key) for key in IDS},  # type: ignore[arg-type]
        "profiles": list(identity.profiles()),
        "profile": {key: identity.profile(key) for key in IDS},  # type: ignore[arg-type]
        "identity": [list(storage.identity.facts(after=after)) for after in range(-1, 9)],
        "words": list(storage.identity.decisions()),
        "length": storage.identity.length(),
        "decisions": [list(ledger_.decisions()), *(list(ledger_.decisions(key)) for key in IDS)],  # type: ignore[arg-type]
        "entries": [list(ledger_.entries()), *(list(ledger_.entries(key)) for key in IDS)],  # type: ignore[arg-type]
        "documents": [storage.definitions.document(key) for key in IDS],
        "digests": [storage.phases.digest(key) for key in IDS],
    }


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let SQL go through everything two at a time, so that each batch has a next one."""
    monkeypatch.setattr(session, "BATCH", 2)
    for module in (customers, facts, ledger):
        monkeypatch.setattr(module, "LOOK_UP", 2)


@pytest.mark.usefixtures("small_batches")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.lists(STEPS, max_size=6))
def test_memory_and_sql_are_one(steps: list[Call | Unit]) -> None:
    """Whatever is called, in whatever units, both say the same and hold the same, after every step."""
    engine = create_engine("sqlite://")
    memory, sql = MemoryStorage(), SqlStorage(engine)
    for step in steps:
        assert _done(sql, step) == _done(memory, step)
        told, expected = _content(sql), _content(memory)
        for name, content in expected.items():
            assert told[name] == content, name
    engine.dispose()
