"""The ledger's contract: what is decided once, claimed by one, and settled for good."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress

import attrs

from crmkit.care import DROP, FAILED, HELD_OUT, HOLDOUT, SEND, SENT, WAIT, Decision, Reason, ledger_entry
from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import CustomerId
from crmkit.ports import Ledger

_NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 123456, tzinfo=dt.UTC)
_HOUR = dt.timedelta(hours=1)


def _decision(key: str, outcome: str, *, customer: str = "c1", later: int = 0) -> Decision:
    return Decision(
        outcome=outcome,
        rule="winback",
        customer_id=CustomerId(customer),
        purpose="marketing",
        template="we-miss-you",
        channel="email",
        occurrence="once",
        key=key,
        at=_NOON + later * _HOUR,
        not_before=_NOON + 9 * _HOUR if outcome == WAIT else None,
        reasons=(Reason(gate="caps", text="2 of 2 in 7 days", not_before=_NOON + 9 * _HOUR),),
    )


def check_ledger(make: Callable[[], Ledger]) -> None:
    """Check the promises of `crmkit.ports.Ledger` on stores that *make* makes, each of them empty."""
    ledger = make()
    send, hold = _decision("k2", SEND, later=1), _decision("k1", HOLDOUT, customer="c2")
    wait, drop = _decision("k3", WAIT), _decision("k4", DROP, customer="c2")
    ledger.record([send, hold, wait, drop])
    assert list(ledger.decisions()) == [send, wait, hold, drop]
    assert list(ledger.decisions(CustomerId("c2"))) == [hold, drop]
    assert list(ledger.entries()) == [ledger_entry(hold), ledger_entry(send)]
    assert list(ledger.entries(CustomerId("c1"))) == [ledger_entry(send)]

    released = _decision("k3", SEND, later=9)
    ledger.record([_decision("k2", DROP, later=9), released])
    assert list(ledger.decisions(CustomerId("c1"))) == [send, released]
    assert list(ledger.decisions(CustomerId("c2"))) == [hold]
    assert [entry.key for entry in ledger.entries()] == ["k1", "k2", "k3"]

    _check_outbox(make())
    _check_one_plan(make())
    _check_refusals(make())


def _check_one_plan(ledger: Ledger) -> None:
    kept, other = _decision("k1", SEND), _decision("k1", SEND, later=1)
    early, late = _decision("k2", WAIT), _decision("k2", DROP)
    ledger.record([_decision("k1", DROP), kept, other, _decision("k1", DROP), early, late])
    assert list(ledger.decisions()) == [kept, late]
    assert list(ledger.entries()) == [ledger_entry(kept)]
    assert ledger.claim(worker="ann", at=_NOON, lease=_HOUR, limit=0) == []

    with suppress(InvalidValue):
        ledger.record([_decision("k3", WAIT), attrs.evolve(_decision("k4", SEND), channel=None)])
    assert list(ledger.decisions()) == [kept, late]


def _check_refusals(ledger: Ledger) -> None:
    sent = _decision("k1", SEND)
    ledger.record([sent])
    naive = _NOON.replace(tzinfo=None)
    refused: tuple[Callable[[], object], ...] = (
        lambda: ledger.settle("k1", "sentt", at=_NOON),
        lambda: ledger.settle("k1", HELD_OUT, at=_NOON),
        lambda: ledger.settle("k1", SENT, at=naive),
        lambda: ledger.claim(worker="ann", at=naive, lease=_HOUR, limit=9),
    )
    for call in refused:
        try:
            call()
        except (InvalidValue, UnknownName):
            continue
        raise AssertionError("what cannot have happened was written down")
    assert list(ledger.entries()) == [ledger_entry(sent)]


def _check_outbox(ledger: Ledger) -> None:
    sends = [_decision(f"k{place}", SEND, later=place) for place in range(4)]
    ledger.record([*reversed(sends), _decision("k9", HOLDOUT)])

    def claim(worker: str, hours: int, limit: int) -> list[Decision]:
        return ledger.claim(worker=worker, at=_NOON + hours * _HOUR, lease=_HOUR, limit=limit)

    assert claim("ann", 0, 2) == sends[:2]
    assert claim("bob", 0, 9) == sends[2:]
    assert claim("ann", 0, 9) == sends[:2]
    ledger.settle("k0", SENT, at=_NOON + 5 * _HOUR)
    ledger.settle("k0", FAILED, at=_NOON + 6 * _HOUR)
    ledger.settle("zz", FAILED, at=_NOON)
    assert claim("ann", 0, 9) == sends[1:2]
    assert claim("cid", 1, 9) == sends[1:]

    states = {entry.key: (entry.state, entry.at) for entry in ledger.entries()}
    assert states["k0"] == (SENT, _NOON + 5 * _HOUR)
    assert states["k1"] == ("planned", _NOON + _HOUR)
    assert states["k9"] == ("held_out", _NOON)

    ledger.settle("k1", FAILED, at=_NOON + 3 * _HOUR, detail="no such mailbox")
    assert {entry.detail for entry in ledger.entries() if entry.state == FAILED} == {"no such mailbox"}
    ledger.record([_decision("k1", DROP, later=4)])
    assert "k1" in {entry.key for entry in ledger.entries() if entry.state == FAILED}
    ledger.record([_decision(key, SEND, later=4) for key in ("k0", "k1")])
    assert [one.key for one in ledger.entries() if one.state == "planned"] == ["k2", "k3", "k1"]
