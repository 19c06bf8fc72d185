"""Storage: all that the host keeps, with one unit of work around it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from crmkit.ports.customers import Customers
from crmkit.ports.facts import Facts
from crmkit.ports.identity import Identity
from crmkit.ports.ledger import Ledger


class Phases(Protocol):
    """How far the job has come, so that one that was killed goes on where it stopped."""

    def digest(self, phase: str) -> str | None:
        """Return the digest of the input that *phase* was last finished on, or None if it never was."""

    def finish(self, phase: str, digest: str) -> None:
        """Remember that *phase* is finished on the input with this digest."""


class Definitions(Protocol):
    """The definitions in force, as JSON documents by name: the playbook, the matching model."""

    def keep(self, name: str, document: str) -> None:
        """Make *document* the one called *name*."""

    def document(self, name: str) -> str | None:
        """Return the document called *name*, or None if there is none."""


class Storage(Protocol):
    """What a host provides so that crmkit can remember."""

    @property
    def facts(self) -> Facts:
        """What was told."""

    @property
    def customers(self) -> Customers:
        """Who is who."""

    @property
    def identity(self) -> Identity:
        """How it became known who is who, and what people say of it."""

    @property
    def ledger(self) -> Ledger:
        """What was decided, and what became of it."""

    @property
    def definitions(self) -> Definitions:
        """By which definitions."""

    @property
    def phases(self) -> Phases:
        """How far the job has come."""

    def unit(self) -> AbstractContextManager[None]:
        """Return a unit of work: what is written inside is kept together or, after an error or a kill, not at all.

        A unit inside a unit is a part of the outer one: kept if that is kept,
        and undone alone if the error it ended in goes no further.  Each call
        that writes is a unit of its own.
        """
