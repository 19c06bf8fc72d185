"""Normalising: one written form for what is one."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crmkit.dedup import (
    ADDRESS,
    COMPANY,
    DATE,
    EMAIL,
    EXACT,
    ID,
    NAME,
    NUMBER,
    PHONE,
    TEXT,
    Comparison,
    Kind,
    normalise,
    verdict,
)
from crmkit.dedup.forms import OTHER, OWN, SHARED, Form, cell_of, own_texts
from crmkit.dedup.normalize import read_field, read_full_name, value_keys
from crmkit.dedup.normalize.chinese import is_pinyin
from crmkit.dedup.normalize.companies import company_forms, split_company
from crmkit.dedup.normalize.dates import date_key, swapped
from crmkit.dedup.normalize.emails import email_key, email_keys
from crmkit.dedup.normalize.names import (
    PersonName,
    family_cell,
    given_cell,
    name_key,
    split_name,
    turned,
    whole_cell,
)
from crmkit.dedup.normalize.numbering import FIXED, sort_of
from crmkit.dedup.normalize.numbers import number_key
from crmkit.dedup.normalize.phones import phone_forms, phone_key
from crmkit.dedup.normalize.places import address_key, numbers_of
from crmkit.dedup.normalize.sentinels import is_sentinel
from crmkit.dedup.normalize.surnames import split_chinese, split_pinyin
from crmkit.dedup.normalize.text import LONGEST, is_chinese, text_key, words_in, words_of
from crmkit.errors import InvalidValue

WILD = st.text(alphabet="aAbz09 .-@ÄßéＡ１王張🌸\u200b\u0301\u202eع", max_size=12)


@given(WILD)
def test_normal_text_is_normal_already(text: str) -> None:
    """Normalising twice changes nothing."""
    assert text_key(text_key(text)) == text_key(text)


@given(WILD)
def test_width_case_and_outer_space_do_not_matter(text: str) -> None:
    """Full width, capitals and spaces around are how something is typed, not what it is."""
    wide = text.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})

    assert text_key(wide) == text_key(text)
    assert text_key(f"  {text}\t") == text_key(text)
    assert text_key(text.upper()) == text_key(text.upper().lower())


def test_plain_text_needs_no_more_than_lower_case() -> None:
    """What is read the short way is what the long way would make of it."""
    plain = [*map(chr, range(ord(" "), 0x7F)), *map(chr, range(0x4E00, 0xA000))]

    assert all(unicodedata.normalize("NFKD", sign).casefold() == sign.lower() for sign in plain)
    assert "".join(sign for sign in plain[:95] if not sign.isprintable()) == ""
    assert [text_key(f"a{sign}B\u200b") == f"a{sign}b".lower() for sign in plain[1:]].count(False) == 0


@given(st.text(alphabet="aé1王 _-'’.²", max_size=12))
def test_words_are_what_stands_between_other_signs(text: str) -> None:
    """A text of letters, digits and spaces alone is no exception."""
    key = text_key(text)

    assert words_in(key) == re.sub(r"[\W_]+", " ", re.sub("['’]", "", key)).split()


@given(WILD, st.sampled_from(Kind))
def test_reading_never_fails_and_forms_are_never_empty(text: str, kind: Kind) -> None:
    """Whatever stands in a field, it is read or counts as unknown; each text stands once."""
    cell = normalise([text, text], kind)

    assert all(form.text and len(form.text) <= 2 * LONGEST + 1 for form in cell)
    assert len({form.text for form in cell}) == len(cell)
    assert [form.way == OTHER for form in cell] == sorted(form.way == OTHER for form in cell)


@given(WILD, WILD, st.sampled_from(("", "bob", "r")), st.sampled_from(("", "jr")))
def test_the_forms_of_a_name_are_a_cell(family: str, given: str, middle: str, suffix: str) -> None:
    """Each text stands once, in its strongest way, and other ways come last."""
    name = PersonName(name_key(family), name_key(given), middle, suffix)

    for cell in (whole_cell(name), family_cell(name), given_cell(name)):
        assert cell_of(cell) == cell


@given(st.text(alphabet="ab@.<>()?;:, ", max_size=16))
def test_two_addresses_are_never_read_as_one(text: str) -> None:
    """What cannot be one address is not looked at as if it could."""
    key = email_key(text)

    assert key is None or key.count("@") == 1
    assert key in (None, *email_keys(text))


@given(WILD, st.sampled_from(Kind))
def test_the_keys_of_a_value_are_its_own_forms(text: str, kind: Kind) -> None:
    """Golden records tell values apart by what records are compared by."""
    forms = normalise([text], kind)

    assert value_keys(text, kind) == tuple(form.text for form in forms if form.way != OTHER)


def test_a_name_in_two_scripts_is_a_name() -> None:
    """A Chinese family name and a Latin given name make a whole, too."""
    assert own_texts(normalise(["王Ann"], Kind.FULL_NAME)) == ("王ann",)


def test_marks_that_belong_to_letters_stay() -> None:
    """An accent may be dropped; what makes another letter of Japanese or Hangul may not."""
    assert text_key("Éa ø") == "ea o"
    assert text_key("が") == "が"
    assert text_key("한") == "한"


def test_only_so_much_of_a_text_is_read() -> None:
    """A megabyte in a field costs nothing and is said to be too long."""
    reading = read_field(("x1" * 500_000,), NAME)

    assert len(own_texts(reading.cells[0])[0]) == LONGEST
    assert "longer" in reading.reasons[0]
    assert "longer" in read_full_name(("王" * 1000,)).reasons[0]


def test_only_so_many_values_are_read() -> None:
    """A field of many values is cut, and said so."""
    reading = read_field(tuple(f"a{place}@x.pt" for place in range(30)), EMAIL)

    assert len([form for form in reading.cells[0] if form.way == OWN]) == 20
    assert "more than 20" in reading.reasons[0]


def test_the_strongest_way_of_a_text_counts() -> None:
    """A form that is also the value itself is the value."""
    assert cell_of([Form("b", OTHER), Form("a", OTHER), Form("b", OWN)]) == (Form("b", OWN), Form("a", OTHER))
    assert cell_of([Form("a", OTHER), Form("a", SHARED)]) == (Form("a", SHARED),)
    assert "a" not in repr(Form("anna", OWN)).removeprefix("<form of").replace("characters", "")


def test_chinese_names_split_at_the_family_name() -> None:
    """One character, or two of a compound surname; a lone character is a family name."""
    assert split_chinese("王小明") == ("王", "小明")
    assert split_chinese("欧阳锋") == ("欧阳", "锋")
    assert split_chinese("欧阳") == ("欧", "阳")


def test_one_chinese_name_in_all_its_spellings_has_a_form_in_common() -> None:
    """Characters, traditional ones, and pinyin in either order, in one word, or turned by a comma."""
    spellings = ["王小明", "王 小明", "王小明🌸", "Wang Xiaoming", "Xiaoming Wang", "WangXiaoming"]
    spellings += ["WANG Xiaoming", "Xiaoming, Wang", "wang xiao ming"]
    forms = [{form.text for form in normalise([one], Kind.FULL_NAME)} for one in spellings]

    assert set.intersection(*forms) == {"wangxiaoming"}
    assert own_texts(normalise(["張偉"], NAME)) == own_texts(normalise(["张伟"], NAME))


def test_surnames_are_read_as_surnames() -> None:
    """单, 曾, 解 are read shan, zeng, xie as surnames."""
    for name, its in (
        ("单芳", "shanfang"),
        ("曾伟", "zengwei"),
        ("解红", "xiehong"),
        ("尉迟恭", "yuchigong"),
    ):
        assert its in {form.text for form in normalise([name], Kind.FULL_NAME)}


def test_pinyin_of_two_surnames_is_read_both_ways() -> None:
    """Nobody can tell whether Xiang Deng is of the family Xiang or Deng."""
    family = {form.text: form.way for form in read_full_name(("Xiang Deng",)).cells[1]}

    assert family == {"xiang": OWN, "deng": OTHER}
    assert turned(PersonName("smith", "wang")) is None
    assert turned(PersonName("wang", "smith")) is None


def test_western_names_split_at_the_last_word_or_the_comma() -> None:
    """And what stands after the family name is told apart."""
    assert split_name("John A. Smith") == PersonName("smith", "john", "a", "")
    assert split_name("Smith, John") == PersonName("smith", "john")
    assert split_name("Smith, John Jr.") == PersonName("smith", "john", "", "jr")
    assert split_name("O'Brien") == PersonName("", "obrien")
    assert split_name("🌸") == PersonName("", "")
    assert split_name("Jürgen Müller") == PersonName("muller", "jurgen")


def test_father_and_son_differ_by_their_suffix() -> None:
    """Jr is part of every form of the given name, also where the source tells the parts apart."""
    assert [form.text for form in given_cell(split_name("Bob Smith Jr"))] == ["bob jr", "robert jr"]
    assert own_texts(read_full_name(("Bob Smith Jr",), ("Bob",), ("Smith",)).cells[2]) == ("bob jr",)


def test_parts_that_are_told_win_over_parts_that_are_guessed() -> None:
    """A source that has given and family name in columns of their own knows better than a guess."""
    whole, family, given_ = read_full_name(
        ("Anna Maria Lopez Garcia",), ("Anna Maria",), ("Lopez Garcia",)
    ).cells

    assert own_texts(family) == ("lopez garcia",)
    assert own_texts(given_) == ("anna maria",)
    assert own_texts(whole) == ("lopezgarciaannamaria",)
    assert [own_texts(cell) for cell in read_full_name((), ("Bob",), ()).cells] == [("bob",), (), ("bob",)]


def test_a_nickname_is_another_form() -> None:
    """Bob and Rob are short for one name, and so meet."""
    bob, rob = ({form.text for form in normalise([one], NAME)} for one in ("Bob", "Rob"))

    assert bob & rob == {"robert"}
    assert {form.text for form in whole_cell(PersonName("smith", "bob"))} == {
        "smithbob",
        "smithrobert",
        "bobsmith",
    }


def test_pinyin_is_told_from_other_words() -> None:
    """Syllables of pinyin, up to four; a name in one word splits at a surname."""
    assert is_pinyin("zhuang")
    assert not is_pinyin("jones")
    assert not is_pinyin("wangxiaomingtianlu" * 2)
    assert split_pinyin("ouyangfeng") == ("ouyang", "feng")
    assert split_pinyin("alfred") is None


def test_na_is_a_name_and_not_always_nothing() -> None:
    """What stands for nothing elsewhere may be someone's name."""
    assert own_texts(normalise(["Na"], NAME)) == ("na",)
    assert normalise(["na"], EMAIL) == ()


