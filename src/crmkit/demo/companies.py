"""Companies: organisations with branches, parents and the people who buy for them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

import attrs

from crmkit.demo.names import chance, draw_name, pick, pinyin, read_pairs, skewed
from crmkit.demo.parties import Company, Employment, Person, Registrar, draw_joined, draw_person, latin
from crmkit.demo.places import Place, draw_place

_BRANDS_ZH: Final = """
明达mingda 华泰huatai 恒瑞hengrui 鼎新dingxin 天成tiancheng 金源jinyuan 盛世shengshi 安信anxin 宏图hongtu
瑞丰ruifeng 博远boyuan 东升dongsheng 嘉禾jiahe 永康yongkang 正大zhengda 启航qihang 联众lianzhong 海纳haina
云帆yunfan 星辰xingchen 凯旋kaixuan 立信lixin 中和zhonghe 新元xinyuan 广润guangrun 卓越zhuoyue
万象wanxiang 长青changqing 和信hexin 方圆fangyuan 九州jiuzhou 泰和taihe 益民yimin 晨光chenguang
蓝天lantian 丰泽fengze 双龙shuanglong 宝利baoli 通达tongda 锦程jincheng 德润derun 弘毅hongyi 兴业xingye
同创tongchuang 富景fujing 百川baichuan 银河yinhe 远东yuandong
"""
_TRADES_ZH: Final = """
科技 贸易 物流 食品 电子 机械 服饰 文化传媒 管理咨询 建筑工程 医疗器械 教育科技 环保 软件 网络科技
餐饮管理 酒店管理 材料
"""
_BRANDS_EN: Final = """
Kestrel Northgate Bluewater Ironbridge Larkfield Silverbirch Redwood Harbour Summit Meridian Falcon
Ashdown Brookside Castleton Copperfield Eastwind Evergreen Fernhill Granite Greystone Halcyon Hawthorn
Highmoor Juniper Kingfisher Lakeshore Lighthouse Millstone Nightingale Oakhurst Orion Pinecrest Quarry
Ravenswood Riverside Rosewood Saltmarsh Seabright Stonegate Sunfield Tamarind Thistle Trident Vanguard
Westbourne Whitecliff Wildwood Willowbank Yarrow Zephyr Albatros Morgenstern Rheintal Nordlicht Sonnenhof
Beauval Montclair Valfleur Clairmont
"""
_TRADES_EN: Final = """
Logistics Foods Engineering Consulting Textiles Electronics Media Design Hotels Catering Machinery
Software Chemicals Medical Education Energy Packaging Interiors Travel Trading
"""
_LEGAL: Final = {
    "CN": ("有限公司", "有限公司", "有限责任公司", "股份有限公司"),
    "GB": ("Ltd", "Ltd", "PLC", "LLP"),
    "US": ("Inc", "LLC", "Corp"),
    "DE": ("GmbH", "GmbH", "AG"),
    "FR": ("SARL", "SAS", "SA"),
}
# country -> what a department is called, and how its mailbox begins
_DEPARTMENTS: Final = {
    "CN": (("采购部", "caigou"), ("行政部", "xingzheng"), ("市场部", "shichang")),
    "GB": (("Purchasing", "purchasing"), ("Marketing", "marketing"), ("Facilities", "facilities")),
    "US": (("Purchasing", "purchasing"), ("Marketing", "marketing"), ("Facilities", "facilities")),
    "DE": (("Einkauf", "einkauf"), ("Marketing", "marketing"), ("Personal", "personal")),
    "FR": (("Achats", "achats"), ("Marketing", "marketing"), ("Comptabilité", "compta")),
}
_JOBS_ZH: Final = (
    ("总经理", "decision_maker"),
    ("采购经理", "buyer"),
    ("行政主管", "gatekeeper"),
    ("市场总监", "influencer"),
    ("办公室主任", "champion"),
    ("项目经理", "user"),
)
_JOBS_EN: Final = (
    ("Managing Director", "decision_maker"),
    ("Purchasing Manager", "buyer"),
    ("Office Manager", "gatekeeper"),
    ("Head of Marketing", "influencer"),
    ("Facilities Lead", "champion"),
    ("Project Manager", "user"),
)


def draw_group(
    rng: Random, registrar: Registrar, *, chinese: bool, others: Sequence[Company] = ()
) -> list[Company]:
    """Return a company and what belongs to it or owns it, if anything; the company itself comes first.

    Now and then it is called like one of the *others*, which sits in another city.
    """
    models = [one for one in others if one.standing == "company" and (one.place.country == "CN") == chinese]
    namesake = pick(models, rng) if models and chance(rng, 8) else None
    head = draw_company(rng, registrar, chinese=chinese, namesake=namesake)
    draw = rng.random() * 100
    if draw < 14:
        first = _branch(rng, registrar, head)
        second = _branch(rng, registrar, head) if chance(rng, 30) else first
        return [head, first, *([second] if second.unit != first.unit else [])]
    if draw < 22:
        return [head, *(_shop(rng, registrar, head, number) for number in _numbers(rng))]
    if draw < 28:
        return [head, _department(rng, registrar, head)]
    if draw < 42:
        return [head, _subsidiary(rng, registrar, head)]
    if draw < 49:
        holding = _holding(rng, registrar, head)
        return [attrs.evolve(head, parent_id=holding.id), holding]
    return [head]


def draw_company(
    rng: Random, registrar: Registrar, *, chinese: bool, namesake: Company | None = None
) -> Company:
    """Return a company with a front desk and a mailbox that everyone reads.

    One that has a *namesake* is called the same and has nothing else to do with it.
    """
    place = draw_place(rng, chinese=chinese, business=True)
    brand, spelled = pick(_BRANDS_ZH_LIST if chinese else _BRANDS_EN_LIST, rng)
    trade = pick((_TRADES_ZH if chinese else _TRADES_EN).split(), rng)
    if namesake is not None:
        place = _elsewhere(rng, namesake.place)
        brand, spelled, trade = namesake.brand, namesake.spelled, namesake.trade
    domain = registrar.domain(spelled if chinese else f"{spelled}-{trade.lower()}")
    return Company(
        id=registrar.party_id(),
        brand=brand,
        spelled=spelled,
        trade=trade,
        legal=pick(_LEGAL[place.country], rng),
        place=place,
        landline=registrar.landline(place),
        mailbox=f"info@{domain}",
        domain=domain,
        size=5 + skewed(rng, 1500),
        ceo=draw_name(rng, chinese=chinese).full,
        joined_days=draw_joined(rng),
        cases=frozenset(("same_name_elsewhere",)) if namesake is not None else frozenset(),
    )


def draw_contacts(rng: Random, registrar: Registrar, company: Company) -> list[Person]:
    """Return one to four people who buy for *company*, each in a job of their own."""
    chinese = company.place.country == "CN"
    jobs = _JOBS_ZH if chinese else _JOBS_EN
    start = int(rng.random() * len(jobs))
    wanted = 1 + int(rng.random() * 4)
    return [_contact(rng, registrar, company, jobs[(start + turn) % len(jobs)]) for turn in range(wanted)]


def changed_job(rng: Random, registrar: Registrar, person: Person, company: Company) -> Person:
    """Return *person* after they left their company for *company*.

    Those who began less than four months ago stay, and nobody goes abroad or to where they are.
    """
    old = person.jobs[-1]
    abroad = company.place.country != person.homes[0][1].country
    if old.since_days < 120 or abroad or old.company_id == company.id:
        return person
    left = 30 + int(rng.random() * (old.since_days - 60))
    new = attrs.evolve(
        old,
        company_id=company.id,
        mailbox=_work_mailbox(registrar, person, company),
        since_days=left,
    )
    jobs = (*person.jobs[:-1], attrs.evolve(old, until_days=left), new)
    return attrs.evolve(person, jobs=jobs, cases=person.cases | {"changed_job"})


def _contact(rng: Random, registrar: Registrar, company: Company, job: tuple[str, str]) -> Person:
    chinese = company.place.country == "CN"
    home = draw_place(rng, chinese=chinese)
    while home.country != company.place.country:
        home = draw_place(rng, chinese=chinese)
    name = draw_name(rng, chinese=chinese)
    person = draw_person(rng, registrar, name=name, home=home, cases=frozenset({"contact"}))
    employment = Employment(
        company_id=company.id,
        job_title=job[0],
        buying_role=job[1],
        mailbox=_work_mailbox(registrar, person, company),
        since_days=person.joined_days,
    )
    return attrs.evolve(person, jobs=(employment,))


def _work_mailbox(registrar: Registrar, person: Person, company: Company) -> str:
    name = person.name
    local = (
        pinyin(name.given) + "." + pinyin(name.family, surname=True)
        if name.chinese
        else f"{latin(name.given)}.{latin(name.family)}"
    )
    return registrar.mailbox(local, company.domain)


def _branch(rng: Random, registrar: Registrar, head: Company) -> Company:
    """Return a branch of *head* in another city of the country; some read the head's mailbox, or have its number."""
    place = _elsewhere(rng, head.place)
    own = registrar.mailbox(latin(place.reading), head.domain)
    return attrs.evolve(
        _part(rng, registrar, head, place, "branch"),
        unit=place.city,
        landline=head.landline if chance(rng, 25) else registrar.landline(place),
        mailbox=head.mailbox if chance(rng, 50) else own,
    )


