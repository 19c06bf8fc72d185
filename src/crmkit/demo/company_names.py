"""Company names: the many ways to write what an organisation, or a part of one, is called."""

from __future__ import annotations

from random import Random
from typing import Final

from crmkit.demo.names import chance, pick, traditional
from crmkit.demo.noise import misconverted, slipped
from crmkit.demo.parties import Company

_LEGAL_FORMS: Final = {
    "有限公司": ("有限公司", "有限责任公司", "(有限公司)", ""),
    "有限责任公司": ("有限责任公司", "有限公司", ""),
    "股份有限公司": ("股份有限公司", "股份公司", "（股份）有限公司", ""),
    "Ltd": ("Ltd", "Ltd.", "Limited", "LTD", ""),
    "PLC": ("PLC", "plc", "P.L.C.", "Public Limited Company"),
    "LLP": ("LLP", "L.L.P.", ""),
    "Inc": ("Inc", "Inc.", ", Inc.", "Incorporated", ""),
    "LLC": ("LLC", "L.L.C.", ", LLC", ""),
    "Corp": ("Corp", "Corp.", "Corporation", ""),
    "GmbH": ("GmbH", "Gmbh", "G.m.b.H.", "Gesellschaft mbH", ""),
    "AG": ("AG", "A.G.", "Aktiengesellschaft"),
    "SARL": ("SARL", "S.A.R.L.", "Sarl", ""),
    "SAS": ("SAS", "S.A.S.", ""),
    "SA": ("SA", "S.A.", ""),
}
_ABROAD: Final = ("Co., Ltd.", "Co. Ltd", "Co.,Ltd", "")
_SHORT_TRADES: Final = {
    "Engineering": "Eng.", "Electronics": "Electr.", "Machinery": "Mach.", "Education": "Edu.",
    "Consulting": "Consult.", "Software": "SW", "Trading": "Trdg", "Logistics": "Log.",
}  # fmt: skip
_TRADES_ABROAD: Final = {
    "科技": "Technology", "贸易": "Trading", "物流": "Logistics", "食品": "Food", "电子": "Electronics",
    "机械": "Machinery", "服饰": "Apparel", "文化传媒": "Culture Media", "管理咨询": "Management Consulting",
    "建筑工程": "Construction Engineering", "医疗器械": "Medical Devices", "教育科技": "Education Technology",
    "环保": "Environmental", "软件": "Software", "网络科技": "Network Technology",
    "餐饮管理": "Catering Management", "酒店管理": "Hotel Management", "材料": "Materials",
    "集团": "Group", "控股": "Holding",
}  # fmt: skip
_CITIES_ABROAD: Final = {"München": "Munich", "Köln": "Cologne"}
_PARTS: Final = {
    ("branch", "CN"): ("{}分公司", "（{}分公司）", "{}市分公司", "{}办事处", "（{}）"),
    ("branch", "GB"): (", {} Branch", " - {} Branch", ", {} Office", " ({})"),
    ("branch", "US"): (", {} Branch", " {} Branch", " - {} Office", " ({})"),
    ("branch", "DE"): (", Niederlassung {}", " Niederlassung {}", ", NL {}", " - Filiale {}", ", {} Branch"),
    ("branch", "FR"): (", agence de {}", " - succursale de {}", " Agence {}", ", {} Branch"),
    ("shop", "CN"): ("第{}分店", "{}号店", "（{}店）", "{}号门店"),
    ("shop", "GB"): (" Store {}", ", Shop {}", " - Store #{}", ", Store No. {}"),
    ("shop", "US"): (" Store {}", ", Store #{}", " #{}", " - Store No. {}"),
    ("shop", "DE"): (" Filiale {}", ", Filiale Nr. {}", " - Filiale {}", ", Store {}"),
    ("shop", "FR"): (" magasin {}", ", magasin n° {}", " - boutique {}", ", Store {}"),
    ("department", "CN"): ("{}", "（{}）", " {}"),
    ("department", "GB"): (", {} Department", " - {} Dept.", " ({} Dept)"),
    ("department", "US"): (", {} Department", " - {} Dept.", " ({} Dept)"),
    ("department", "DE"): (", Abteilung {}", " - Abt. {}", ", {} Department"),
    ("department", "FR"): (", service {}", " - Service {}", ", département {}"),
}