def test_phone_numbers_of_one_line_are_one() -> None:
    """Written nationally, internationally, with spaces or in full width."""
    spellings = (
        "13812345678",
        "+86 138 1234 5678",
        "0086-13812345678",
        "8613812345678",
        "１３８１２３４５６７８",
    )

    assert {own_texts(normalise([one], PHONE)) for one in spellings} == {("+8613812345678",)}
    assert phone_key("020 7946 0018", region="GB") == "+442079460018"
    assert phone_key("138 1234 5678", region="US") != "+8613812345678"
    assert phone_key("010-65529988 ext. 12") == "+861065529988"


def test_a_landline_is_shared_and_a_mobile_is_not() -> None:
    """A household or an office answers a landline."""
    numbers = ("+861065529988", "010 6552 9988", "+8613812345678", "+491512345678", "123456")

    assert [phone_forms(number)[0].way for number in numbers] == [SHARED, SHARED, OWN, OWN, OWN]
    assert normalise(["010-65529988"], PHONE)[0].way == SHARED
    assert normalise(["info@acme.com"], EMAIL) == (Form("info@acme.com", SHARED),)
    assert normalise(["ana.b@acme.com"], EMAIL) == (Form("ana.b@acme.com", OWN), Form("ana.b@", OTHER))
    assert normalise(["ana@acme.com"], EMAIL) == (Form("ana@acme.com", OWN),)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.data())
