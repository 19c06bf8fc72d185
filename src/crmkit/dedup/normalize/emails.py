"""E-mail addresses: one written form, the mailbox they lead to, and which of them several people read."""

from __future__ import annotations

import re
from typing import Final, NewType

from crmkit.dedup.forms import OTHER, OWN, SHARED, Form
from crmkit.dedup.kinds import EMAIL
from crmkit.dedup.normalize.sentinels import is_sentinel
from crmkit.dedup.normalize.text import LONGEST, letter_key
from crmkit.dedup.normalize.vocabulary import ROLE_MAILBOXES

EmailKey = NewType("EmailKey", str)
"""A normalised e-mail address."""

_SHOWN: Final = re.compile(r"<([^<>]*@[^<>]*)>")
_REMARK: Final = re.compile(r"\([^()]*\)")
_SEVERAL: Final = re.compile(r"[\s,;|、/]+")
_LOOSE: Final = re.compile(r"\s*([@.])\s*")
_ADDRESS: Final = re.compile(
    r"""[^\s@.,;:<>()\[\]"\\]+(?:\.[^\s@.,;:<>()\[\]"\\]+)*"""
    r"@(?:[^\W_](?:[^\W_]|-)*\.)+(?:xn--[a-z0-9-]+|[^\W\d_](?:[^\W_]|-)*[^\W\d_])"
)
_PLAIN: Final = re.compile(
    r"[A-Za-z0-9_-]+(?:[.+][A-Za-z0-9_-]+)*@(?:[A-Za-z0-9][A-Za-z0-9-]*\.)+[A-Za-z]{2,}"
)
_GMAIL: Final = frozenset(("gmail.com", "googlemail.com"))
_LEAST_LOCAL: Final = 5
"""Shorter local parts are those of many people at many hosts."""


def email_key(email: str) -> EmailKey | None:
    """Return *email*, normalised, or None if it is no address.  Dots in the local part and accents count.

    The name of the host is written in its own letters: xn--mller-kva.de is müller.de.

    >>> email_key(" mailto:Ana@X.pt "), email_key("Ana Sousa <ana@xn--mller-kva.de>"), email_key("ana at x.pt")
    ('ana@x.pt', 'ana@müller.de', None)
    """
    return _key_in(letter_key(email))


def _key_in(bare: str) -> EmailKey | None:
    """Return the address in a text whose letters are normalised already, or None if it has none or several."""
    if _holds_several(bare):
        return None
    if _ADDRESS.fullmatch(bare) is None and _ADDRESS.fullmatch(bare := _bare(bare)) is None:
        return None
    if "xn--" not in bare:
        return EmailKey(bare)
    local, _, host = bare.rpartition("@")
    return EmailKey(f"{local}@{'.'.join(map(_decoded, host.split('.')))}")


def plain_email(email: str) -> tuple[Form, ...]:
    """Return the forms of an address that needs no closer look, and none where it may: one of letters and digits only.

    >>> [form.text for form in plain_email("Ana@X.pt")], plain_email("Ana <ana@x.pt>"), plain_email("noreply@x.pt")
    (['ana@x.pt'], (), ())
    """
    if len(email) > LONGEST or _PLAIN.fullmatch(email) is None:
        return ()
    key = email.lower()
    return () if "xn--" in key or is_sentinel(key, EMAIL) else email_forms(EmailKey(key))


def misspelt_key(email: str) -> EmailKey | None:
    """Return what is no address but so near to one that it still tells who is meant, or None.

    >>> misspelt_key("ana@sousa@x.pt"), misspelt_key("ana at x.pt")
    ('ana@sousa@x.pt', None)
    """
    bare = _bare(letter_key(email)).replace(" ", "")
    local, _, host = bare.rpartition("@")
    return EmailKey(bare) if local and "." in host.strip(".") else None


def email_keys(email: str) -> list[EmailKey]:
    """Return every address in a field: one, or several with a comma, a semicolon or a space between them.

    >>> email_keys("ana@x.pt; bob@y.pt"), email_keys("nobody")
    (['ana@x.pt', 'bob@y.pt'], [])
    """
    clean = letter_key(email)
    one = _key_in(clean)
    if one is not None or email.count("@") < 2:
        return [] if one is None else [one]
    shown = _SHOWN.findall(clean) or [part for part in _SEVERAL.split(clean) if part]
    keys = [email_key(part) for part in shown]
    return [] if None in keys else list(dict.fromkeys(key for key in keys if key is not None))


def mailbox(email: EmailKey) -> EmailKey:
    """Return the address of the mailbox that *email* leads to: without a tag, and without the dots of Gmail.

    >>> mailbox(EmailKey("a.na+shop@gmail.com")), mailbox(EmailKey("a.na+shop@x.pt"))
    ('ana@gmail.com', 'a.na@x.pt')
    """
    plain = untagged(email)
    local, _, host = plain.rpartition("@")
    return EmailKey(f"{local.replace('.', '')}@gmail.com") if host in _GMAIL else plain


def untagged(email: EmailKey) -> EmailKey:
    """Return *email* without the tag that follows a plus in its local part."""
    if "+" not in email:
        return email
    local, _, host = email.rpartition("@")
    bare = local.partition("+")[0]
    return EmailKey(f"{bare}@{host}") if bare and bare != local else email


def is_role_mailbox(email: str) -> bool:
    """Return whether *email* is a mailbox that several people read: info@, sales@.

    >>> is_role_mailbox("info@acme.com"), is_role_mailbox("ana@acme.com")
    (True, False)
    """
    return email.partition("@")[0].partition("+")[0] in ROLE_MAILBOXES


def email_forms(email: EmailKey) -> tuple[Form, ...]:
    """Return the ways by which an address is known: itself, without its tag, and its local part if that is telling.

    >>> [form.text for form in email_forms(EmailKey("ana.sousa+shop@x.pt"))]
    ['ana.sousa+shop@x.pt', 'ana.sousa@x.pt', 'ana.sousa@']
    """
    if is_role_mailbox(email):
        return (Form(email, SHARED),)
    plain = untagged(email)
    local = plain.rpartition("@")[0]
    forms = [Form(email, OWN)]
    if plain != email:
        forms.append(Form(plain, OTHER))
    if len(local) >= _LEAST_LOCAL:
        forms.append(Form(f"{local}@", OTHER))
    return tuple(forms)


def _holds_several(clean: str) -> bool:
    """Return whether more than one @ is left whatever `_bare` takes away: names, remarks and questions."""
    return clean.count("@") > 1 and not any(sign in clean for sign in "<(?")


def _bare(text: str) -> str:
    """Return what stands for the address in a field, without the name and the marks around it."""
    clean = text.replace("。", ".")
    shown = _SHOWN.search(clean)
    bare = shown[1] if shown else _REMARK.sub("", clean)
    bare = bare.strip(" <>\"'").removeprefix("mailto:").partition("?")[0]
    return _LOOSE.sub(r"\1", bare).strip("<>;,. \"'")


def _decoded(label: str) -> str:
    """Return a label of a host as people read it.  Source: RFC 3492."""
    if not label.startswith("xn--"):
        return label
    try:
        return letter_key(label[4:].encode("ascii").decode("punycode")) or label
    except UnicodeError:
        return label