def _shop(rng: Random, registrar: Registrar, head: Company, number: int) -> Company:
    """Return a shop of *head*, known by its number; most stand in the same city, and few have a mailbox."""
    place = draw_place(rng, chinese=head.place.country == "CN", business=True)
    while place.country != head.place.country:
        place = draw_place(rng, chinese=False, business=True)
    here = head.place
    if chance(rng, 70):
        place = attrs.evolve(
            place, city=here.city, reading=here.reading, region=here.region, area_code=here.area_code,
            postcode=here.postcode, district=here.district,
        )  # fmt: skip
    return attrs.evolve(
        _part(rng, registrar, head, place, "shop"),
        unit=str(number),
        landline=registrar.landline(place),
        mailbox=head.mailbox if chance(rng, 70) else registrar.mailbox(f"store{number}", head.domain),
    )


def _department(rng: Random, registrar: Registrar, head: Company) -> Company:
    """Return a department of *head*: under the same roof, most behind the same switchboard."""
    unit, local = pick(_DEPARTMENTS[head.place.country], rng)
    return attrs.evolve(
        _part(rng, registrar, head, head.place, "department"),
        unit=unit,
        landline=head.landline if chance(rng, 60) else registrar.landline(head.place),
        mailbox=registrar.mailbox(local, head.domain),
    )


