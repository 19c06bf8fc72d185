"""The JSON-lines notifier sends each message once, whatever happens to the process."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from crmkit import InvalidValue
from crmkit.adapters.notify import JsonLinesNotifier
from crmkit.model import CustomerId
from crmkit.ports import Message
from crmkit.testing import check_notifier

HELLO = Message(
    key="k1",
    customer_id=CustomerId("c1"),
    channel="email",
    address="ana@x.pt",
    subject="Hello",
    body="Dear Ana",
)


def _keys(path: Path) -> list[str]:
    return [json.loads(line)["key"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_keeps_the_contract(tmp_path: Path) -> None:
    """It keeps what every notifier promises, over a restart too."""
    path = tmp_path / "sent.jsonl"
    check_notifier(lambda: JsonLinesNotifier(path), lambda: _keys(path))


def test_a_line_that_was_cut_off_was_never_sent(tmp_path: Path) -> None:
    """A process that dies while it writes leaves half a line; the message goes out again, whole."""
    path = tmp_path / "sent.jsonl"
    JsonLinesNotifier(path).send(HELLO)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "k2", "custo')

    assert JsonLinesNotifier(path).send(HELLO).outcome == "sent"
    assert path.read_bytes() == whole


def test_everything_of_the_message_is_written(tmp_path: Path) -> None:
    """What goes out is what was meant."""
    path = tmp_path / "sent.jsonl"
    JsonLinesNotifier(path).send(HELLO)
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "key": "k1",
        "customer_id": "c1",
        "channel": "email",
        "address": "ana@x.pt",
        "subject": "Hello",
        "body": "Dear Ana",
    }


def test_the_console_learns_nothing_personal(tmp_path: Path) -> None:
    """A line about each message, without address or text, and none for one that was sent before."""
    console = io.StringIO()
    notifier = JsonLinesNotifier(tmp_path / "sent.jsonl", console=console)
    notifier.send(HELLO)
    notifier.send(HELLO)
    assert console.getvalue() == "→ email  c1: Hello\n"


def test_reprs_hold_nothing_personal() -> None:
    """A message can be logged."""
    assert "ana@x.pt" not in repr(HELLO)
    assert "Dear Ana" not in repr(HELLO)


@pytest.mark.parametrize("line", ["garbage", "[]", '{"id": 1}'])
def test_a_file_that_was_tampered_with_is_refused(tmp_path: Path, line: str) -> None:
    """Where nobody can tell what was sent, nothing is sent."""
    path = tmp_path / "sent.jsonl"
    JsonLinesNotifier(path).send(HELLO)
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(InvalidValue, match=r"line 2 of sent\.jsonl is no message"):
        JsonLinesNotifier(path)
