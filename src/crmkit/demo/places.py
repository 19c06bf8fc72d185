"""Places: where people live and work, and how their addresses and telephone numbers are written."""

from __future__ import annotations

from random import Random
from typing import Final, final

import attrs

from crmkit.demo.names import Pool, chance, pick, pool

# city | its reading | province | area code | first four digits of the postcode | districts
_CITIES_ZH: Final = """
北京|Beijing|北京|10|1000|朝阳区 海淀区 西城区 东城区 丰台区
上海|Shanghai|上海|21|2000|浦东新区 徐汇区 静安区 黄浦区 闵行区
广州|Guangzhou|广东|20|5100|天河区 越秀区 海珠区 白云区 番禺区
深圳|Shenzhen|广东|755|5180|南山区 福田区 罗湖区 宝安区 龙岗区
成都|Chengdu|四川|28|6100|武侯区 锦江区 青羊区 成华区
重庆|Chongqing|重庆|23|4000|渝中区 江北区 南岸区 沙坪坝区
杭州|Hangzhou|浙江|571|3100|西湖区 上城区 拱墅区 滨江区
武汉|Wuhan|湖北|27|4300|武昌区 江汉区 洪山区 汉阳区
西安|Xi'an|陕西|29|7100|雁塔区 碑林区 未央区 莲湖区
苏州|Suzhou|江苏|512|2150|姑苏区 吴中区 虎丘区 相城区
南京|Nanjing|江苏|25|2100|鼓楼区 玄武区 秦淮区 建邺区
天津|Tianjin|天津|22|3000|和平区 南开区 河西区 河东区
长沙|Changsha|湖南|731|4100|岳麓区 芙蓉区 雨花区 天心区
郑州|Zhengzhou|河南|371|4500|金水区 中原区 二七区 管城区
青岛|Qingdao|山东|532|2660|市南区 市北区 崂山区 李沧区
宁波|Ningbo|浙江|574|3150|海曙区 鄞州区 江北区 镇海区
济南|Jinan|山东|531|2500|历下区 市中区 槐荫区 天桥区
沈阳|Shenyang|辽宁|24|1100|和平区 沈河区 铁西区 皇姑区
大连|Dalian|辽宁|411|1160|中山区 西岗区 沙河口区 甘井子区
合肥|Hefei|安徽|551|2300|庐阳区 蜀山区 包河区 瑶海区
"""
_STREETS_ZH: Final = """
人民路 中山路 解放路 建设路 文化路 和平路 新华路 长江路 黄河路 南京路 北京路 光明路 胜利路 友谊路 东风路
幸福路 学院路 体育路 花园路 公园路 湖滨路 滨海路 青年路 团结路 富强街 兴业街 长安街 朝阳路 望江路 凤凰路
梧桐路 玉兰路 桂花街 翠湖路 龙井路 天目山路 清泉路 云山路 科技路 创新大道 世纪大道 迎宾大道 府前街 钟楼街
东门街 西湖路 南湖路
"""
_ESTATES_ZH: Final = """
阳光花园 翠湖雅苑 金色家园 万和城 锦绣华庭 星河湾 碧水云天 丽景苑 紫荆花园 御景园 书香门第 幸福里 枫林绿洲
云顶公寓 江南春晓 梧桐公寓 香榭丽园 清华苑 东方明珠苑 春江花园 水木年华 天鹅湖畔
"""
# country | city | region | area code | postcode pattern (# any digit, @ a letter)
_CITIES_EN: Final = """
GB|London|England|20|SW# #@@
GB|Manchester|England|161|M## #@@
GB|Birmingham|England|121|B## #@@
GB|Leeds|England|113|LS## #@@
GB|Bristol|England|117|BS# #@@
GB|Edinburgh|Scotland|131|EH# #@@
GB|Glasgow|Scotland|141|G## #@@
US|New York|New York|212|100##
US|Chicago|Illinois|312|606##
US|Boston|Massachusetts|617|021##
US|Seattle|Washington|206|981##
US|Denver|Colorado|303|802##
US|Austin|Texas|512|787##
US|Portland|Oregon|503|972##
DE|Berlin|Berlin|30|10###
DE|Hamburg|Hamburg|40|20###
DE|München|Bayern|89|80###
DE|Köln|Nordrhein-Westfalen|221|50###
DE|Leipzig|Sachsen|341|04###
FR|Paris|Île-de-France|1|750##
FR|Lyon|Auvergne-Rhône-Alpes|4|690##
FR|Nantes|Pays de la Loire|2|440##
FR|Toulouse|Occitanie|5|310##
"""
_STREETS_EN: Final = {
    "GB": """High Church Station Victoria Green Manor Kings Queens Park Mill Chapel Albert School London
    York Grange Windsor Elm Maple Oakfield Priory Rectory Sandringham Meadow Orchard Castle Bridge
    Clarence Alexandra""",
    "US": """Oak Maple Cedar Elm Washington Lake Hill Walnut Spring Ridge Church Willow Lincoln Jackson
    Madison Franklin Sunset River Jefferson Chestnut Highland Magnolia Sycamore Juniper Dogwood Hickory
    Laurel""",
    "DE": """Linden Bahnhof Garten Schul Haupt Berg Wald Wiesen Kirch Mühlen Goethe Schiller Rosen Birken
    Eichen Buchen Ahorn Kastanien Feld Park See Burg Markt Brunnen Tannen Amsel Drossel""",
    "FR": """des-Lilas Victor-Hugo de-la-Gare Jean-Jaurès Pasteur de-la-République des-Écoles du-Moulin
    des-Roses Émile-Zola de-l'Église du-Stade Gambetta Voltaire de-la-Fontaine des-Tilleuls du-Château
    de-Verdun Jules-Ferry des-Acacias du-Marché Molière Lafayette des-Vignes""",
}
_STREET_KINDS: Final = {
    "GB": ("Road", "Street", "Avenue", "Lane", "Close"),
    "US": ("Street", "Avenue", "Drive", "Boulevard", "Lane"),
    "DE": ("straße", "straße", "weg", "allee"),
    "FR": ("rue", "rue", "avenue", "boulevard"),
}
_MOBILE: Final = {
    "CN": (
        "+86",
        "130 131 132 133 135 136 137 138 139 150 151 152 157 158 159 180 181 182 185 186 187 188 189",
        8,
    ),
    "GB": ("+44", "7400 7411 7500 7511 7720 7711 7800 7811 7900 7912", 6),
    "US": ("+1", "212 312 617 206 303 512 503", 7),
    "DE": ("+49", "1511 1512 1515 1516 1520 1522 1573 1575", 7),
    "FR": ("+33", "61 62 66 67 68", 7),
}
# a landline's subscriber number: what it begins with, how many digits follow
_LANDLINE: Final = {
    "CN": ("6", 7),
    "GB": ("2", 6),
    "US": ("", 7),
    "DE": ("4", 6),
    "FR": ("7", 7),
}