def test_a_number_is_what_its_numbering_plan_says(region: str, data: st.DataObject) -> None:
    """The short way to read a number agrees with `phonenumbers`, asked for everything."""
    example = phonenumbers.example_number_for_type(region, data.draw(st.integers(0, 10)))
    national = phonenumbers.national_significant_number(example) if example else ""
    start = data.draw(
        st.sampled_from(("", "0", "1", "00", "011", "+", f"+{phonenumbers.country_code_for_region(region)}"))
    )
    cut = data.draw(st.integers(0, len(national)))
    digits = f"{start}{national[:cut]}{data.draw(st.text('0123456789', max_size=9))}"

    found = phone_forms(digits, region=region)

    assume(len(digits.replace("+", "")) >= 5 and not (found and re.match(r"\+861[3-9]", found[0].text)))
    assert found == (_asked(digits, region),)


@given(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)), st.integers(0, 10), st.data())
def test_a_number_is_of_the_sort_that_its_plan_says(region: str, type_: int, data: st.DataObject) -> None:
    """What a national number is agrees with `phonenumbers`, for every country and every sort of number."""
    example = phonenumbers.example_number_for_type(region, type_)
    national = phonenumbers.national_significant_number(example) if example else "1"
    cut = data.draw(st.integers(1, len(national)))
    digits = f"{national[:cut]}{data.draw(st.text('0123456789', max_size=len(national) - cut))}"
    assume(not digits.startswith("0"))
    code = phonenumbers.country_code_for_region(region)
    number = phonenumbers.PhoneNumber(country_code=code, national_number=int(digits))

    line = phonenumbers.PhoneNumberType
    names = {
        line.FIXED_LINE: FIXED,
        line.FIXED_LINE_OR_MOBILE: "both",
        line.MOBILE: "mobile",
        line.UNKNOWN: "",
    }
    expected = names.get(phonenumbers.number_type(number), "special")
    assert sort_of(code, digits) == expected


