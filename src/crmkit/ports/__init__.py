"""What the host provides: Protocols of a few methods, with their promises and costs.

Nobody inherits from a port.  `crmkit.testing` holds a contract for each, to
be run against anyone's implementation; `crmkit.adapters` holds ours.

Terminology:
    A *unit of work* is kept whole or not at all.  The *outbox* holds what is
    decided and not yet sent.  An *idempotency key* names one effect, so that
    it happens once however often it is tried.
"""

from crmkit.ports.customers import Customers
from crmkit.ports.facts import Facts
from crmkit.ports.identity import Identity
from crmkit.ports.ledger import Ledger
from crmkit.ports.notifier import Message, Notifier, Receipt
from crmkit.ports.storage import Definitions, Phases, Storage

__all__ = [
    "Customers",
    "Definitions",
    "Facts",
    "Identity",
    "Ledger",
    "Message",
    "Notifier",
    "Phases",
    "Receipt",
    "Storage",
]