def _part(rng: Random, registrar: Registrar, head: Company, place: Place, standing: str) -> Company:
    return attrs.evolve(
        head,
        id=registrar.party_id(),
        standing=standing,
        place=place,
        size=2 + head.size // 5,
        joined_days=draw_joined(rng),
        parent_id=head.id,
        cases=frozenset((standing,)),
    )


def _subsidiary(rng: Random, registrar: Registrar, head: Company) -> Company:
    """Return a company of its own that *head* owns: same brand, another trade, some under the same roof."""
    chinese = head.place.country == "CN"
    trades = [trade for trade in (_TRADES_ZH if chinese else _TRADES_EN).split() if trade != head.trade]
    place = head.place if chance(rng, 30) else _elsewhere(rng, head.place)
    return attrs.evolve(
        head,
        id=registrar.party_id(),
        trade=pick(trades, rng),
        place=place,
        landline=head.landline if place == head.place and chance(rng, 50) else registrar.landline(place),
        mailbox=registrar.mailbox("office", head.domain),
        size=2 + head.size // 3,
        ceo=draw_name(rng, chinese=chinese).full,
        joined_days=draw_joined(rng),
        parent_id=head.id,
        cases=frozenset({"subsidiary"}),
    )


def _holding(rng: Random, registrar: Registrar, head: Company) -> Company:
    """Return the company that owns *head*: same brand, no trade but "group", most under the same roof."""
    place = head.place if chance(rng, 60) else _elsewhere(rng, head.place)
    return attrs.evolve(
        head,
        id=registrar.party_id(),
        standing="holding",
        trade=pick(("集团", "控股") if place.country == "CN" else ("Group", "Holding"), rng),
        place=place,
        landline=head.landline if place == head.place and chance(rng, 60) else registrar.landline(place),
        mailbox=registrar.mailbox("group", head.domain),
        size=2 + head.size * 2,
        joined_days=draw_joined(rng),
        cases=frozenset({"holding"}),
    )


def _numbers(rng: Random) -> tuple[int, ...]:
    """Return the numbers of one or two shops."""
    first = 1 + int(rng.random() * 30)
    return (first, first + 1 + int(rng.random() * 9)) if chance(rng, 60) else (first,)


def _elsewhere(rng: Random, place: Place) -> Place:
    """Return an office in another city of the same country."""
    while True:
        other = draw_place(rng, chinese=place.country == "CN", business=True)
        if other.country == place.country and other.city != place.city:
            return other


_BRANDS_ZH_LIST: Final = tuple(read_pairs(_BRANDS_ZH).items())
_BRANDS_EN_LIST: Final = tuple((brand, brand.lower()) for brand in _BRANDS_EN.split())