@given(
    st.one_of(
        st.tuples(st.just(PHONE), st.from_regex(r"[+(]?[0-9]{1,5}[0-9 ()-]{0,14}[0-9]{3}", fullmatch=True)),
        st.tuples(
            st.just(PHONE), st.sampled_from(("13812345678", "010 6552 9988", "(415) 555-0132", "+4420"))
        ),
        st.tuples(
            st.just(EMAIL), st.from_regex(r"[A-z0-9.+]{1,9}@[A-z0-9.-]{1,9}\.[A-Za-z]{1,4}", fullmatch=True)
        ),
        st.tuples(
            st.just(EMAIL),
            st.sampled_from(("info@x.pt", "test@test.com", "a+b@gmail.com", "a@xn--mller-kva.de")),
        ),
    ),
    st.sampled_from(("CN", "US", "GB", "DE")),
)
def test_what_is_plain_to_see_is_what_a_closer_look_finds(told: tuple[Kind, str], region: str) -> None:
    """A field of one good value is read the short way, with the forms of the long one."""
    kind, value = told

    found = verdict(value, kind, region=region)

    reasons = (found.reason,) if found.reason else ()
    assert read_field((value,), kind, region=region).cells == (cell_of(found.forms),)
    assert read_field((value,), kind, region=region).reasons == reasons


def _asked(digits: str, region: str) -> Form:
    told = f"+{digits[2:]}" if digits.startswith("00") else digits
    try:
        number = phonenumbers.parse(told, None if told.startswith("+") else region)
    except phonenumbers.NumberParseException:
        number = phonenumbers.PhoneNumber(country_code=0, national_number=0)
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible != phonenumbers.ValidationResult.IS_POSSIBLE or not (
        told.startswith("+") or phonenumbers.is_valid_number(number)
    ):
        return Form(f"?{digits.replace('+', '').lstrip('0') or '0'}")
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    line = phonenumbers.number_type(phonenumbers.parse(text))
    return Form(text, SHARED if line == phonenumbers.PhoneNumberType.FIXED_LINE else OWN)


def test_what_is_unreadable_is_named() -> None:
    """An address without a host, a number without digits, a day without a date: unknown, with the reason."""
    assert read_field(("ana at x",), EMAIL).reasons == ("is no e-mail address; it counts as unknown",)
    assert read_field(("call me",), PHONE).reasons == ("is no phone number; it counts as unknown",)
    assert "yyyy-mm-dd" in read_field(("soon",), DATE).reasons[0]
    assert read_field(("many",), NUMBER).reasons == ("is no number; it counts as unknown",)
    assert "nothing in it" in read_field(("!!!",), NAME).reasons[0]
    assert read_field(("", "  "), EMAIL) == (((),), ())


def test_placeholders_are_unknown() -> None:
    """What people type who do not want to say."""
    for value, kind in (
        ("test@test.com", EMAIL),
        ("none@none.com", EMAIL),
        ("n/a", EMAIL),
        ("无", PHONE),
        ("000000", PHONE),
        ("00000000000", PHONE),
        ("12345678", PHONE),
        ("87654321", PHONE),
        ("1900-01-01", DATE),
        ("1970/1/1", DATE),
        ("same as above", TEXT),
        ("个人", COMPANY),
        ("test", NAME),
        ("N/A", EXACT),
        ("9999", ID),
    ):
        reading = read_field((value,), kind)
        assert reading.cells == ((),)
        assert reading.reasons == ("holds a placeholder; it counts as unknown",)
    assert read_full_name(("无",)).reasons == ("holds a placeholder; it counts as unknown",)


def test_what_looks_like_a_placeholder_and_is_none_stays() -> None:
    """A number that happens to climb a little, a host called test in a longer name."""
    assert not is_sentinel("13812345678", PHONE)
    assert not is_sentinel("ana@test.com", EMAIL)
    assert not is_sentinel("123", ID)
    assert not is_sentinel("abcd1111", ID)
    assert not is_sentinel("1971-01-01", DATE)


@given(st.integers(1900, 2030), st.integers(1, 12), st.integers(1, 28))
def test_dates_in_every_usual_order_are_one(year: int, month: int, day: int) -> None:
    """Year first with any mark, year last with the day first, compact, Chinese."""
    key = f"{year}-{month:02d}-{day:02d}"

    for text in (key, f"{year}/{month}/{day}", f"{year}.{month}.{day}", f"{year}{month:02d}{day:02d}"):
        assert date_key(text) == key
    assert date_key(f"{year}年{month}月{day}日") == key
    assert date_key(f"{day}.{month}.{year}") == key
    assert date_key(f"{key}T10:00:00") == key
    assert swapped(swapped(key)) == key


