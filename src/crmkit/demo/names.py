"""Names: what people are called, in Chinese and in Western languages, as often as it happens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from string import ascii_lowercase
from typing import Final, TypeVar, final

import attrs

T = TypeVar("T")

# Surname and reading, most frequent first, in about the order of China's national name report of 2020.
_SURNAMES_ZH: Final = """
王wang 李li 张zhang 刘liu 陈chen 杨yang 黄huang 赵zhao 吴wu 周zhou 徐xu 孙sun 马ma 朱zhu 胡hu 林lin 郭guo
何he 高gao 罗luo 郑zheng 梁liang 谢xie 宋song 唐tang 许xu 邓deng 冯feng 韩han 曹cao 曾zeng 彭peng 萧xiao
蔡cai 潘pan 田tian 董dong 袁yuan 于yu 余yu 叶ye 蒋jiang 杜du 苏su 魏wei 程cheng 丁ding 沈shen 任ren 姚yao
卢lu 傅fu 钟zhong 姜jiang 崔cui 谭tan 廖liao 范fan 汪wang 陆lu 金jin 石shi 戴dai 贾jia 韦wei 夏xia 邱qiu
方fang 侯hou 邹zou 熊xiong 孟meng 秦qin 白bai 江jiang 阎yan 薛xue 尹yin 段duan 雷lei 黎li 史shi 龙long
陶tao 贺he 顾gu 毛mao 郝hao 龚gong 邵shao 万wan 钱qian 严yan 赖lai 覃qin 洪hong 武wu 莫mo 孔kong 汤tang
向xiang 常chang 温wen 康kang 施shi 文wen 牛niu 樊fan 葛ge 邢xing 安an 齐qi 易yi 乔qiao 庞pang 颜yan 倪ni
庄zhuang 聂nie 章zhang 鲁lu 岳yue 翟zhai 单shan 解xie 欧阳ouyang 司马sima
"""
_SURNAME_SHARES: Final = (
    *(710, 700, 620, 510, 450, 310, 220, 205, 200, 190, 150, 140, 130, 130, 130, 115, 110, 110, 105, 95),
    *(90, 88, 75, 74, 70),
)  # of 10,000 people; from here on 1,800 divided by the rank plus two

_GIVEN_ZH_F: Final = """
芳fang 娜na 敏min 静jing 丽li 艳yan 娟juan 霞xia 秀xiu 玲ling 桂gui 英ying 红hong 梅mei 婷ting 雪xue 琳lin
颖ying 慧hui 倩qian 洁jie 佳jia 怡yi 欣xin 悦yue 萍ping 燕yan 莉li 莹ying 雯wen 蕾lei 薇wei 琴qin 琪qi
瑶yao 妍yan 媛yuan 璐lu 菲fei 蓉rong 菊ju 珍zhen 珠zhu 翠cui 凤feng 淑shu 美mei 惠hui 晶jing 彤tong 诗shi
涵han 梦meng 婉wan 岚lan 芸yun 茜qian 冰bing 爽shuang 妮ni 莎sha 柔rou 馨xin 韵yun 瑾jin 璇xuan 蕊rui
芝zhi 苗miao 荷he 蓓bei 楠nan 筠yun 黛dai 娇jiao 嫣yan 婕jie 姗shan 娴xian 露lu 素su 贞zhen 香xiang 月yue
春chun 秋qiu 巧qiao 环huan 琼qiong 菁jing 萱xuan 葵kui 依yi 语yu 可ke 念nian 羽yu 曦xi 忆yi 紫zi 雅ya
宁ning 思si 晓xiao 兰lan 玉yu 桃tao 莲lian 菱ling 苑yuan 芬fen 芹qin 茹ru 蔓man 薏yi 蓝lan 虹hong 贝bei
钰yu 锦jin 雁yan 霏fei 静jing 韶shao 颐yi 飘piao 黎li 湘xiang 潇xiao 滢ying 漫man 沁qin 汐xi 润run 清qing
"""
_GIVEN_ZH_M: Final = """
伟wei 强qiang 磊lei 军jun 洋yang 勇yong 杰jie 涛tao 超chao 明ming 刚gang 平ping 辉hui 鹏peng 斌bin 波bo
宇yu 浩hao 凯kai 健jian 俊jun 帆fan 帅shuai 旭xu 龙long 飞fei 峰feng 建jian 国guo 华hua 志zhi 永yong
亮liang 林lin 云yun 海hai 山shan 东dong 成cheng 康kang 新xin 利li 清qing 彬bin 昌chang 富fu 顺shun 信xin
良liang 胜sheng 学xue 才cai 武wu 江jiang 河he 福fu 生sheng 松song 梁liang 栋dong 维wei 启qi 克ke 伦lun
翔xiang 阳yang 鑫xin 豪hao 轩xuan 泽ze 瑞rui 晨chen 哲zhe 博bo 睿rui 航hang 毅yi 宏hong 达da 振zhen 庆qing
兴xing 广guang 义yi 仁ren 德de 光guang 家jia 邦bang 承cheng 先xian 安an 厚hou 庭ting 炎yan 彪biao 岩yan
坤kun 昊hao 朗lang 枫feng 楷kai 森sen 沛pei 洪hong 浪lang 淳chun 渊yuan 源yuan 潮chao 炜wei 炳bing 焕huan
煜yu 皓hao 硕shuo 礼li 祥xiang 祺qi 绍shao 继ji 耀yao 胤yin 腾teng 舟zhou 苍cang 荣rong 虎hu 贤xian 越yue
跃yue 远yuan 锋feng 锐rui 钧jun 铭ming 镇zhen 霖lin 韬tao 颂song 驰chi 骏jun 骁xiao 鸿hong 麒qi 嘉jia
恒heng 卓zhuo 奇qi 正zheng 立li 元yuan 全quan 冬dong 力li 世shi 少shao 友you 金jin 风feng 雨yu 星xing
书shu 墨mo 卿qing 意yi 然ran 尧yao 舜shun 禹yu 易yi 昱yu 景jing 智zhi 勤qin 谦qian 诚cheng 向xiang 开kai
运yun 展zhan 冠guan 敬jing 尚shang 弘hong 彦yan 征zheng 政zheng 显xian 培pei 宪xian 容rong 季ji 孝xiao
守shou 定ding 宗zong 宝bao 尊zun 岳yue 川chuan 峻jun 崇chong 嵩song
"""
_GIVEN_ZH_ANY: Final = """
文wen 子zi 天tian 小xiao 一yi 晓xiao 思si 嘉jia 俊jun 志zhi 建jian 国guo 玉yu 雨yu 雪xue 春chun 海hai
明ming 永yong 新xin 家jia 佳jia 立li 金jin 美mei 丽li 秀xiu 淑shu 桂gui 红hong 瑞rui 若ruo 梓zi 诗shi
欣xin 慧hui 静jing 宇yu 浩hao 泽ze 晨chen 博bo 景jing 振zhen 庆qing 兴xing 德de 光guang 承cheng 世shi
少shao 元yuan 正zheng 向xiang 开kai 成cheng 宝bao 培pei 云yun 林lin 清qing 江jiang 沛pei 润run 怀huai
知zhi 亦yi 书shu
"""

_GIVEN_EN_M: Final = """
James John Robert Michael William David Thomas Richard Charles Joseph Daniel Christopher Matthew Anthony
Mark Paul Steven Andrew Kenneth George Peter Edward Brian Kevin Stephen Jonathan Timothy Alexander
Benjamin Samuel Nicholas Patrick Gregory Frederick Raymond Lawrence Martin Simon Philip Alan Henry Arthur
Albert Jack Oliver Harry Oscar Leo Felix Max Lukas Jonas Finn Paulus Elias Noah Emil Anton Jakob Moritz
Niklas Tobias Sebastian Florian Stefan Andreas Wolfgang Klaus Jürgen Dieter Günter Helmut Werner Uwe Rolf
Bernd Ralf Jörg Torsten Sven Matthias Markus Dirk Frank Holger Karsten Heiko Jens Lars Nils Jean Pierre
Michel André Philippe Alain Jacques Bernard Olivier Laurent Christophe Nicolas Julien Antoine Étienne
Mathieu Guillaume Hugo Lucas Théo Louis Gabriel Raphaël Arnaud Benoît Cédric Damien Fabien Grégoire Yves
Luc Rémi Sylvain Thierry Vincent Xavier Adrian Graham Neil Stuart Trevor Keith Nigel Ian Duncan Callum
Ewan Rory Declan Liam Connor Aidan Dylan Owen Rhys Gareth Ethan Logan Mason Caleb Isaac Nathan Aaron
"""
_GIVEN_EN_F: Final = """
Mary Patricia Jennifer Linda Elizabeth Barbara Susan Jessica Sarah Karen Margaret Catherine Nancy Sandra
Ashley Emily Kimberly Donna Michelle Carol Amanda Dorothy Melissa Deborah Stephanie Rebecca Laura Helen
Cynthia Amy Angela Anna Ruth Brenda Pamela Nicole Katherine Samantha Christine Emma Virginia Rachel Janet
Maria Heather Diane Julie Joyce Victoria Kelly Christina Joan Evelyn Judith Olivia Sophie Charlotte Grace
Chloe Lucy Hannah Amelia Isabella Ella Alice Florence Harriet Eleanor Imogen Beatrice Rosalind Fiona Morag
Eilidh Siobhan Niamh Sabine Petra Monika Renate Ursula Ingrid Birgit Heike Anja Katrin Silke Ulrike
Claudia Martina Gabriele Brigitte Gisela Helga Johanna Lena Lea Mia Greta Frieda Clara Marlene Antonia
Franziska Theresa Magdalena Nathalie Isabelle Sylvie Céline Aurélie Émilie Élodie Camille Manon Léa Inès
Juliette Margaux Mathilde Pauline Clémence Hélène Françoise Monique Chantal Nadine Véronique Valérie
Sandrine Delphine Agnès Odile Solange Gwen Megan Bronwyn Paige Jade Holly Naomi Abigail Madeline Hazel
Violet Ivy Stella Audrey Claire Natalie Vanessa Jasmine Leah Miriam Rosa
"""
_SURNAMES_EN: Final = """
Smith Jones Williams Taylor Brown Müller Johnson Davies Wilson Martin Schmidt Evans Thomas Roberts Walker
Wright Robinson Thompson White Hughes Edwards Green Hall Wood Harris Lewis Clarke Jackson Schneider
Fischer Weber Meyer Wagner Becker Schulz Hoffmann Bernard Dubois Durand Moreau Laurent Simon Michel
Lefebvre Leroy Roux David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Miller
Davis Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Anderson Moore Lee Perez Clark Ramirez Young
Allen King Scott Torres Nguyen Hill Flores Adams Nelson Baker Rivera Campbell Mitchell Carter Gomez
Phillips Turner Diaz Parker Cruz Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz
Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez James
Bennett Gray Mendoza Ruiz Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Bauer Koch
Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner
Krause Meier Lehmann Köhler Maier Herrmann König Walter Mayer Huber Kaiser Fuchs Peters Lang Scholz Möller
Weiß Jung Hahn Schubert Vogel Friedrich Keller Günther Frank Berger Winkler Roth Beck Lorenz Baumann
Franke Albrecht Schuster Simmons Winter Kraus Martens Böhm Schulte Arnold Seidel Heinrich Haas Graf
Schreiber Dietrich Ziegler Kuhn Pohl Engel Horn Busch Bergmann Voigt Sauer Arndt Wolff Pfeiffer Gautier
Garnier Faure Chevalier Francois Legrand Gauthier Perrin Robin Clement Morin Nicolas Henry Roussel Mathieu
Gérard Blanc Boyer Marchand Duval Denis Dumont Marie Lemaire Noel Meunier Dufour Blanchard Brun Guérin
Rivière Roger Aubert Carpentier Colin Renard Lacroix Caron Fabre Mercier Vidal Lucas Picard Barbier Arnaud
Leclerc Hubert Rey Benoit Payet Baron Charpentier Moulin Poirier Adam Cousin Brunet Maillard Olivier
Gaillard Hamilton Graham Fisher Harrison Gibson McDonald Marshall Owen Simpson Powell Butler Barnes
Russell Stevens Palmer Mills Hunt Knight Matthews Fletcher Lloyd Mason Chapman Webb Rose Harvey Ellis
Barker Saunders Dixon Pearson Fox Shaw Murray Ford Reynolds Burton Armstrong Ferguson Spencer Burns
Wallace Hawkins Gardner Payne Crawford Grant Stone Hart Bradley Andrews Cole West Jordan Owens Nash
Sinclair Drummond Kerr Munro Buchanan Cameron MacLeod Fraser Boyd Craig Forbes Gordon Innes Lindsay
Maxwell Ogilvie Pringle Ramsay Rennie Sutherland Urquhart Abbott Ashworth Atkinson Bancroft Barlow
Bradshaw Brennan Briggs Byrne Chadwick Connolly Crowther Cullen Dalton Daly Doherty Donovan Doyle Duffy
Fitzgerald Flynn Gallagher Haworth Hobbs Holt Kavanagh Keane Kershaw Lockwood Maguire Nolan Ogden
Pickering Quinn Ratcliffe Redmond Sheridan Slater Sweeney Thornton Tierney Underwood Vaughan Wainwright
Whitaker Wilkes Yates Ainsworth Beaumont Calloway Delacroix Everett Hollis Jessop Kirby Langley Merrick
Norris Prescott
"""
_NICKNAMES: Final = """
William:Bill,Will,Billy Robert:Bob,Rob,Bobby Richard:Rick,Dick Michael:Mike,Mick James:Jim,Jamie
John:Jack,Johnny Charles:Charlie,Chuck Thomas:Tom,Tommy Joseph:Joe Daniel:Dan,Danny Christopher:Chris
Matthew:Matt Anthony:Tony Steven:Steve Stephen:Steve Andrew:Andy,Drew Kenneth:Ken Edward:Ed,Ted
Jonathan:Jon Timothy:Tim Alexander:Alex,Sandy Benjamin:Ben Samuel:Sam Nicholas:Nick Patrick:Pat,Paddy
Gregory:Greg Frederick:Fred Raymond:Ray Lawrence:Larry Philip:Phil Henry:Harry Sebastian:Basti Tobias:Tobi
Matthias:Matze Wolfgang:Wolf Elizabeth:Liz,Beth,Betty Patricia:Pat,Trish Jennifer:Jen,Jenny Barbara:Barb
Susan:Sue Jessica:Jess Margaret:Maggie,Peggy,Meg Catherine:Cathy,Kate Katherine:Kathy,Kate Sandra:Sandy
Kimberly:Kim Amanda:Mandy Dorothy:Dot,Dolly Deborah:Debbie,Deb Stephanie:Steph Rebecca:Becky Pamela:Pam
Samantha:Sam Christine:Chris,Tina Victoria:Vicky,Tori Christina:Tina Judith:Judy Eleanor:Ellie,Nell
Florence:Flo Gabriele:Gabi Franziska:Franzi Magdalena:Lena Johanna:Hanna Theresa:Tess Françoise:Fanfan
Madeline:Maddie Abigail:Abby Natalie:Nat
"""


@final
@attrs.frozen(kw_only=True)
class PersonName:
    """A person's true name.

    Attributes:
        family: Family name, in its own script.
        given: Given name, in its own script.
        gender: "female" or "male", as the name is commonly given.
        chinese: True if it is written in Chinese, family name first.
        suffix: "Jr" and the like, or "".
    """

    family: str
    given: str
    gender: str
    chinese: bool
    suffix: str = ""

    @property
    def full(self) -> str:
        """The name as its owner writes it."""
        if self.chinese:
            return self.family + self.given
        return " ".join(part for part in (self.given, self.family, self.suffix) if part)


@final
@attrs.frozen(eq=False)
class Pool:
    """Things to draw from, the first ones more often."""

    items: tuple[str, ...]
    ends: tuple[int, ...]

    def draw(self, rng: Random) -> str:
        """Return one of the items."""
        return self.items[bisect_right(self.ends, int(rng.random() * self.ends[-1]))]


def pool(items: Iterable[str], *, head: int = 30, shares: tuple[int, ...] = ()) -> Pool:
    """Return a pool; the item of rank k weighs 10,000 / (k + head), the first ones as *shares* say."""
    names = tuple(items)
    tail = (10_000 // (rank + head) for rank in range(len(shares), len(names)))
    return Pool(names, tuple(accumulate((*shares, *tail))))


def pick(items: Sequence[T], rng: Random) -> T:
    """Return one of *items*, each equally often."""
    return items[int(rng.random() * len(items))]


def chance(rng: Random, percent: int) -> bool:
    """Return True *percent* times of a hundred."""
    return rng.random() * 100 < percent


def skewed(rng: Random, below: int) -> int:
    """Return a whole number from 0 to *below*, exclusive, small ones more often.

    It multiplies only, so that every machine gives the same number.
    """
    return int(rng.random() * rng.random() * below)


def draw_family(rng: Random, *, chinese: bool) -> str:
    """Return a family name."""
    return (_FAMILY_ZH if chinese else _FAMILY_EN).draw(rng)


def draw_given(rng: Random, *, chinese: bool, gender: str) -> str:
    """Return a given name; a Chinese one has one character in fifteen cases of a hundred, else two."""
    if not chinese:
        return _GIVEN_EN[gender].draw(rng)
    last = _GIVEN_ZH[gender].draw(rng)
    if chance(rng, 15):
        return last
    first = _GIVEN_ZH_FIRST.draw(rng) if chance(rng, 55) else _GIVEN_ZH[gender].draw(rng)
    return first + last


def draw_gender(rng: Random) -> str:
    """Return "female" or "male"."""
    return "female" if chance(rng, 52) else "male"


def draw_name(rng: Random, *, chinese: bool, family: str | None = None) -> PersonName:
    """Return a person's name, of *family* if that is given."""
    gender = draw_gender(rng)
    return PersonName(
        family=family or draw_family(rng, chinese=chinese),
        given=draw_given(rng, chinese=chinese, gender=gender),
        gender=gender,
        chinese=chinese,
    )


