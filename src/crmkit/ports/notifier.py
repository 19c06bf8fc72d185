"""Notifier: how the host reaches its customers."""

from __future__ import annotations

from typing import Protocol, final

import attrs

from crmkit.care import FAILED, SENT, UNKNOWN
from crmkit.errors import InvalidValue
from crmkit.model import CustomerId


@final
@attrs.frozen(kw_only=True)
class Message:
    """One message to one customer, ready to go.

    Attributes:
        key: Idempotency key: the same message, tried again, has the same key.
        customer_id: Whom it is for.
        channel: How it goes: "email", "sms", "wecom", "call".
        address: Where to, on that channel; kept out of `repr`.
        subject: One line, may be empty; kept out of `repr`.
        body: The text; kept out of `repr`.
    """

    key: str
    customer_id: CustomerId
    channel: str
    address: str = attrs.field(repr=False)
    subject: str = attrs.field(default="", repr=False)
    body: str = attrs.field(repr=False)


@final
@attrs.frozen(kw_only=True)
class Receipt:
    """What became of a message.

    Attributes:
        outcome: "sent", "failed" (it certainly did not go) or "unknown" (it may have gone).
        detail: The provider's word on it, free of personal data.
    """

    outcome: str = attrs.field()
    detail: str = ""

    @outcome.validator
    def _known(self, _: object, outcome: str) -> None:
        if outcome not in (SENT, FAILED, UNKNOWN):
            raise InvalidValue(f"a receipt says 'sent', 'failed' or 'unknown', not {outcome!r}")


class Notifier(Protocol):
    """Sends one message at a time.

    Costs: `send` may take as long as a network call takes; it is called once
    for each message, outside of any unit of work.
    """

    def send(self, message: Message) -> Receipt:
        """Send *message* and return what became of it; a message whose key was sent before is not sent again.

        A refusal by the provider is a receipt, not an exception.  An
        exception means that nobody knows: the message is settled as unknown.
        """