def test_dates_that_no_calendar_has_stay_near() -> None:
    """A slip in a digit must not make a date unknown."""
    assert date_key("1777-89-09") == "1777-89-09"
    assert date_key("06/25/1980") == "1980-06-25"
    assert date_key("1859 04 05") == "18590405"
    assert date_key("12345") is None
    assert swapped("18590405") == "18590405"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        # one organisation, whatever its legal form
        (
            "Kestrel Foods Ltd.|KESTREL FOODS P.L.C.|Kestrel Foods, Inc.|Kestrel Foods G.m.b.H.|The Kestrel Foods Co.|"
            "Kestrel Foods GmbH & Co. KG|Kestrel Foods S.A.R.L.|SARL Kestrel Foods|Kestrel Foods, S.L.|"
            "Kestrel Foods Lda.|Kestrel Foods B.V.|Kestrel Foods Sp. z o.o.|Kestrel Foods Pty Ltd|"
            "Kestrel Foods Gesellschaft mit beschränkter Haftung|Kestrel Foods Société Anonyme|Kestrel Foods K.K.",
            ("kestrel food", "", ""),
        ),
        (
            "明达科技有限公司|明达科技（股份）有限公司|明達科技股份公司|明达科技(有限公司)|明达科技",
            ("明达科技", "", ""),
        ),
        ("株式会社田中商事|田中商事株式会社|(株)田中商事", ("田中商事", "", "")),
        ("Smith, Jones & Partners LLP|Smith Jones and Partners", ("smith jones partners", "", "")),
        # short words become long
        ("Kestrel Eng. Ltd|Kestrel Engineering", ("kestrel engineering", "", "")),
        # a branch, in any language
        (
            "Kestrel Foods Ltd, Leeds Branch|Kestrel Foods Leeds Branch|Kestrel Foods - Leeds Office|"
            "Kestrel Foods Ltd (Branch Leeds)|Kestrel Foods, Filiale Leeds|Kestrel Foods, sucursal de Leeds",
            ("kestrel food", "leeds", "leeds"),
        ),
        (
            "Kestrel Foods GmbH Niederlassung München|Kestrel Foods GmbH, NL Munich|Kestrel Foods, Munich Branch",
            ("kestrel food", "munich", "munich"),
        ),
        ("Kestrel Foods SAS, agence de Lyon|Kestrel Foods - Succursale Lyon", ("kestrel food", "lyon", "lyon")),
        (
            "明达科技有限公司上海分公司|明达科技（上海分公司）|明达科技上海市分公司|明达科技上海办事处|"
            "北京明达科技有限公司上海分公司",
            ("明达科技", "shanghai", "shanghai"),
        ),
        ("株式会社田中商事大阪支店|田中商事 大阪支店", ("田中商事", "osaka", "osaka")),
        # a shop
        (
            "Kestrel Foods Store 12|Kestrel Foods Ltd #12|Kestrel Foods, Filiale Nr. 12|"
            "Kestrel Foods SA - magasin n° 12|Kestrel Foods, Store No. 012",
            ("kestrel food", "", "12"),
        ),
        ("明达食品第12分店|明达食品有限公司12号店|明达食品（十二店）", ("明达食品", "", "12")),
        ("明达食品有限公司徐家汇店|明达食品徐家汇分店", ("明达食品", "", "徐家汇")),
        # a department
        (
            "Kestrel Foods Ltd, Purchasing Dept.|Kestrel Foods (Abteilung Einkauf)|Kestrel Foods - Service Achats",
            ("kestrel food", "", "purchasing"),
        ),
        ("明达食品有限公司采购部|明达食品（采购中心）", ("明达食品", "", "purchasing")),
        # a group
        (
            "Kestrel Group plc|Kestrel Holdings Ltd|Groupe Kestrel|Kestrel Holding AG|Kestrel Group of Companies",
            ("kestrel", "", "group"),
        ),
        ("明达集团有限公司|明达控股集团股份有限公司", ("明达", "", "group")),
        # a place that leaves open which
        (
            "Kestrel Foods (Leeds)|Kestrel Foods - Leeds|Kestrel Foods Ltd Leeds|Kestrel Foods Ltd, Leeds",
            ("kestrel food", "leeds", None),
        ),
        ("明达科技有限公司（上海）", ("明达科技", "shanghai", None)),
        # a place that is told of the whole
        (
            "上海明达科技有限公司|上海市明达科技|明达（上海）科技有限公司",
            ("明达科技", "shanghai", ""),
        ),
        ("广东省深圳市明达科技有限公司", ("明达科技", "shenzhen", "")),
        ("江苏明达科技有限公司|江苏省明达科技", ("明达科技", "江苏", "")),
        (
            "Shenzhen Mingda Technology Co., Ltd.|Mingda Tech (Shenzhen) Co.,Ltd",
            ("mingda technology", "shenzhen", ""),
        ),
        # what looks like a mark and is none
        ("Bank of London", ("bank of london", "", "")),
        ("Office Depot", ("office depot", "", "")),
        ("AG Barr plc", ("ag barr", "", "")),
        ("Foo (formerly Bar) Ltd", ("foo", "", "")),
        ("公司", ("公司", "", "")),
        ("Limited", ("limited", "", "")),
        ("上海", ("上海", "", "")),
        ("Branch", ("branch", "", "")),
    ],
    ids=lambda one: one.partition("|")[0] if isinstance(one, str) else "",
)  # fmt: skip
def test_a_company_is_read_from_its_name(names: str, said: tuple[str, str, str | None]) -> None:
    """Ltd, GmbH, 有限公司 say nothing of who it is; a branch, a shop, a department and a group are not the company."""
    for name in names.split("|"):
        assert tuple(split_company(name)) == said, name


