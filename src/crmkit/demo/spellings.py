"""Spellings: the many right ways to write one name, number or address."""

from __future__ import annotations

from random import Random
from typing import Final

from crmkit.demo.names import PersonName, chance, nicknames, pick, pinyin, traditional
from crmkit.demo.noise import full_width
from crmkit.demo.places import Place

_SHORT: Final = (
    (" Road", " Rd"), (" Street", " St"), (" Avenue", " Ave"), (" Lane", " Ln"), (" Drive", " Dr"),
    (" Boulevard", " Blvd"), ("straße", "str."), ("boulevard ", "bd "), ("avenue ", "av. "), ("Apt ", "#"),
    ("Flat ", "Fl. "),
)  # fmt: skip
# how many digits a country writes together in a national mobile number
_GROUPS: Final = {"CN": (3, 4, 4), "GB": (5, 6), "DE": (5, 7), "FR": (2, 2, 2, 2, 2)}
_CALLING: Final = {"CN": "+86", "GB": "+44", "US": "+1", "DE": "+49", "FR": "+33"}
FEATHERS: Final = ("🌸", "🍀", "☀️", "~", " 🐱", "✨")


def western_forms(name: PersonName, rng: Random) -> tuple[str, str, str]:
    """Return full name, given name and case of one way in which a Western name is written."""
    given, family = name.given, name.family
    tail = f" {name.suffix}" if name.suffix else ""
    short = nicknames(given)
    if short and chance(rng, 22):
        nick = pick(short, rng)
        return f"{nick} {family}{tail}", nick, "nickname"
    draw = int(rng.random() * 100)
    if draw < 4:
        return f"{given[0]}. {family}{tail}", f"{given[0]}.", "initial"
    if draw < 10:
        return f"{family}, {given}{tail}", given, ""
    if draw < 14:
        return f"{given} {family}{tail}".upper(), given.upper(), ""
    if draw < 20:
        return f"{given} {family}{tail}".lower(), given.lower(), ""
    if draw < 24:
        return f"{given} {pick('ABCDEFGHJLMPRST', rng)}. {family}{tail}", given, "middle_initial"
    return f"{given} {family}{tail}", given, ""


def chinese_forms(name: PersonName, rng: Random, *, latin: int) -> tuple[str, str, str, str]:
    """Return full name, family name, given name and case of one way in which a Chinese name is written.

    In *latin* cases of a hundred it is pinyin, with the family name first or last.
    """
    if chance(rng, latin):
        family = pinyin(name.family, surname=True).capitalize()
        given = pinyin(name.given).capitalize()
        forms = (
            f"{family} {given}",
            f"{given} {family}",
            f"{family}{given}",
            f"{family.upper()} {given}",
            f"{family.lower()} {given.lower()}",
            f"{given}, {family}",
        )
        return pick(forms, rng), family, given, "pinyin"
    if chance(rng, 7):
        family, given = traditional(name.family), traditional(name.given)
        return family + given, family, given, "traditional" if family + given != name.full else ""
    if chance(rng, 4):
        return f"{name.family} {name.given}", name.family, name.given, ""
    return name.full, name.family, name.given, ""


def phone_form(number: str, rng: Random) -> tuple[str, str]:
    """Return one way to write an E.164 *number*, and its case; with the country known all can be read."""
    country = next(code for code, calling in _CALLING.items() if number.startswith(calling))
    national = number.removeprefix(_CALLING[country])
    trunk = "" if country in ("CN", "US") else "0"
    draw = int(rng.random() * 100)
    if draw < 35 and country != "US":
        return trunk + national, ""
    if draw < 60:
        return number, ""
    if draw < 70:
        return "00" + number[1:] if country != "US" else f"1-{national}", ""
    if draw < 74 and country == "CN":
        return full_width(national), "full_width"
    return _grouped(trunk + national, country, rng), ""


def landline_form(number: str, area_code: str, rng: Random) -> str:
    """Return one way to write a landline given as E.164; that of another city is written in full."""
    calling = next(code for code in _CALLING.values() if number.startswith(code))
    if not number.startswith(calling + area_code):
        return number
    local = number.removeprefix(calling + area_code)
    trunk = "" if calling == "+1" else "0"
    return pick(
        (
            number,
            f"{trunk}{area_code}-{local}",
            f"{trunk}{area_code} {local}",
            f"{calling} {area_code} {local}",
        ),
        rng,
    )


def address_form(place: Place, rng: Random) -> tuple[str, str]:
    """Return one way to write the street address of *place*, and its case."""
    if place.country == "CN":
        return _address_zh(place, rng)
    written = place.written
    if chance(rng, 35):
        for long, short in _SHORT:
            written = written.replace(long, short)
    if chance(rng, 8):
        written = written.upper()
    return written, ""


def city_form(place: Place, rng: Random) -> str:
    """Return one way to write the city of *place*."""
    if place.country == "CN":
        return pick((place.city, place.city, f"{place.city}市", f"{place.city}市", place.reading), rng)
    return pick((place.city, place.city, place.city, place.city.upper()), rng)


def _grouped(national: str, country: str, rng: Random) -> str:
    if country == "US":
        area, exchange, line = national[:3], national[3:6], national[6:]
        return pick(
            (f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"{area}.{exchange}.{line}"), rng
        )
    gap = pick((" ", "-"), rng)
    parts, start = [], 0
    for size in _GROUPS[country]:
        parts.append(national[start : start + size])
        start += size
    return gap.join(parts)


def _address_zh(place: Place, rng: Random) -> tuple[str, str]:
    district = place.district if chance(rng, 80) else ""
    street = f"{place.street}{place.number}号"
    unit = place.unit.replace("栋", pick(("栋", "号楼", "幢", "-"), rng))
    written = f"{district}{street}{place.estate if chance(rng, 75) else ''}{unit}"
    if chance(rng, 20):
        written = f"{place.city}市{written}"
    if chance(rng, 5):
        return full_width(written), "full_width"
    if chance(rng, 4):
        return traditional(written), "traditional"
    return written, ""
