"""What each source writes down about a person."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Final

from crmkit.demo.company_names import contact_company_form
from crmkit.demo.drafts import Draft
from crmkit.demo.names import chance, pick
from crmkit.demo.noise import misconverted, misdated, slipped, transposed
from crmkit.demo.parties import Company, Employment, Person, held
from crmkit.demo.places import Place
from crmkit.demo.spellings import (
    FEATHERS,
    address_form,
    chinese_forms,
    city_form,
    landline_form,
    phone_form,
    western_forms,
)
from crmkit.model import PERSON

# source -> in how many of a hundred records the field is filled
_FILLED: Final = {
    "shop": {"email": 95, "phone": 80, "landline": 15, "address": 85, "postcode": 75, "country": 100,
             "born_on": 50, "gender": 40, "language": 100},
    "lead-form": {"email": 75, "phone": 85, "landline": 8, "city": 60, "country": 75, "needs": 60},
    "store-card": {"email": 12, "phone": 82, "landline": 25, "address": 75, "postcode": 40, "country": 70,
                   "born_on": 72, "gender": 75},
    "wecom": {"email": 8, "phone": 60, "gender": 65, "city": 50, "country": 45, "device": 60, "language": 100,
              "wechat": 100},
}  # fmt: skip
# source -> slips in a hundred: in names, in everything else, and Chinese names in pinyin
_SLIPS: Final = {"shop": (4, 1, 13), "lead-form": (9, 4, 12), "store-card": (11, 4, 16), "wecom": (3, 1, 12)}
_NEEDS: Final = ("gifts", "office supply", "daily tea", "events", "coffee at work", "wedding", "training")
_CHANNELS: Final = {
    "shop": ("web", "sem", "ads", "referral"),
    "lead-form": ("event", "ads", "sem", "website", "partner"),
    "store-card": ("store",),
    "wecom": ("mini-program", "community", "store", "referral"),
}
_LANGUAGES: Final = {"CN": "zh-CN", "GB": "en-GB", "US": "en-US", "DE": "de-DE", "FR": "fr-FR"}


def write_person(
    person: Person, companies: Mapping[str, Company], source: str, days: int, rng: Random
) -> Draft:
    """Return what *source* wrote down about *person* so many *days* before as_of."""
    draft = Draft(party_id=person.id, kind=PERSON, source=source, days=days, cases=set(person.cases))
    filled = {name for name, share in _FILLED[source].items() if chance(rng, share)}
    draft.put("source_channel", pick(_CHANNELS[source], rng))
    clean = _write_name(draft, person, rng)
    _write_facts(draft, person, filled, rng, clean=clean)
    _write_home(draft, person, filled, rng, clean=clean)
    job = _job_at(person, days) if source == "lead-form" else None
    if job is not None:
        _write_job(draft, job, companies[job.company_id], rng)
    _write_reach(draft, person, filled, job, rng)
    if source == "lead-form" and job is None and chance(rng, 30):
        draft.kind = None
    return draft


def _write_name(draft: Draft, person: Person, rng: Random) -> bool:
    """Write the name; return True if it is written right."""
    in_names, _, latin = _SLIPS[draft.source]
    name = person.name
    if name.chinese:
        full, family, given, case = chinese_forms(name, rng, latin=latin)
    else:
        full, given, case = western_forms(name, rng)
        family = name.family
    clean = not chance(rng, in_names)
    if not clean:
        wrong = misconverted(full, rng) if name.chinese and case != "pinyin" else slipped(full, rng)
        clean, full = wrong == full, wrong
    if draft.source == "wecom" and chance(rng, 12):
        full += pick(FEATHERS, rng)
        draft.cases.add("feathered_name")
    draft.put("name", full)
    if draft.source == "shop" and clean:
        draft.put("family_name", family)
        draft.put("given_name", given)
    draft.cases.update({case} - {""} | (set() if clean else {"typo"}))
    return clean


def _write_facts(draft: Draft, person: Person, filled: set[str], rng: Random, *, clean: bool) -> None:
    """Write what does not change: birthday, gender, language, device, WeChat id, needs."""
    if "born_on" in filled or ("parent_and_child" in person.cases and "born_on" in _FILLED[draft.source]):
        if chance(rng, _SLIPS[draft.source][1]):
            draft.put("born_on", misdated(person.born_on, rng))
            draft.cases.add("typo")
        else:
            draft.put("born_on", person.born_on)
            draft.anchors |= {("born_on", f"{person.name.full} {person.born_on}")} if clean else set()
    if "gender" in filled:
        draft.put("gender", person.name.gender)
    if "language" in filled:
        draft.put("language", _LANGUAGES[person.homes[0][1].country])
    if "wechat" in filled:
        draft.reach("wechat", person.wechat, person.wechat)
    if "device" in filled:
        draft.put("device", f"{person.wechat[1:]}-{draft.days % 3}")
    if "needs" in filled:
        draft.put("needs", pick(_NEEDS, rng))


def _write_home(draft: Draft, person: Person, filled: set[str], rng: Random, *, clean: bool) -> None:
    """Write the address they lived at then, as far as the source asks for it."""
    home: Place = held(person.homes, draft.days)
    if "address" in filled:
        written, case = address_form(home, rng)
        if not person.name.chinese and chance(rng, _SLIPS[draft.source][1]):
            written = slipped(written, rng)
        draft.put("address", written)
        draft.cases.update({case} - {""})
        draft.anchors |= {("home", f"{person.name.full} {home.written}")} if clean else set()
    if "address" in filled or "city" in filled:
        draft.put("city", city_form(home, rng))
    if "postcode" in filled:
        draft.put("postcode", home.postcode)
        draft.put("region", home.region)
    if "country" in filled:
        draft.put("country", home.country)


def _write_job(draft: Draft, job: Employment, company: Company, rng: Random) -> None:
    """Write where they work, and in some cases the mailbox or telephone that everyone there uses."""
    draft.put("company", contact_company_form(company, rng))
    draft.put("job_title", job.job_title)
    if chance(rng, 40):
        draft.put("phone", landline_form(company.landline, company.place.area_code, rng))
        draft.cases.add("shared_landline")
    if chance(rng, 20):
        draft.put("email", company.mailbox)
        draft.cases.add("shared_mailbox")


def _write_reach(draft: Draft, person: Person, filled: set[str], job: Employment | None, rng: Random) -> None:
    """Write how to reach them; a record without anything of their own gets their mobile number."""
    slips = _SLIPS[draft.source][1]
    if "landline" in filled and person.landline is not None:
        draft.put("phone", landline_form(person.landline, held(person.homes, draft.days).area_code, rng))
        draft.cases.add("shared_landline")
    if job is not None and "shared_mailbox" not in draft.cases and chance(rng, 75):
        draft.reach("email", job.mailbox, job.mailbox)
    elif "email" in filled and job is None:
        _write_email(draft, held(person.emails, draft.days), rng, slip=chance(rng, slips))
    needed = not any(kind in ("email", "wechat", "home", "born_on") for kind, _ in draft.anchors)
    if "phone" in filled or needed:
        _write_phone(draft, held(person.phones, draft.days), rng, slip=chance(rng, slips) and not needed)


def _write_email(draft: Draft, email: str, rng: Random, *, slip: bool) -> None:
    if slip:
        local, _, domain = email.partition("@")
        draft.put("email", f"{slipped(local, rng)}@{domain}")
        draft.cases.add("typo")
    else:
        draft.reach("email", email, email.title() if chance(rng, 5) else email)


def _write_phone(draft: Draft, phone: str, rng: Random, *, slip: bool) -> None:
    if slip:
        draft.put("phone", transposed(phone, rng))
        draft.cases.add("typo")
        return
    abroad = "country" not in draft.fields and not phone.startswith("+86")
    written, case = (phone, "") if abroad else phone_form(phone, rng)
    draft.reach("phone", phone, written)
    draft.cases.update({case} - {""})


def _job_at(person: Person, days: int) -> Employment | None:
    """Return the job they had so many *days* before as_of, or None."""
    return next(
        (
            job
            for job in person.jobs
            if job.since_days >= days and (job.until_days is None or job.until_days < days)
        ),
        None,
    )