@given(st.text(alphabet="ab 上海明达(),-#1店部|.&公司分Ltd", max_size=24))
def test_every_name_is_read(name: str) -> None:
    """Whatever stands there, something of it is left, and reading what is left changes nothing but the marks."""
    said = split_company(name)

    assert bool(said.core) == bool(words_of(name))
    assert [form.text for form in company_forms(name)][:1] == (
        [said.core + (f" @{said.unit or said.place}" if said.unit or said.place else "")] if said.core else []
    )


def test_a_company_is_written_with_and_without_its_city_and_abroad() -> None:
    """With the city and without it, in Chinese and in English, two names of it have a form in common."""
    with_city = {form.text for form in normalise(["上海市明达科技有限公司"], COMPANY)}

    assert {"明达科技 @shanghai", "明达科技", "mingda technology @shanghai", "mingda keji"} <= with_city
    assert next(form.text for form in normalise(["Shanghai Mingda Tech Co., Ltd."], COMPANY)) in with_city
    assert [form.text for form in normalise(["DataSoft GmbH"], COMPANY)] == ["datasoft"]
    assert [form.text for form in normalise(["Data Soft"], COMPANY)] == ["data soft", "datasoft"]


def test_addresses_are_written_one_way() -> None:
    """Short words become long, Chinese units become dots, province and city go."""
    assert address_key("12 Main St., #4") == address_key("12 MAIN STREET Apt 4")
    assert address_key("Hauptstr. 5") == address_key("Hauptstraße 5")
    assert address_key("上海市浦东新区张江路88号3栋502室") == address_key("浦东新区张江路８８號3幢502室")
    assert numbers_of("浦东新区张江路88.3.502") == ("88", "3", "502")
    assert address_key("北京市") == "北京市"


def test_numbers_have_one_shortest_form() -> None:
    """However they are padded."""
    assert number_key("1,200.50") == number_key("1200.5") == "1200.5"
    assert number_key("-0.0") == "0"
    assert number_key("1e3") == "1000"
    assert number_key("nan") is None
    assert number_key("1e999999") is None
    assert number_key("1e60") == "1E+60"


def test_ids_and_texts_ignore_marks() -> None:
    """A card number with or without hyphens is one; the words of a text have no order."""
    assert own_texts(normalise(["ab-12 34"], ID)) == ("AB1234",)
    assert own_texts(normalise(["b a"], TEXT)) == own_texts(normalise(["A, B."], TEXT)) == ("a b",)


def test_words_are_runs_of_letters_and_digits() -> None:
    """Of any script."""
    assert words_of("O'Brien-Smith, 王_小 🌸1") == ["obrien", "smith", "王", "小", "1"]
    assert is_chinese("x王")
    assert not is_chinese("ﾜﾝwang")
    assert name_key("Anne-Marie") == "anne marie"


NAMES_OF_ONE = (
    ("王小明", "Wang Xiaoming", "Xiaoming Wang", "WANG XIAO-MING", "Xiao-Ming Wang", "Wáng Xiǎomíng"),
    ("王小明", "wang2 xiao3 ming2", "王小明先生", "Mr. Wang Xiaoming", "王小明 Tony", "Wang, Xiaoming"),
    ("欧阳锋", "歐陽鋒", "Ouyang Feng", "Ou Yang Feng", "OU-YANG FENG", "Feng Ouyang"),
    ("尉遲恭", "尉迟恭", "Yuchi Gong", "Gong Yuchi"),
    ("查良镛", "Zha Liangyong", "ZHA Liang-Yong"),
    ("区志强", "Ou Zhiqiang"),
    ("仇英", "Qiu Ying"),
    ("吕布", "Lü Bu", "Lv Bu", "Lyu Bu", "LYU BU"),
    ("霍元甲", "Huo Yuanjia", "Yuanjia Huo"),
    ("李长江", "Li Changjiang"),
)


@pytest.mark.parametrize("spellings", NAMES_OF_ONE, ids=lambda names: names[0])
def test_the_spellings_of_one_chinese_name_agree_in_both_parts(spellings: tuple[str, ...]) -> None:
    """Family and given name are found at whichever end they stand, however the syllables are joined."""
    for part in (1, 2):
        forms = [{form.text for form in read_full_name((one,)).cells[part]} for one in spellings]
        assert set.intersection(*forms), f"part {part}"


def test_what_friends_call_someone_is_a_part_of_the_name() -> None:
    """小明 says nothing of the family name, and 小王 nothing of the given one: weaker evidence, not other evidence."""
    for name, *parts in (
        ("小明", "", "小明"),
        ("明明", "", "明明"),
        ("小王", "王", ""),
        ("老李", "李", ""),
        ("王总", "王", ""),
        ("张先生", "张", ""),
        ("Mr. Wang", "wang", ""),
        ("xiaoming", "", "xiaoming"),
    ):
        assert [split_name(name).family, split_name(name).given] == parts
    whole, nick = (read_full_name((one,)).cells for one in ("王小明", "小明"))
    assert not nick[1]
    assert {form.text for form in whole[2]} == {form.text for form in nick[2]}
    assert not {form.text for form in whole[0]} & {form.text for form in nick[0]}


