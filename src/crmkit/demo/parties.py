"""Parties: who there truly is, before any source writes anything down."""

from __future__ import annotations

import datetime as dt
import unicodedata
from itertools import count
from random import Random
from typing import Final, TypeAlias, TypeVar, final

import attrs

from crmkit.demo.names import PersonName, chance, nicknames, pick, pinyin, skewed
from crmkit.demo.places import Place, draw_landline, draw_mobile

T = TypeVar("T")
History: TypeAlias = tuple[tuple[int, T], ...]
"""Values one after the other: days before as_of from which each holds, and the value; oldest first."""

OLDEST_DAYS: Final = 2200
_BIRTHS: Final = (dt.date(1948, 1, 1), dt.date(2006, 12, 31))
_MAIL_ZH: Final = ("qq-mail.example", "163-mail.example", "126-mail.example", "sina-mail.example")
_MAIL_EN: Final = ("post.example", "inbox.example", "webmail.example", "letterbox.example")
_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@final
@attrs.frozen(kw_only=True)
class Employment:
    """What a person is at a company, and from when to when.

    Attributes:
        company_id: The company.
        job_title: What the card says.
        buying_role: One of `crmkit.model.BUYING_ROLES`.
        mailbox: Their e-mail address there.
        since_days: From so many days before as_of.
        until_days: Up to so many days before as_of, or None if still.
    """

    company_id: str
    job_title: str
    buying_role: str
    mailbox: str
    since_days: int
    until_days: int | None = None


@final
@attrs.frozen(kw_only=True)
class Person:
    """A person as they truly are.

    Attributes:
        id: Id of the party: the truth that deduplication is measured against.
        name: Their name.
        born_on: Date of birth.
        phones: Mobile numbers, E.164.
        emails: Private e-mail addresses.
        homes: Where they live.
        landline: The telephone they share at home, or None.
        wechat: WeChat unionid.
        joined_days: How many days before as_of the first source heard of them.
        household_id: Shared by those who live together, or None.
        jobs: Where they work and worked as a contact, oldest first.
        cases: The hard cases they are part of.
    """

    id: str
    name: PersonName
    born_on: dt.date
    phones: History[str]
    emails: History[str]
    homes: History[Place]
    landline: str | None = None
    wechat: str
    joined_days: int
    household_id: str | None = None
    jobs: tuple[Employment, ...] = ()
    cases: frozenset[str] = frozenset()


@final
@attrs.frozen(kw_only=True)
class Company:
    """An organisation as it truly is.

    Attributes:
        id: Id of the party.
        standing: "company", or which part of one it is: "branch", "shop", "department"; "holding" owns others.
        brand: What sets its name apart.
        spelled: The brand in Latin letters.
        trade: What it does, as the name says it.
        legal: Legal form as registered.
        place: Where its office stands.
        unit: City of a branch, number of a shop, name of a department, else "".
        landline: Telephone of the front desk.
        mailbox: The mailbox they all read.
        domain: Domain of its e-mail addresses.
        size: Number of employees.
        ceo: Name of its chief executive.
        joined_days: How many days before as_of the first source heard of it.
        parent_id: The company it belongs to, or None.
        cases: The hard cases it is part of.
    """

    id: str
    standing: str = "company"
    brand: str
    spelled: str
    trade: str
    legal: str
    place: Place
    unit: str = ""
    landline: str
    mailbox: str
    domain: str
    size: int
    ceo: str
    joined_days: int
    parent_id: str | None = None
    cases: frozenset[str] = frozenset()


Party: TypeAlias = Person | Company


@final
@attrs.define
class Registrar:
    """Gives out what exists only once, and hands on the numbers that people gave back."""

    _party: count[int] = attrs.field(factory=lambda: count(1))
    _serial: count[int] = attrs.field(factory=count)
    _taken: dict[str, int] = attrs.field(factory=dict)
    _released: dict[str, list[tuple[str, int]]] = attrs.field(factory=dict)

    def party_id(self) -> str:
        """Return the next id of a party."""
        return f"party-{next(self._party):06d}"

    def mobile(self, rng: Random, country: str) -> str:
        """Return a mobile number that nobody has."""
        return draw_mobile(rng, country, next(self._serial))

    def landline(self, place: Place) -> str:
        """Return a landline that nobody has."""
        return draw_landline(place, next(self._serial))

    def mailbox(self, local: str, domain: str) -> str:
        """Return an e-mail address that nobody has, with a number where the plain one is taken."""
        return self._unique(local, f"@{domain}")

    def domain(self, stem: str) -> str:
        """Return an internet domain that nobody has, under the one reserved for examples (RFC 2606)."""
        return self._unique(stem, ".example")

    def _unique(self, stem: str, rest: str) -> str:
        wanted = stem + rest
        self._taken[wanted] = times = self._taken.get(wanted, 0) + 1
        return wanted if times == 1 else self._unique(f"{stem}{times}", rest)

    def release(self, country: str, number: str, days: int) -> None:
        """Take back a number that its owner gave up so many *days* before as_of."""
        self._released.setdefault(country, []).append((number, days))

    def recycled(self, country: str) -> tuple[str, int] | None:
        """Return the number given back the longest ago here, and when, or None."""
        waiting = self._released.get(country)
        return waiting.pop(0) if waiting else None


