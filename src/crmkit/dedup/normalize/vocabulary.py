"""Vocabulary: the words by which names, addresses and placeholders are read."""

from __future__ import annotations

from typing import Final

_COMPOUND_SURNAMES = """
欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 夏侯 端木 百里 南宫 独孤
轩辕 呼延 闻人 申屠 太史 公羊 澹台 公冶 宗政 濮阳 淳于 单于 钟离 万俟 赫连 闾丘 鲜于 拓跋 第五
"""
_PINYIN_INITIALS = """
b p m f d t n l g k h j q x zh ch sh r z c s y w
"""
_PINYIN_FINALS = """
a o e i u v ai ei ao ou an en ang eng ong er ia ie iao iu ian in iang ing iong ua uo uai ui uan un uang ue
ve
"""
_PINYIN_SURNAMES = """
wang li zhang liu chen yang huang zhao wu zhou xu sun ma zhu hu lin guo he gao luo zheng liang xie song
tang deng feng han cao zeng peng xiao cai pan tian dong yuan yu ye jiang du su wei cheng ding shen ren yao
lu fu zhong cui tan liao fan jin shi dai jia xia qiu fang hou zou xiong meng qin bai yan xue yin duan lei
long tao gu mao hao gong shao wan qian lai hong mo kong xiang chang wen kang niu ge xing an qi yi qiao
pang ni zhuang nie zhang yue zhai shan ouyang sima shangguan zhuge lv lyu bi bao bian cen chai chu dou fei
gan geng guan hua ji jiao ju lan lang ling lou mei mi miao mu ou pei pu qu rao rong ruan sha shang sheng
shu sui tong tu wo wang xi xian xin you yun zang zhan zhen zuo zha ning
"""
_ROLE_MAILBOXES = """
info office sales contact admin service support hello mail kontakt enquiries reception team marketing hr
jobs billing accounts accounting finance webmaster postmaster noreply no-reply help customerservice orders
order booking bookings shop store buero vertrieb verwaltung accueil commercial secretariat xiaoshou kefu
bangong
"""
_PLACEHOLDER_MAILBOXES = """
test none noemail no nobody na null abc asdf example email xxx a aa aaa 123
"""
_PLACEHOLDER_HOSTS = """
test.com none.com example.com example.org example.net email.com noemail.com na.com no.com nomail.com
abc.com asdf.com xxx.com 123.com
"""
_PLACEHOLDERS = """
n/a,na,n.a.,n.a,none,null,nil,nan,nul,unknown,undefined,-,--,---,.,..,...,?,??,x,xx,xxx,xxxx,/,*,**,***,_
#n/a,tbd,tba,test,tester,testing,asdf,asd,qwerty,foo,foobar,abc,same as above,same,no,not known
not applicable,not available,keine angabe,k.a.,unbekannt,inconnu,desconocido
无,没有,暂无,未知,不详,不知道,保密,空,同上,测试,未填写,未提供,无此项,不填
"""
_PLACEHOLDER_COMPANIES = """
个人,self,self employed,self-employed,private,personal,个体,自由职业
"""
_PLACEHOLDER_NAMES = """
匿名,先生,女士,用户,微信用户,customer,user,anonymous,guest,mr,mrs,ms
"""
_PLACEHOLDER_DATES = """
1900-01-01,1970-01-01,1899-12-30,0001-01-01,9999-12-31,0000-00-00,1900-00-00
"""
_NICKNAMES = """
abigail:abby,gail alexander:alex,al,sandy,alec,sasha alexandra:alex,sandra,lexi,sasha
alfred:alf,fred,alfie,freddie amanda:mandy andrew:andy,drew anthony:tony,ant antonia:toni
albert:al,bert,bertie arthur:art archibald:archie barbara:barb,babs,barbie beatrice:bea,trixie
benjamin:ben,benny,benji bernard:bernie,bern bridget:biddy,bridie caroline:carrie,caro
catherine:cathy,kate,katie,cat,kitty katherine:kathy,kate,katie,kat,kitty charles:charlie,chuck,chas
charlotte:lottie,charlie,lotte christina:tina,chris,chrissie christine:tina,chris,chrissie
christopher:chris,kit,topher clarence:clarrie daniel:dan,danny david:dave,davey,davy
deborah:debbie,deb,debra donald:don,donnie dorothy:dot,dolly,dottie edmund:ed,ned,eddie
edward:ed,ted,ned,eddie,teddy,eddy edwin:ed,eddie,ned eleanor:ellie,nell,nora,nellie
elizabeth:liz,beth,betty,lizzie,eliza,betsy,bess,libby,lisa,elsie,lilibet ellen:nell,nellie emily:em,emmy
eugene:gene evelyn:evie eve:evie ernest:ernie florence:flo,flossie,florrie frances:fran,fanny,frankie
francis:frank,fran,frankie franklin:frank frederick:fred,freddie,freddy,rick gabriele:gabi gabriel:gabe
geoffrey:geoff,jeff george:georgie gerald:gerry,jerry gertrude:gertie,trudy gilbert:gil,bert gregory:greg
harold:harry,hal harriet:hattie,harry helen:nell,nellie henry:harry,hank,hal,harrison
herbert:bert,herb,bertie hugh:hughie hubert:bert isabella:bella,izzy,belle isabel:bella,izzy,belle
jacob:jake james:jim,jamie,jimmy,jem jane:janie,jenny janet:jan,jenny jennifer:jen,jenny,jenn
jessica:jess,jessie john:jack,johnny,jon,johnnie johanna:hanna,jo jonathan:jon,jonny,nathan
joseph:joe,joey,jo josephine:jo,josie joshua:josh judith:judy,jude kenneth:ken,kenny kimberly:kim
lawrence:larry,laurie leonard:len,leo,lenny,lennie leopold:leo,poldi lewis:lew,louis lillian:lil,lily
louis:lou,louie louise:lou lucille:lucy lucinda:lucy,cindy madeline:maddie,maddy magdalena:lena,magda
margaret:maggie,peggy,meg,peg,madge,daisy,marge,greta,rita margarete:greta,grete martha:mattie,patty
martin:marty mary:molly,polly,mollie,may,mamie matilda:tilly,mattie matthew:matt,matty matthias:matze,matt
maximilian:max melissa:mel,lissa michael:mike,mick,mickey,mikey,micky nancy:nan natalie:nat
nathaniel:nat,nathan,nate nicholas:nick,nicky nicole:nicky,nikki oliver:ollie,olly,noll olivia:liv,livvy
pamela:pam patricia:pat,trish,patty,tricia patrick:pat,paddy,patsy penelope:penny peter:pete
philip:phil,pip phillip:phil,pip phyllis:phyl rachel:rach ralph:ralphie,rafe randolph:randy raymond:ray
rebecca:becky,becca,reba reginald:reg,reggie richard:rick,dick,rich,richie,ricky,dickie
robert:bob,rob,bobby,robbie,bert,robin,bobbie roger:rodge ronald:ron,ronnie rosemary:rose,rosie rose:rosie
rudolph:rudy,rolf rupert:bert samantha:sam,sammy samuel:sam,sammy sandra:sandy sarah:sally,sadie
sebastian:seb,basti sidney:sid simon:si sophia:sophie stanley:stan stephanie:steph,stephie
stephen:steve,stevie,steph steven:steve,stevie susan:sue,susie,suzy,sukie susannah:sue,susie,sukey,susan
suzanne:sue,suzy sylvester:sly terence:terry theodore:ted,theo,teddy theresa:tess,terry,tessa,tracy
therese:tess thomas:tom,tommy,thos timothy:tim,timmy tobias:tobi,toby,tobe valentine:val valerie:val
veronica:ronnie victor:vic victoria:vicky,tori,vicki,vic vincent:vin,vince,vinny virginia:ginny,ginger
walter:wally,walt wilfred:wilf,fred wilhelm:willi,will william:bill,will,billy,willie,liam,wm,willy
wilhelmina:minnie,mina winifred:winnie,freda wolfgang:wolf zachary:zach,zack franziska:franzi
francoise:fanfan
"""