def test_a_name_in_two_scripts_keeps_both_where_both_belong_to_it() -> None:
    """A Latin given name beside a Chinese family name is kept, and so are the parts of a name put into Chinese."""
    assert split_name("Anna 王")[:2] == split_name("王 Anna")[:2] == ("王", "anna")
    assert split_name("约翰·史密斯")[:2] == ("史密斯", "约翰")


def test_titles_degrees_and_suffixes_are_no_names() -> None:
    """Whichever side of the comma they stand on."""
    assert split_name("Dr. John Smith") == split_name("John Smith, PhD") == PersonName("smith", "john")
    for name in ("Smith Jr., John", "Smith, John Jr.", "John Smith Jr", "John Smith, Jr."):
        assert split_name(name) == PersonName("smith", "john", "", "jr")


def test_what_is_no_name_is_named_with_its_field() -> None:
    """A number or an address in the wrong column; an address is not compared as a name."""
    faults = read_full_name((), ("13812345678",), ("ann@x.pt",)).faults
    assert [place for place, _ in faults] == [1, 2]
    assert "a number where a name" in faults[0][1]
    assert "an e-mail address where a name" in faults[1][1]
    assert read_full_name((), (), ("ann@x.pt",)).cells == ((), (), ())
    assert verdict("ann@x.pt", Kind.FULL_NAME).reason == faults[1][1]
    assert read_full_name(("王小明13812345678",)).cells[0][0].text == "王小明"
    assert "nothing in it" in read_full_name(("🌸",)).reasons[0]


@pytest.mark.parametrize(
    ("kind", "region", "spellings"),
    [
        (PHONE, "CN", (
             "13812345678", "+86 (0)138 1234 5678", "0086 138 1234 5678", "86-138-1234-5678", "013812345678")),
        (PHONE, "CN", ("13812345678", "1.3812345678E+10", "13812345678.0", "'13812345678", "tel:+86-138-1234-5678")),
        (PHONE, "CN", (
             "+861065529988", "010-65529988-123", "010 6552 9988 转 12", "010-65529988,12",
             "+86 (0)10 65529988 x1")),
        (PHONE, "GB", ("020 7946 0018", "+44 (0)20 7946 0018", "0044 20 7946 0018", "02079460018")),
        (PHONE, "DE", ("0151 23456789", "+49 (0)151 23456789", "0049151 23456789")),
        (DATE, "CN", (
             "1980-06-05", "5 June 1980", "June 5, 1980", "5th of June 1980", "5. Juni 1980", "5 juin 1980")),
        (DATE, "CN", (
             "1980-06-05", "5.6.80", "80/06/05", "5 de junio de 1980", "一九八〇年六月五日", "民国69年6月5日")),
        (DATE, "CN", (
             "1980-06-05", "昭和55年6月5日", "1980년 6월 5일", "1980.06.05.", "05-Jun-80", "1980-06-05T08:00:00Z")),
        (EMAIL, "CN", (
             "ann@x.example", "Ann <ann@x.example>", '"Lee, Ann" <ANN@x.example>',
             "mailto:ann@x.example?subject=a")),
        (EMAIL, "CN", (
             "ann@bücher.example", "ann@xn--bcher-kva.example", "Ann@Bücher.Example", "ann＠bücher。example")),
        (ADDRESS, "CN", (
             "上海市浦东新区张江路88号", "上海浦东新区张江路８８號", "浦东新区张江路八十八号",
             "中国上海市浦东新区张江路88号")),
        (ADDRESS, "CN", (
             "广西壮族自治区南宁市青秀区民族大道102号", "青秀区民族大道一百零二号", "南宁青秀区民族大道一〇二号")),
        (ADDRESS, "CN", ("5 St. John St", "No. 5 Saint John Street", "5, St John Street.")),
        (NUMBER, "CN", ("1200.5", "1,200.50", "1.200,50", "1200,5")),
    ],
)  # fmt: skip
def test_the_usual_ways_to_write_a_value_are_one(kind: Kind, region: str, spellings: tuple[str, ...]) -> None:
    """And all of them are good."""
    assert len({own_texts(normalise([one], kind, region=region)) for one in spellings}) == 1
    assert {verdict(one, kind, region=region).word for one in spellings} == {"good"}


def test_streets_called_after_a_city_keep_its_name() -> None:
    """南京路 is no street of Nanjing."""
    assert address_key("南京西路100号") == "南京西路100"
    assert address_key("上海市南京西路100号") == "南京西路100"


