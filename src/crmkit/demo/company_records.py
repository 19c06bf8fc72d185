"""What each source writes down about an organisation."""

from __future__ import annotations

from random import Random

from crmkit.demo.company_names import company_form
from crmkit.demo.drafts import Draft
from crmkit.demo.names import chance, pick
from crmkit.demo.parties import Company
from crmkit.demo.spellings import address_form, city_form, landline_form
from crmkit.model import ORGANISATION


def write_company(company: Company, source: str, days: int, rng: Random) -> Draft:
    """Return what *source* wrote down about *company* so many *days* before as_of."""
    draft = Draft(
        party_id=company.id, kind=ORGANISATION, source=source, days=days, cases={"company", *company.cases}
    )
    name = company_form(company, rng)
    draft.put("name", name)
    draft.put("company", name)
    draft.put("country", company.place.country)
    draft.put("source_channel", pick(("event", "partner", "website", "referral"), rng))
    _write_office(draft, company, rng)
    _write_size(draft, company, rng)
    return draft


def _write_office(draft: Draft, company: Company, rng: Random) -> None:
    """Write where it is and how to reach it; the front desk's number is never missing with the address."""
    addressed = draft.source == "shop" or chance(rng, 45)
    if addressed:
        draft.put("address", address_form(company.place, rng)[0])
        draft.put("postcode", company.place.postcode)
        draft.put("region", company.place.region)
    if addressed or chance(rng, 60):
        draft.put("city", city_form(company.place, rng))
    if chance(rng, 75):
        draft.put("email", company.mailbox)
        if company.parent_id is None:
            draft.anchors.add(("email", company.mailbox))
    if not addressed or chance(rng, 80):
        written = landline_form(company.landline, company.place.area_code, rng)
        draft.reach("phone", company.landline, written)


def _write_size(draft: Draft, company: Company, rng: Random) -> None:
    if chance(rng, 50):
        draft.put("size", company.size)
    if chance(rng, 40):
        draft.put("ceo", company.ceo)
    if chance(rng, 45):
        draft.put("industry", company.trade)
    if chance(rng, 35):
        draft.put("legal_status", company.legal)