COMPOUND_SURNAMES: Final = frozenset(_COMPOUND_SURNAMES.split())
"""Chinese surnames of two characters."""
PINYIN_INITIALS: Final = frozenset(_PINYIN_INITIALS.split())
"""How syllables of pinyin begin.  Source: GB/T 28039-2011."""
PINYIN_FINALS: Final = frozenset(_PINYIN_FINALS.split())
"""How they end; ü is written v or u."""
PINYIN_SURNAMES: Final = frozenset(_PINYIN_SURNAMES.split())
"""Frequent Chinese surnames in pinyin."""
ROLE_MAILBOXES: Final = frozenset(_ROLE_MAILBOXES.split())
"""Local parts of mailboxes that several people read."""
PLACEHOLDER_MAILBOXES: Final = frozenset(_PLACEHOLDER_MAILBOXES.split())
"""Local parts that people make up."""
PLACEHOLDER_HOSTS: Final = frozenset(_PLACEHOLDER_HOSTS.split())
"""Hosts that people make up."""


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.strip().replace("\n", ",").split(","))


PLACEHOLDERS: Final = _phrases(_PLACEHOLDERS)
"""What people write into any field where they know nothing."""
PLACEHOLDER_COMPANIES: Final = _phrases(_PLACEHOLDER_COMPANIES)
"""What they write where a company is asked for and there is none."""
PLACEHOLDER_NAMES: Final = _phrases(_PLACEHOLDER_NAMES)
"""What stands for the name of someone who gave none."""
PLACEHOLDER_DATES: Final = _phrases(_PLACEHOLDER_DATES)
"""Dates that programs write for none."""


def _long_forms(nicknames: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for entry in nicknames.split():
        long, _, shorts = entry.partition(":")
        for short in shorts.split(","):
            found[short] = (*found.get(short, ()), long)
    return found


LONG_FORMS: Final = _long_forms(_NICKNAMES)
"""What a nickname may be short for."""