@final
@attrs.frozen(kw_only=True)
class Place:
    """An address.

    Attributes:
        country: ISO 3166 alpha-2 code.
        city: City, in its own script.
        reading: City in Latin letters.
        region: State or province.
        area_code: Telephone area code, without a leading zero.
        postcode: Postal code.
        district: District of a Chinese city, else "".
        street: Street with its kind: "Maple Road", "Lindenstraße", "rue Pasteur", "人民路".
        number: House number.
        estate: Housing estate of a Chinese address, else "".
        unit: Flat, apartment or room, or "".
    """

    country: str
    city: str
    reading: str
    region: str
    area_code: str
    postcode: str
    district: str
    street: str
    number: int
    estate: str
    unit: str

    @property
    def written(self) -> str:
        """The street address as its owner writes it, without the city."""
        if self.country == "CN":
            return f"{self.district}{self.street}{self.number}号{self.estate}{self.unit}"
        if self.country == "DE":
            return f"{self.street} {self.number}"
        line = f"{self.number} {self.street}"
        return f"{line}, {self.unit}" if self.unit else line


def draw_place(rng: Random, *, chinese: bool, business: bool = False) -> Place:
    """Return an address of a home, or of an office if it is for *business*."""
    return _place_zh(rng, business=business) if chinese else _place_en(rng)