def pinyin(text: str, *, surname: bool = False) -> str:
    """Return the reading of the Chinese characters of the pools, in lower case, without tones or spaces.

    >>> pinyin("曾", surname=True), pinyin("晓明")
    ('zeng', 'xiaoming')
    """
    if surname and text in _READING_OF_FAMILY:
        return _READING_OF_FAMILY[text]
    return "".join(_READING.get(one, one) for one in text)


def nicknames(given: str) -> tuple[str, ...]:
    """Return what people call someone whose given name is *given*; empty if nothing is usual.

    >>> nicknames("William")
    ('Bill', 'Will', 'Billy')
    """
    return _NICKNAME.get(given, ())


def homophones(character: str) -> tuple[str, ...]:
    """Return the other characters of the pools that are typed the same way in pinyin."""
    return tuple(one for one in _BY_READING.get(_READING.get(character, ""), ()) if one != character)


def traditional(text: str) -> str:
    """Return *text* with the simplified characters of the pools in their traditional form.

    >>> traditional("张伟")
    '張偉'
    """
    return text.translate(_TRADITIONAL)


def read_pairs(text: str) -> dict[str, str]:
    """Return Chinese text -> reading, in the order of *text*: ``"王wang 李li"``."""
    return {
        entry.rstrip(ascii_lowercase): entry.lstrip(entry.rstrip(ascii_lowercase)) for entry in text.split()
    }


