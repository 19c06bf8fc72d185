"""Company words: legal forms, words for a part of an organisation, trades, and places by their many names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

_LEGAL = """
ltd limited plc llp inc incorporated llc lc lp llp corp corporation co company cic pvt private pte pty bhd sdn
gmbh mbh ggmbh ag kg kgaa ohg ug gbr se ev eg ek gesellschaft aktiengesellschaft haftungsbeschrankt
sarl sas sasu sa sca sci scs scop eurl snc gie ei
sl slu sll sau sa sc scoop cb
lda ltda limitada unipessoal eireli sgps
bv nv vof cv ua
spa srl srls sapa
ab as asa aps oy oyj hf ehf kft zrt nyrt bt sro doo dd ad ood eood ooo zao oao pao spzoo sti
kk gk yk pt tbk
"""
_LEGAL_PHRASES = (
    r"of companies",
    r"public limited company",
    r"limited liability (company|partnership|co)",
    r"co\.?,? ?(ltd|limited|kg|inc)\b\.?",
    r"gesellschaft (mit beschrankter haftung|m\.? ?b\.? ?h\.?)",
    r"gesellschaft burgerlichen rechts",
    r"(gmbh|ag|ug|kg) ?(&|und|u\.) ?co\.? ?(kg|kgaa|ohg)?",
    r"eingetragene[rn]? (verein|kaufmann|kauffrau|genossenschaft)",
    r"societe (anonyme|a responsabilite limitee|par actions simplifiee|civile)",
    r"sociedad (anonima|limitada|de responsabilidad limitada)( unipersonal)?",
    r"sociedade (anonima|limitada|unipessoal|por quotas)",
    r"besloten vennootschap|naamloze vennootschap|vennootschap onder firma",
    r"societa (per azioni|a responsabilita limitata)",
    r"sp\.? ?z\.? ?o\.? ?o\.?",
    r"s\. ?r\. ?o\.?",
    r"kabushiki ?(kaisha|gaisha)|godo ?(kaisha|gaisha)|yugen ?(kaisha|gaisha)",
)
_BRANCH = """
branch niederlassung zweigniederlassung zweigstelle geschaftsstelle nl filiale filial filiaal succursale
sucursal delegacion vestiging standort betriebsstatte agence agencia etablissement dependance
"""
_OFFICE = "office bureau buro oficina kantoor escritorio"
_SHOP = """
store shop outlet boutique magasin tienda loja winkel filiale filial filiaal branch restaurant salon depot
markt
"""
_DEPARTMENT = "department dept dpt abteilung abt service departement departamento dpto afdeling team"
_NUMBER = "no nr n num number numero nummer"
_LINKS = "de du d des of in von da do la le in at van te"
_AND = "and und et y e en the"
_GROUP = "group groupe gruppe grupo gruppo groep grupa holding holdings konzern"
_WORDS = """
international:intl,internat,int technology:tech,technologies,technol engineering:eng,engg,engrg
electronics:elec,electr,electronic manufacturing:mfg,mfrs,manufacturers management:mgmt,mgt
services:svc,svcs,serv service:svce association:assoc,assn brothers:bros consulting:consult,consultants
logistics:logist machinery:mach,machine education:edu,educ industries:ind,inds,industry
development:dev,devel trading:trdg national:natl,nat university:univ laboratory:lab,labs,laboratories
pharmaceuticals:pharm,pharma department:dept food:foods software:sw chemicals:chem,chemical
medical:med construction:constr,const equipment:equip,eqpt products:prod,prods product insurance:ins
transport:transp hospital:hosp center:centre,ctr,cntr enterprises:ent,enterprise import:imp export:exp
"""
_TRADES = """
科技:technology 技术:technology 网络:network 信息:information 贸易:trading 商贸:trading 物流:logistics 食品:food
电子:electronics 机械:machinery 服饰:apparel 服装:garment 文化:culture 传媒:media 管理:management
咨询:consulting 建筑:construction 工程:engineering 医疗:medical 器械:devices 教育:education
环保:environmental 软件:software 餐饮:catering 酒店:hotel 材料:materials 实业:industrial 投资:investment
化工:chemicals 生物:biological 制药:pharmaceuticals 医药:pharmaceuticals 汽车:automotive 电器:appliances
电气:electric 智能:intelligent 通信:communications 能源:energy 设备:equipment 设计:design 广告:advertising
旅游:travel 国际:international 包装:packaging 印刷:printing 家具:furniture 纺织:textiles 农业:agriculture
房地产:estate 装饰:decoration 进出口:import·export 供应链:supply·chain 数据:data 金融:finance 保险:insurance
制造:manufacturing 服务:services 发展:development 化学:chemicals 媒体:media 运输:transport 银行:bank 零售:retail
营销:marketing 法律:law 会计:accounting 咖啡:coffee 茶业:tea 出版:publishing 安防:security 珠宝:jewellery
"""
_VAGUE = """
technology management services development international industrial investment manufacturing devices materials
"""
_DEPARTMENTS = """
purchasing:采购,einkauf,achats,compras,inkoop,procurement
sales:销售,业务,营销,vertrieb,verkauf,ventes,ventas,verkoop,vendas marketing:市场,企划
hr:人事,人力资源,personal,personnel,rh,human·resources,rrhh finance:财务,finanzen,finances,finanzas
accounting:会计,buchhaltung,comptabilite,contabilidad,accounts
admin:行政,综合,verwaltung,administration,administracion
it:信息,edv,informatique,informatica engineering:工程,技术 research:研发,forschung,recherche,rd
legal:法务,recht,juridique support:客服,kundendienst,customer·service
logistics:物流,logistik,logistique operations:运营,生产,betrieb,production
projects:项目 facilities:后勤,haustechnik
"""
_CHINESE_CITIES = """
北京beijing 上海shanghai 天津tianjin 重庆chongqing 广州guangzhou 深圳shenzhen 成都chengdu 杭州hangzhou
武汉wuhan 西安xian 苏州suzhou 南京nanjing 长沙changsha 郑州zhengzhou 青岛qingdao 宁波ningbo 济南jinan
沈阳shenyang 大连dalian 合肥hefei 无锡wuxi 佛山foshan 东莞dongguan 福州fuzhou 厦门xiamen 泉州quanzhou
温州wenzhou 昆明kunming 哈尔滨harbin 长春changchun 石家庄shijiazhuang 太原taiyuan 南宁nanning 贵阳guiyang
南昌nanchang 兰州lanzhou 海口haikou 常州changzhou 徐州xuzhou 南通nantong 烟台yantai 珠海zhuhai
中山zhongshan 惠州huizhou 嘉兴jiaxing 绍兴shaoxing 金华jinhua 台州taizhou 扬州yangzhou 洛阳luoyang
潍坊weifang 乌鲁木齐urumqi 呼和浩特hohhot 银川yinchuan 西宁xining 拉萨lhasa 香港hongkong 澳门macau
台北taipei 镇江zhenjiang 盐城yancheng 湖州huzhou 芜湖wuhu 漳州zhangzhou 汕头shantou 江门jiangmen
湛江zhanjiang 桂林guilin 柳州liuzhou 三亚sanya 宜昌yichang 襄阳xiangyang 株洲zhuzhou 唐山tangshan
保定baoding 包头baotou 鞍山anshan 淄博zibo 临沂linyi 威海weihai 绵阳mianyang 义乌yiwu 昆山kunshan
东京tokyo 大阪osaka 首尔seoul 新加坡singapore 伦敦london 巴黎paris 纽约newyork 慕尼黑munich 柏林berlin
汉堡hamburg 法兰克福frankfurt 科隆cologne 里昂lyon 马德里madrid 洛杉矶losangeles 芝加哥chicago 悉尼sydney
"""
_PROVINCES = """
河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃
青海 台湾 内蒙古 广西 西藏 宁夏 新疆
"""
_WESTERN_CITIES = """
london manchester birmingham leeds bristol edinburgh glasgow liverpool sheffield cardiff belfast nottingham
newcastle southampton leicester cambridge oxford reading york brighton coventry dublin cork
newyork:new·york,nyc chicago boston seattle denver austin portland houston dallas miami atlanta philadelphia
phoenix detroit minneapolis baltimore washington:washington·dc losangeles:los·angeles sandiego:san·diego
sanfrancisco:san·francisco sanjose:san·jose lasvegas:las·vegas toronto montreal vancouver calgary ottawa
mexicocity:ciudad·de·mexico,mexico·city bogota lima santiago buenosaires:buenos·aires
berlin hamburg munich:munchen,muenchen cologne:koln,koeln leipzig frankfurt:frankfurt·am·main stuttgart
dusseldorf:duesseldorf dortmund essen bremen dresden hanover:hannover nuremberg:nurnberg,nuernberg bonn
mannheim karlsruhe augsburg freiburg mainz kiel rostock erfurt vienna:wien graz linz salzburg zurich:zuerich
geneva:geneve,genf basel:bale bern:berne lausanne
paris lyon nantes toulouse marseille nice lille bordeaux strasbourg rennes grenoble montpellier reims dijon
brussels:bruxelles,brussel,bruessel antwerp:antwerpen,anvers ghent:gent,gand luxembourg:luxemburg
amsterdam rotterdam utrecht eindhoven groningen hague:den·haag,the·hague
madrid barcelona valencia sevilla:seville bilbao zaragoza malaga lisbon:lisboa,lissabon porto:oporto braga
coimbra saopaulo:sao·paulo riodejaneiro:rio·de·janeiro brasilia curitiba
rome:roma,rom milan:milano,mailand turin:torino naples:napoli florence:firenze,florenz bologna venice:venezia
copenhagen:kobenhavn,kopenhagen stockholm oslo helsinki gothenburg:goteborg aarhus malmo
warsaw:warszawa,warschau krakow:cracow,krakau prague:praha,prag budapest athens:athina moscow:moskva,moskau
istanbul dubai abudhabi:abu·dhabi mumbai:bombay delhi:new·delhi bangalore:bengaluru singapore
hongkong:hong·kong macau:macao tokyo osaka kyoto nagoya seoul taipei sydney melbourne brisbane perth auckland
johannesburg capetown:cape·town cairo nairobi lagos
"""
_COUNTRIES = """
uk:united·kingdom,gb,great·britain usa:us,america,united·states,north·america germany:deutschland,allemagne
france:frankreich spain:espana,spanien italy:italia,italien portugal netherlands:nederland,holland
belgium:belgique,belgien austria:osterreich,oesterreich switzerland:schweiz,suisse,svizzera poland:polska,polen
china:中国 japan:日本 korea india:indien brazil:brasil canada australia mexico:mexiko sweden:sverige denmark:danmark
norway:norge finland:suomi ireland europe:europa,emea asia:apac russia turkey
"""


def _entries(table: str) -> dict[str, tuple[str, ...]]:
    """Return what each word of a table stands for: the words after its colon, a dot in them being a space."""
    parts = (entry.partition(":") for entry in table.split())
    return {
        head.replace("·", " "): tuple(word.replace("·", " ") for word in tail.split(",") if word)
        for head, _, tail in parts
    }


def _backwards(table: str) -> dict[str, str]:
    """Return, for each word of a table and for all that stands for it, the word."""
    return {form: head for head, tail in _entries(table).items() for form in (head, *tail)}


def _forwards(table: str) -> dict[str, str]:
    return {head: tail[0] for head, tail in _entries(table).items()}


_CITY: Final = re.compile(r"([^\W\d_a-z]+)([a-z]+)")


def any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of *words*, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=lambda word: (-len(word), word)))


CHINESE_PLACES: Final[Mapping[str, str]] = dict(_CITY.findall(_CHINESE_CITIES))
"""A city in Chinese -> the city."""
PROVINCES: Final = frozenset(_PROVINCES.split())
"""Provinces and regions of China, without their kind."""
CHINA_IN_LATIN: Final = frozenset(CHINESE_PLACES.values())
"""Cities that stand before a company's name in Latin letters, as they do in Chinese."""
COUNTRIES: Final = frozenset(_entries(_COUNTRIES))
"""Countries and parts of the world."""
CITIES: Final = CHINA_IN_LATIN | _entries(_WESTERN_CITIES).keys()
"""Cities, each by one name in Latin letters."""
PLACES: Final[Mapping[str, str]] = {
    **{city: city for city in CHINA_IN_LATIN},
    **_backwards(_WESTERN_CITIES),
    **_backwards(_COUNTRIES),
}
"""What a city or country is called in Latin letters -> the place."""
LEGAL_WORDS: Final = frozenset(_LEGAL.split())
"""Words for the legal form of a company."""
LEGAL_PHRASES: Final = re.compile(rf"\b(?:{'|'.join(_LEGAL_PHRASES)})(?!\w)")
"""Legal forms of several words."""
BRANCH_WORDS: Final = frozenset(_BRANCH.split())
"""Words for a branch, which stand before or after its place."""
OFFICE_WORDS: Final = frozenset(_OFFICE.split())
"""Words that mean a branch only where they stand apart, or beside a place."""
SHOP_WORDS: Final = frozenset(_SHOP.split())
"""Words for a shop, which stand before its number."""
DEPARTMENT_WORDS: Final = frozenset(_DEPARTMENT.split())
"""Words for a department."""
NUMBER_WORDS: Final = frozenset(_NUMBER.split())
"""Words before the number of a shop."""
LINK_WORDS: Final = frozenset(_LINKS.split())
"""Words between a branch and its place."""
AND_WORDS: Final = frozenset(_AND.split())
"""Words that one writer leaves out of a name and another does not."""
GROUP_WORDS: Final = frozenset(_GROUP.split())
"""Words for a company that owns others."""
WORDS: Final[Mapping[str, str]] = _backwards(_WORDS)
"""A word of a company's name, or what is short for it -> the word."""
TRADES: Final[Mapping[str, str]] = {
    word: WORDS.get(english, english) for word, english in _forwards(_TRADES).items()
}
"""What a Chinese company does, as its name says it -> the same in English."""
TRADE_WORD: Final = re.compile(any_of(TRADES))
"""One word of a Chinese name that says what the company does."""
TRADES_AT_END: Final = re.compile(f"(?:{TRADE_WORD.pattern})+$")
"""All of them that stand at its end."""
VAGUE_TRADES: Final = frozenset(_VAGUE.split())
"""Trades that a company may name beside another, or leave out."""
DEPARTMENTS: Final[Mapping[str, str]] = _backwards(_DEPARTMENTS)
"""What a department is called -> the department."""