def draw_mobile(rng: Random, country: str, serial: int) -> str:
    """Return a mobile number as E.164; different serials below a million give different numbers."""
    prefix, ranges, digits = _MOBILE[country]
    return f"{prefix}{pick(ranges.split(), rng)}{_subscriber(country, serial, digits)}"


def draw_landline(place: Place, serial: int) -> str:
    """Return a landline of *place* as E.164; different serials below a million give different numbers."""
    first, digits = _LANDLINE[place.country]
    if place.country == "GB" and len(place.area_code) == 2:
        first = "77"
    return f"{_MOBILE[place.country][0]}{place.area_code}{first}{_subscriber(place.country, serial, digits)}"


def _subscriber(country: str, serial: int, digits: int) -> str:
    """Return *digits* digits that scatter the serials; an American exchange is 234 to 986, never N11."""
    scattered = (serial * 7_654_321 + 1_234_567) % 10**digits
    if country != "US":
        return f"{scattered:0{digits}d}"
    exchange, line = divmod(scattered, 10_000)
    return f"{_EXCHANGES[exchange % len(_EXCHANGES)]}{line:04d}"


def _place_zh(rng: Random, *, business: bool) -> Place:
    city, reading, region, area_code, prefix, districts = _CITIES_ZH_POOL.draw(rng).split("|")
    unit = f"{1 + int(rng.random() * 30)}层" if business else _room(rng)
    return Place(
        country="CN",
        city=city,
        reading=reading,
        region=region,
        area_code=area_code,
        postcode=f"{prefix}{int(rng.random() * 100):02d}",
        district=pick(districts.split(), rng),
        street=pick(_STREETS_ZH_LIST, rng),
        number=1 + int(rng.random() * 999),
        estate=pick(("大厦", "中心", "广场", "科技园"), rng) if business else pick(_ESTATES_ZH_LIST, rng),
        unit=unit,
    )


def _room(rng: Random) -> str:
    building, floor, door = (1 + int(rng.random() * top) for top in (30, 28, 6))
    return f"{building}栋{floor}{door:02d}室"


def _place_en(rng: Random) -> Place:
    country, city, region, area_code, pattern = pick(_CITIES_EN_LIST, rng).split("|")
    unit = ""
    if country != "DE" and chance(rng, 35):
        unit = f"{'Flat' if country == 'GB' else 'Apt'} {1 + int(rng.random() * 60)}"
    return Place(
        country=country,
        city=city,
        reading=city,
        region=region,
        area_code=area_code,
        postcode="".join(_from_pattern(one, rng) for one in pattern),
        district="",
        street=_street_en(country, rng),
        number=1 + int(rng.random() * (240 if country != "US" else 4800)),
        estate="",
        unit=unit,
    )


def _street_en(country: str, rng: Random) -> str:
    name = pick(_STREETS_EN_LISTS[country], rng)
    kind = pick(_STREET_KINDS[country], rng)
    if country == "DE":
        return name + kind
    return f"{kind} {name.replace('-', ' ')}" if country == "FR" else f"{name} {kind}"


def _from_pattern(sign: str, rng: Random) -> str:
    if sign == "#":
        return str(int(rng.random() * 10))
    return pick("ABDEFGHJLNPQRSTUWXYZ", rng) if sign == "@" else sign


_CITIES_ZH_POOL: Final[Pool] = pool(_CITIES_ZH.strip().splitlines(), head=4)
_CITIES_EN_LIST: Final = _CITIES_EN.strip().splitlines()
_STREETS_ZH_LIST: Final = _STREETS_ZH.split()
_ESTATES_ZH_LIST: Final = _ESTATES_ZH.split()
_STREETS_EN_LISTS: Final = {country: text.split() for country, text in _STREETS_EN.items()}
_EXCHANGES: Final = tuple(number for number in range(234, 987) if number % 100 != 11)