_READING_OF_FAMILY: Final = read_pairs(_SURNAMES_ZH)
_READING: Final = (
    _READING_OF_FAMILY | read_pairs(_GIVEN_ZH_F) | read_pairs(_GIVEN_ZH_M) | read_pairs(_GIVEN_ZH_ANY)
)
_BY_READING: Final = {
    reading: tuple(one for one, its in _READING.items() if its == reading and len(one) == 1)
    for reading in dict.fromkeys(_READING.values())
}
_FAMILY_ZH: Final = pool(_READING_OF_FAMILY, head=100, shares=_SURNAME_SHARES)
_FAMILY_EN: Final = pool(_SURNAMES_EN.split(), head=8)
_GIVEN_ZH: Final = {
    "female": pool(read_pairs(_GIVEN_ZH_F), head=6),
    "male": pool(read_pairs(_GIVEN_ZH_M), head=6),
}
_GIVEN_ZH_FIRST: Final = pool(read_pairs(_GIVEN_ZH_ANY), head=6)
_GIVEN_EN: Final = {"female": pool(_GIVEN_EN_F.split()), "male": pool(_GIVEN_EN_M.split())}
_NICKNAME: Final = {
    given: tuple(short.split(","))
    for given, _, short in (entry.partition(":") for entry in _NICKNAMES.split())
}
_TRADITIONAL: Final = str.maketrans(
    "万业东严丰丽义乔书云伟传伦体兰兴军农冯凤凯刘刚创区医华单卢厦叶号启吴咨团园国场坝姗娇娴孙学宁宝实"
    "宪宾尧层岗岚岛崂帅广庄庆庐应庞开张强彦忆怀恒悦显晓机杨杰枫栋梦楼欧汇汉汤沧泽洁涛润淀渊温游湾滢滨"
    "潇炜焕环琼瑶电疗硕礼筑红纪绍结络绣继维绿网罗聂胜腾艳苍苏荆荣莲莹萧蒋蓝计许设诗诚询语谊谢谦谭贝贞"
    "责贤贸贺贾赖赵跃车轩软辉辽达运远连邓邹邺郑钟钧钰钱铁铭链锋锐锦镇长门闵阎阳陆陈陕静韦韩韬韵顶顺顾"
    "颂颐颖颜风飘飞饮饰马驰骁骏鲁鸿鹅鹏黄齐龙龚历",
    "萬業東嚴豐麗義喬書雲偉傳倫體蘭興軍農馮鳳凱劉剛創區醫華單盧廈葉號啓吳諮團園國場壩姍嬌嫺孫學寧寶實"
    "憲賓堯層崗嵐島嶗帥廣莊慶廬應龐開張強彥憶懷恆悅顯曉機楊傑楓棟夢樓歐匯漢湯滄澤潔濤潤澱淵溫遊灣瀅濱"
    "瀟煒煥環瓊瑤電療碩禮築紅紀紹結絡繡繼維綠網羅聶勝騰豔蒼蘇荊榮蓮瑩蕭蔣藍計許設詩誠詢語誼謝謙譚貝貞"
    "責賢貿賀賈賴趙躍車軒軟輝遼達運遠連鄧鄒鄴鄭鍾鈞鈺錢鐵銘鏈鋒銳錦鎮長門閔閻陽陸陳陝靜韋韓韜韻頂順顧"
    "頌頤穎顏風飄飛飲飾馬馳驍駿魯鴻鵝鵬黃齊龍龔歷",
)
