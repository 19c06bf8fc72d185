"""Notify: a notifier that writes messages to a file, and a line about each to the console."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO, final

from crmkit.care import SENT
from crmkit.errors import InvalidValue
from crmkit.ports import Message, Receipt


@final
class JsonLinesNotifier:
    """`crmkit.ports.Notifier` that appends each message to a file, one JSON object a line.

    A message whose key the file already holds is not written again, so a run
    that was killed between sending and settling sends nothing twice.  A last
    line that was cut off by a kill was never sent, and is taken out.

    Raises:
        InvalidValue: If another line of the file is no message.

    Args:
        path: The file; made when the first message goes out.
        console: Where to write a line about each message, without address or text; None for nowhere.
    """

    def __init__(self, path: Path, *, console: TextIO | None = None) -> None:
        self._path = path
        self._console = console
        self._keys = _keys_in(path)

    def send(self, message: Message) -> Receipt:
        """See `crmkit.ports.Notifier.send`."""
        if message.key in self._keys:
            return Receipt(outcome=SENT, detail=self._path.name)
        line = {
            "key": message.key,
            "customer_id": message.customer_id,
            "channel": message.channel,
            "address": message.address,
            "subject": message.subject,
            "body": message.body,
        }
        with self._path.open("a", encoding="utf-8", newline="\n") as out:
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._keys.add(message.key)
        if self._console is not None:
            self._console.write(f"→ {message.channel:<6} {message.customer_id}: {message.subject}\n")
        return Receipt(outcome=SENT, detail=self._path.name)


def _keys_in(path: Path) -> set[str]:
    """Return the keys of the messages that *path* holds, after taking out a line that was cut off."""
    if not path.exists():
        return set()
    written = path.read_bytes()
    whole = written[: written.rfind(b"\n") + 1]
    if whole != written:
        path.write_bytes(whole)
    return {_key_of(line, number, path) for number, line in enumerate(whole.splitlines(), 1)}


def _key_of(line: bytes, number: int, path: Path) -> str:
    try:
        return str(json.loads(line)["key"])
    except (ValueError, KeyError, TypeError):
        raise InvalidValue(
            f"line {number} of {path.name} is no message; what was sent cannot be told: mend it, or move the file away"
        ) from None