def held(history: History[T], days: int) -> T:
    """Return the value that held so many *days* before as_of; before the first, the first."""
    value = history[0][1]
    for since, later in history:
        if since >= days:
            value = later
    return value


def latin(text: str) -> str:
    """Return *text* in lower-case ASCII letters and digits, as a mailbox is spelled.

    >>> latin("Müller"), latin("D'Angelo-Émile")
    ('mueller', 'dangeloemile')
    """
    plain = unicodedata.normalize("NFKD", text.translate(_GERMAN)).encode("ascii", "ignore").decode()
    return "".join(one for one in plain.lower() if one.isalnum())


def draw_person(
    rng: Random,
    registrar: Registrar,
    *,
    name: PersonName,
    home: Place,
    born_on: dt.date | None = None,
    landline: str | None = None,
    household_id: str | None = None,
    cases: frozenset[str] = frozenset(),
) -> Person:
    """Return a person at *home*, who may have moved, changed numbers, or got one that was someone else's."""
    born = born_on or draw_birth(rng)
    joined = draw_joined(rng)
    again = "namesake" not in cases and chance(rng, 20)
    recycled = registrar.recycled(home.country) if again else None
    if recycled is not None:
        joined = min(joined, recycled[1] - 400)
        cases |= {"recycled_phone"}
    phones = _phones(rng, registrar, home.country, joined, recycled[0] if recycled else None)
    return Person(
        id=registrar.party_id(),
        name=name,
        born_on=born,
        phones=phones,
        emails=_emails(rng, registrar, name, born, joined),
        homes=((OLDEST_DAYS, home),),
        landline=landline,
        wechat=f"o{int(rng.random() * 16**12):012x}",
        joined_days=joined,
        household_id=household_id,
        cases=cases | ({"changed_phone"} if len(phones) > 1 else set()),
    )


def draw_birth(rng: Random, *, earliest: dt.date = _BIRTHS[0], latest: dt.date = _BIRTHS[1]) -> dt.date:
    """Return a date of birth, each day equally often."""
    return earliest + dt.timedelta(days=int(rng.random() * (latest - earliest).days))


def draw_joined(rng: Random) -> int:
    """Return how many days ago a relation began: most of them in the last two years."""
    span = OLDEST_DAYS - 10
    return 3 + (skewed(rng, span) if chance(rng, 50) else int(rng.random() * span))


def _phones(
    rng: Random, registrar: Registrar, country: str, joined: int, recycled: str | None
) -> History[str]:
    first = recycled or registrar.mobile(rng, country)
    if recycled or joined < 200 or not chance(rng, 22):
        return ((OLDEST_DAYS, first),)
    changed = 90 + int(rng.random() * (joined - 120))
    if changed > 900:
        registrar.release(country, first, changed)
    return ((OLDEST_DAYS, first), (changed, registrar.mobile(rng, country)))


def _emails(rng: Random, registrar: Registrar, name: PersonName, born: dt.date, joined: int) -> History[str]:
    domains = _MAIL_ZH if name.chinese else _MAIL_EN
    first = registrar.mailbox(_local(rng, name, born), pick(domains, rng))
    if joined < 200 or not chance(rng, 14):
        return ((OLDEST_DAYS, first),)
    changed = 60 + int(rng.random() * (joined - 90))
    return ((OLDEST_DAYS, first), (changed, registrar.mailbox(_local(rng, name, born), pick(domains, rng))))


def _local(rng: Random, name: PersonName, born: dt.date) -> str:
    """Return what stands before the @: the name in one of its forms, or a number."""
    if name.chinese:
        if chance(rng, 25):
            return str(100_000_000 + int(rng.random() * 3_000_000_000))
        family, given = pinyin(name.family, surname=True), pinyin(name.given)
    else:
        short = nicknames(name.given)
        family, given = (
            latin(name.family),
            latin(pick(short, rng) if short and chance(rng, 20) else name.given),
        )
    year = f"{born.year % 100:02d}"
    forms = (
        f"{given}.{family}",
        f"{given}{family}",
        f"{family}{given}",
        f"{given[0]}{family}{year}",
        f"{given}{year}",
        f"{family}.{given}",
        f"{given}_{family}{born.day}",
    )
    return pick(forms, rng)
