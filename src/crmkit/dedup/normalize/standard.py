"""The standard fields of the model: what each of them holds."""

from __future__ import annotations

from typing import Final

from crmkit.dedup.kinds import ADDRESS, COMPANY, DATE, EMAIL, FULL_NAME, ID, NAME, NUMBER, PHONE, TEXT, Kind

STANDARD_KINDS: Final[dict[str, Kind]] = {
    "name": FULL_NAME,
    "given_name": NAME,
    "family_name": NAME,
    "born_on": DATE,
    "email": EMAIL,
    "phone": PHONE,
    "wechat": ID,
    "device": ID,
    "address": ADDRESS,
    "city": NAME,
    "postcode": ID,
    "company": COMPANY,
    "ceo": NAME,
    "industry": TEXT,
    "size": NUMBER,
}
"""Kind by field; every other standard field is taken as it is."""