def test_several_addresses_or_numbers_in_a_field_are_several() -> None:
    """Unless one of them cannot be read: then the whole stands as it is."""
    assert own_texts(normalise(["ann@x.pt, bob@y.pt"], EMAIL)) == ("ann@x.pt", "bob@y.pt")
    assert own_texts(normalise(["13812345678/13912345678"], PHONE)) == ("+8613812345678", "+8613912345678")
    assert value_keys("13812345678/13912345678", PHONE) == ("+8613812345678", "+8613912345678")
    assert verdict("ann@x.pt, bob", EMAIL).word == "malformed"
    assert own_texts(normalise(["ann@x.pt, noreply@y.pt"], EMAIL)) == ("ann@x.pt",)
    assert "placeholder" in verdict("ann@x.pt, noreply@y.pt", EMAIL).reason


def test_a_tag_is_a_weaker_form_or_by_option_none() -> None:
    """ann+shop and ann may be two people's at some hosts; at Gmail they are one, and so are its dots."""
    tagged = normalise(["ann.b+shop@gmail.com"], EMAIL)
    assert tagged[0] == Form("ann.b+shop@gmail.com", OWN)
    assert Form("ann.b@gmail.com", OTHER) in tagged
    plain = [
        read_field((one,), EMAIL, one_mailbox=True).cells[0][0]
        for one in ("annb@googlemail.com", "a.nn.b+x@gmail.com")
    ]
    assert plain == [Form("annb@gmail.com", OWN)] * 2
    assert own_texts(read_field(("ann.b+x@x.pt",), EMAIL, one_mailbox=True).cells[0]) == ("ann.b@x.pt",)


def test_accents_of_an_address_are_kept() -> None:
    """bücher.example and bucher.example belong to two people."""
    assert own_texts(normalise(["ann@bücher.example"], EMAIL)) != own_texts(
        normalise(["ann@bucher.example"], EMAIL)
    )


@pytest.mark.parametrize(
    ("value", "kind", "word", "kept", "reason"),
    [
        ("ann@x.pt", EMAIL, "good", True, ""),
        ("", EMAIL, "empty", False, ""),
        ("  ", NAME, "empty", False, ""),
        ("\u200b", NAME, "malformed", False, "nothing in it"),
        ("ann@@x.pt", EMAIL, "malformed", True, "compared as it stands"),
        ("ann@x..pt", EMAIL, "malformed", True, "compared as it stands"),
        ("ann x@x.pt", EMAIL, "malformed", True, "compared as it stands"),
        ("ann at x", EMAIL, "malformed", False, "unknown"),
        ("no-reply@x.pt", EMAIL, "sentinel", False, "placeholder"),
        ("Shop <donotreply@x.pt>", EMAIL, "sentinel", False, "placeholder"),
        ("test@qq.com", EMAIL, "sentinel", False, "placeholder"),
        ("1.38E+10", PHONE, "malformed", False, "spreadsheet"),
        ("65529988", PHONE, "malformed", True, "with the country"),
        ("138123456", PHONE, "malformed", True, "with the country"),
        ("11111111111", PHONE, "sentinel", False, "placeholder"),
        ("18888888888", PHONE, "sentinel", False, "placeholder"),
        ("+86 12345678", PHONE, "sentinel", False, "placeholder"),
        ("1777-89-09", DATE, "malformed", True, "yyyy-mm-dd"),
        ("soon", DATE, "malformed", False, "yyyy-mm-dd"),
        ("1970年1月1日", DATE, "sentinel", False, "placeholder"),
        ("先生", Kind.FULL_NAME, "sentinel", False, "placeholder"),
        ("女士", NAME, "sentinel", False, "placeholder"),
        ("顾客", Kind.FULL_NAME, "sentinel", False, "placeholder"),
        ("x" * 300, TEXT, "malformed", True, "longer"),
        ("ten", NUMBER, "malformed", False, "number"),
        ("no", EXACT, "good", True, ""),
        ("NA", EXACT, "good", True, ""),
        ("000000", ID, "sentinel", False, "placeholder"),
    ],
)  # fmt: skip
def test_a_verdict_says_what_is_wrong_and_what_became_of_it(
    value: str, kind: Kind, word: str, kept: bool, reason: str
) -> None:
    """Good, empty, a sentinel or malformed; what cannot be compared has no forms."""
    found = verdict(value, kind)

    assert (found.word, bool(found.forms)) == (word, kept)
    assert reason in found.reason
    assert bool(found.reason) == (word in ("sentinel", "malformed"))


@given(WILD, st.sampled_from(Kind))
def test_a_verdict_and_a_reading_agree(text: str, kind: Kind) -> None:
    """Whoever asks for one value is told what a whole table is told."""
    found = verdict(text, kind)

    assert cell_of(found.forms) == normalise([text], kind)
    assert read_field((text,), kind).reasons == ((found.reason,) if found.reason else ())


def test_one_mailbox_is_for_addresses() -> None:
    """The option of another kind is refused."""
    with pytest.raises(InvalidValue, match="one_mailbox"):
        Comparison("phone", PHONE, one_mailbox=True)
    assert Comparison("email", EMAIL, one_mailbox=True).one_mailbox
