"""Ids: who and what, given by the host or derived from content, never drawn."""

from __future__ import annotations

from collections.abc import Collection
from typing import NewType

CustomerId = NewType("CustomerId", str)
RecordId = NewType("RecordId", str)
ActivityId = NewType("ActivityId", str)
ProductId = NewType("ProductId", str)


def derive_id(prefix: str, *parts: object) -> str:
    """Return an id that is the same for the same *parts*, on every machine and run.

    It is *prefix*, a hyphen and 16 hexadecimal digits (64 bits) of the parts'
    SHA-256.  ``("a", "b")`` and ``("ab",)`` give different ids.

    >>> derive_id("act", "shop", 17)
    'act-fe4b12b2a9dbbbb8'
    """
    import hashlib

    digest = hashlib.sha256()
    for part in parts:
        text = str(part).encode(errors="surrogatepass")
        digest.update(f"{len(text)}:".encode())
        digest.update(text)
    return f"{prefix}-{digest.hexdigest()[:16]}"


def free_id(name: str, taken: Collection[str]) -> str:
    """Return *name*, or the first of "name#2", "name#3" and so on that is not among *taken*.

    >>> free_id("shop:17", {"shop:17", "shop:17#2"})
    'shop:17#3'
    """
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name}#{count}"
    return free