def full_name(company: Company) -> str:
    """Return the registered name; a part of a company carries what it is called beside the company's name."""
    home = _name(company, company.legal)
    if company.unit:
        return home + _PARTS[company.standing, company.place.country][0].format(company.unit)
    return f"{company.place.city}{home}" if company.place.country == "CN" else home


def company_form(company: Company, rng: Random) -> str:
    """Return one way to write what a company is called: legal form, city, short words and script vary, fingers slip."""
    if company.place.country == "CN":
        name = _abroad(company, rng) if chance(rng, 7) else _chinese(company, rng)
        return traditional(name) if chance(rng, 5) else name
    name = _western(company, rng)
    return name.upper() if chance(rng, 6) else name


def contact_company_form(company: Company, rng: Random) -> str:
    """Return what someone who works there types as their company."""
    return full_name(company) if chance(rng, 40) else company_form(company, rng)


def in_english(city: str) -> str:
    """Return what a *city* is called in English.

    >>> in_english("München"), in_english("Leeds")
    ('Munich', 'Leeds')
    """
    return _CITIES_ABROAD.get(city, city)


def _chinese(company: Company, rng: Random) -> str:
    short = company.standing == "company" and not company.parent_id and chance(rng, 3)
    name = company.brand if short else _name(company, pick(_LEGAL_FORMS[company.legal], rng))
    if chance(rng, 3):
        name = misconverted(name, rng)
    city, region = company.place.city, company.place.region
    if company.unit:
        # as a rule a part does not say where its company sits
        return name + _part(company, company.unit, rng)
    if not short and company.standing == "company" and chance(rng, 8):
        return name.replace(company.brand, f"{company.brand}（{city}）", 1)
    province = f"{region}省{city}市" if region != city else f"{city}市"
    return pick((city, city, city, f"{city}市", f"{city}市", "", "", province), rng) + name


def _abroad(company: Company, rng: Random) -> str:
    """Return the name of a Chinese company in Latin letters, as on the back of a card."""
    trade = _TRADES_ABROAD[company.trade]
    name, legal = f"{company.spelled.capitalize()} {trade}", pick(_ABROAD, rng)
    city = company.place.reading
    named = pick((f"{city} {name} {legal}", f"{name} ({city}) {legal}", f"{name} {legal}"), rng).strip()
    if company.standing == "branch":
        return f"{name} {legal}".strip() + pick(
            (f", {city} Branch", f" {city} Branch", f" ({city} Branch)"), rng
        )
    if company.standing == "shop":
        return f"{name} {legal}".strip() + pick((f" Store {company.unit}", f", Shop {company.unit}"), rng)
    if company.standing == "department":
        return _chinese(company, rng)
    return named


def _western(company: Company, rng: Random) -> str:
    legal = pick(_LEGAL_FORMS[company.legal], rng)
    name = _name(company, legal)
    if company.trade in _SHORT_TRADES and chance(rng, 10):
        name = name.replace(company.trade, _SHORT_TRADES[company.trade], 1)
    elif company.standing == "company" and not company.parent_id and chance(rng, 3):
        name = company.brand
    if chance(rng, 5):
        name = slipped(name, rng)
    city = company.place.city
    if company.unit:
        unit = in_english(company.unit) if chance(rng, 15) else company.unit
        return name + _part(company, unit, rng)
    if company.standing == "company" and chance(rng, 6):
        return name + pick((f" ({city})", f", {city}", f" - {city}", f" {city}"), rng)
    return name


def _part(company: Company, unit: str, rng: Random) -> str:
    return pick(_PARTS[company.standing, company.place.country], rng).format(unit)


def _name(company: Company, legal: str) -> str:
    if company.place.country == "CN":
        return f"{company.brand}{company.trade}{legal}"
    gap = "" if legal.startswith(",") or not legal else " "
    return f"{company.brand} {company.trade}{gap}{legal}"
