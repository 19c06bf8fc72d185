"""Mapping: columns recognised by name and by content, in English and Chinese, and overruled."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue, UnknownName
from crmkit.model import FIELD_NAMES, KINDS
from crmkit.workflows.intake import (
    ColumnMap,
    Recognised,
    Table,
    map_activities,
    map_records,
    overrules,
    records_of,
    table_of,
)
from crmkit.workflows.intake.contents import is_date, is_email, is_phone, looks_like, looks_like_birthdays
from crmkit.workflows.intake.headings import ACTIVITY_HEADINGS, RECORD_HEADINGS, SEVERAL, heading, rank
from crmkit.workflows.intake.kinds import activity_kind, party_kind
from crmkit.workflows.intake.tables import DEEPEST

COLUMNS = st.lists(
    st.sampled_from(
        (
            "id",
            "name",
            "full_name",
            "姓名",
            "phone",
            "Phone 2",
            "email",
            "kind",
            "x",
            "amount",
            "下单时间",
            "date",
            "lines",
        )
    ),
    unique=True,
    max_size=6,
)


def _table(*columns: str, cells: Mapping[str, list[object]] | None = None) -> Table:
    rows = max([len(values) for values in (cells or {}).values()], default=0)
    return Table(
        source="s.csv",
        columns=columns,
        numbers=range(1, rows + 1),
        cells=tuple((cells or {}).get(name, [None] * rows) for name in columns),
    )


def _found(columns: ColumnMap) -> dict[str, str]:
    return {one.column: one.field for one in columns.recognised}


@given(COLUMNS)
def test_every_column_ends_somewhere_once(columns: list[str]) -> None:
    """A column is recognised, or kept as it is, and never both."""
    for mapped in (map_records(_table(*columns)), map_activities(_table(*columns))):
        assert sorted([*_found(mapped), *(column for _, column in mapped.custom)]) == sorted(columns)
        names = [*{one.field for one in mapped.recognised}, *(name for name, _ in mapped.custom)]
        assert len(names) == len(set(names))


@given(COLUMNS)
def test_a_field_has_one_column_unless_it_may_have_several(columns: list[str]) -> None:
    """Only contact points are spread over columns."""
    for mapped in (map_records(_table(*columns)), map_activities(_table(*columns))):
        fields = [one.field for one in mapped.recognised]
        assert all(fields.count(field) == 1 or field in SEVERAL for field in fields)
        assert all(set(mapped.columns(field)) <= set(columns) for field in fields)


@given(COLUMNS)
def test_the_order_of_the_columns_does_not_matter(columns: list[str]) -> None:
    """Which of two columns says a field hangs on their names only."""
    for map_columns in (map_records, map_activities):
        assert _found(map_columns(_table(*columns))) == _found(map_columns(_table(*columns[::-1])))


def test_no_heading_means_two_things() -> None:
    """Each word belongs to one field, and each standard field of a record has words."""
    for headings in (RECORD_HEADINGS, ACTIVITY_HEADINGS):
        words = [word for ranks in headings.values() for word in ranks]
        assert len(words) == len(set(words))
        assert all(heading(word) == word for word in words)
    assert set(RECORD_HEADINGS) == FIELD_NAMES | {"id", "source", "kind", "recorded_at"}


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("姓名", "name"), ("手机号", "phone"), ("邮箱", "email"), ("公司", "company"), ("客户编号", "id"),
        ("unique_id", "id"), ("first_name", "given_name"), ("Surname", "family_name"), ("DOB", "born_on"),
        ("E-Mail", "email"), ("e mail address", "email"), ("Mobile Phone", "phone"), ("Phone 2", "phone"),
        ("电话2", "phone"), ("address_1", "address"), ("手机号（必填）", "phone"), ("Ｅｍａｉｌ", "email"),
        ("postal code", "postcode"), ("省份", "region"), ("来源渠道", "source_channel"), ("法定代表人", "ceo"),
        ("updatedAt", "recorded_at"), ("职位", "job_title"), ("员工数", "size"), ("unionid", "wechat"),
    ],
)  # fmt: skip
def test_columns_of_records_as_people_call_them(column: str, field: str) -> None:
    """Case, spaces, remarks and full width do not matter."""
    assert map_records(_table(column)).recognised == (Recognised(field, column, "by name"),)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("InvoiceNo", "order_id"), ("InvoiceDate", "at"), ("CustomerID", "customer_id"), ("Quantity", "quantity"),
        ("UnitPrice", "unit_price"), ("StockCode", "product_id"), ("下单时间", "at"), ("金额", "amount"),
        ("订单号", "order_id"), ("实付金额(元)", "amount"), ("订单金额", "order_amount"), ("会员号", "customer_id"),
        ("事件", "kind"), ("渠道", "channel"), ("币种", "currency"), ("amount_minor", "amount_minor"),
        ("Timestamp", "at"), ("user_id", "customer_id"), ("成本", "cost"), ("人数", "guests"), ("单价", "unit_price"),
    ],
)  # fmt: skip
def test_columns_of_activities_as_people_call_them(column: str, field: str) -> None:
    """English and Chinese exports are read alike."""
    assert map_activities(_table(column)).recognised == (Recognised(field, column, "by name"),)


@pytest.mark.parametrize("column", ["类型", "客户类型", "type", "Customer Type"])
def test_a_type_is_the_kind_of_party_where_it_says_so(column: str) -> None:
    """Persons and companies are recognised by what they are called; any other type stays as it is."""
    parties = _table(column, cells={column: ["个人", "企业", None]})
    grades = _table(column, cells={column: ["VIP", "normal", None]})

    assert map_records(parties).columns("kind") == (column,)
    assert map_records(grades).custom == ((column, column),)


def test_of_two_columns_the_better_name_wins() -> None:
    """The order time is when it happened, though a payment time stands beside it."""
    mapped = map_activities(_table("付款时间", "下单时间", "customer"))

    assert mapped.columns("at") == ("下单时间",)
    assert mapped.custom == (("付款时间", "付款时间"),)
    assert rank("付款时间", "at", ACTIVITY_HEADINGS) > rank("下单时间", "at", ACTIVITY_HEADINGS)  # type: ignore[operator]
    assert rank("姓名", "at", ACTIVITY_HEADINGS) is None


def test_a_counter_is_read_over_for_contact_points_only() -> None:
    """ "phone 2" is a phone; "name 2" is not the name."""
    mapped = map_records(_table("phone1", "phone2", "mobile", "name", "name 2"))

    assert mapped.columns("phone") == ("phone1", "phone2", "mobile")
    assert mapped.columns("name") == ("name",)
    assert mapped.custom == (("name 2", "name 2"),)


def test_content_tells_what_a_heading_does_not() -> None:
    """E-mails, phones and birthdays are recognised by their look."""
    table = _table(
        "column_1",
        "kontakt",
        "q7",
        "no",
        "when",
        cells={
            "column_1": ["a@x.com", None, "b@y.cn"],
            "kontakt": ["13800138000", "+49 30 123456", "(555) 123-4567"],
            "q7": ["1980-01-05", "1999-12-31", None],
            "no": ["1234567", "2345678", "3456789"],
            "when": ["2024-01-05", "2024-02-05", "2024-03-05"],
        },
    )
    mapped = map_records(table)

    assert _found(mapped) == {"column_1": "email", "kontakt": "phone", "q7": "born_on"}
    assert {one.how for one in mapped.recognised} == {"by content"}
    assert _found(map_activities(table)) == {"q7": "at"}


def test_content_needs_nine_in_ten() -> None:
    """A stray value does not hide what a column is, two in ten do."""
    emails: list[object] = [f"a{n}@x.com" for n in range(9)]

    assert looks_like([*emails, "none yet"], is_email)
    assert not looks_like([*emails[:8], "none yet", "soon"], is_email)
    assert not looks_like([], is_email)
    assert not looks_like([None, ""], is_email)


def test_only_the_first_two_hundred_values_are_looked_at() -> None:
    """A long file is recognised as fast as a short one."""
    assert looks_like([*["a@x.com"] * 200, *["x"] * 999], is_email)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("a@x.com", "email"), ("a b@x.com", ""), ("a@x", ""), ("@x.com", ""), ("a@x.com;b@y.com", ""),
        ("13800138000", "phone"), ("138-0013-8000", "phone"), ("+8613800138000", "phone"), ("86 13800138000", "phone"),
        ("0755-12345678", "phone"), ("(020) 7946 0958", "phone"), ("555.123.4567", "phone"),
        ("0049 30 123456", "phone"),
        ("1234567890", ""), ("12345.67", ""), ("192.168.100.100", ""), ("2024-000123-01", ""), ("123-45-6789", ""),
        ("2024-01-05", "date"), ("2024/1/5 8:30", "date"), ("5.1.2024", "date"), ("20240105", "date"),
        ("2024年1月5日", "date"), ("20241305", ""), ("2024", ""), ("1/5/24", ""),
    ],
)  # fmt: skip
def test_what_a_text_looks_like(text: str, kinds: str) -> None:
    """One look or none."""
    looks = [
        name for name, test in (("email", is_email), ("phone", is_phone), ("date", is_date)) if test(text)
    ]

    assert looks == kinds.split()


def test_birthdays_are_spread_like_peoples() -> None:
    """Dates of one year are no birthdays, nor are times, nor years no one living was born in."""
    assert looks_like_birthdays(["1990-01-01", "2005-01-01"])
    assert not looks_like_birthdays(["1990-01-01", "2004-01-01"])
    assert not looks_like_birthdays(["1990-01-01 10:00", "2005-01-01 10:00"])
    assert not looks_like_birthdays(["1800-01-01", "1990-01-01"])


def test_kind_is_believed_only_if_it_fits() -> None:
    """A column "kind" of colours is no kind of party."""
    fits = _table("kind", "id", cells={"kind": ["Person", "公司"], "id": ["1", "2"]})
    colours = _table("kind", "id", cells={"kind": ["red", "blue"], "id": ["1", "2"]})

    assert map_records(fits).columns("kind") == ("kind",)
    assert map_records(colours).custom == (("kind (as given)", "kind"),)
    assert map_records(colours, overrule={"kind": "kind"}).columns("kind") == ("kind",)


def test_marks_and_empty_columns_speak_neither_for_a_kind_nor_against_it() -> None:
    """A "?" is not counted among words, and of two columns the one that says persons and companies is it."""
    marked = _table("kind", cells={"kind": ["person", "company", "person", "person", "?"]})
    graded = _table("party_kind", "kind", cells={"party_kind": ["VIP", "normal"], "kind": ["person", "公司"]})
    only_marks = _table("kind", cells={"kind": ["?", "-"]})

    assert map_records(marked).columns("kind") == ("kind",)
    assert map_records(graded).columns("kind") == ("kind",)
    assert map_records(graded).custom == (("party_kind", "party_kind"),)
    assert map_records(only_marks).custom == (("kind (as given)", "kind"),)


def test_a_column_left_over_takes_no_name_that_is_there() -> None:
    """However columns are called, each has a name of its own."""
    given = ("lines", "lines (as given)", "lines (as given)#2")
    assert map_activities(_table(*given)).custom == (
        ("lines (as given)#3", "lines"),
        ("lines (as given)", "lines (as given)"),
        ("lines (as given)#2", "lines (as given)#2"),
    )
    assert map_records(_table("record_id", "id", "source_system", "source")).custom == (
        ("id (as given)", "id"),
        ("source (as given)", "source"),
    )


@pytest.mark.parametrize(
    ("subject", "custom"),
    [
        ("records", (("kind", "a"),)),
        ("records", (("name", "a"),)),
        ("records", (("x", "b"), ("x", "a"))),
        ("activities", (("lines", "a"),)),
    ],
)
def test_a_map_made_by_hand_gives_no_name_twice(subject: str, custom: tuple[tuple[str, str], ...]) -> None:
    """Nor one that means something: a value would overwrite another unseen."""
    with pytest.raises(InvalidValue, match=r"the column 'a' cannot be kept as .* a name of its own"):
        ColumnMap(subject=subject, custom=custom)


def test_a_hand_overrules_name_and_content() -> None:
    """--map wins, and the column that lost its field is kept beside it."""
    table = _table("name", "nick", "mail", cells={"name": ["a"], "nick": ["b@x.com"], "mail": ["c"]})
    mapped = map_records(table, overrule={"name": "nick"})

    assert [str(one) for one in mapped.recognised] == ["nick → name, by --map", "mail → email, by name"]
    assert mapped.custom == (("name (as given)", "name"),)
    assert map_records(table, overrule={"email": "nick"}).columns("email") == ("nick",)


def test_what_a_hand_names_must_be_there() -> None:
    """An unknown column or field offers the closest."""
    table = _table("Kunde", "Datum")

    with pytest.raises(UnknownName, match=r"no column is called 'Kunden'\. Did you mean 'Kunde'"):
        map_activities(table, overrule={"customer_id": "Kunden"})
    with pytest.raises(UnknownName, match=r"no field is called 'custmer_id'\. Did you mean 'customer_id'"):
        map_activities(table, overrule={"custmer_id": "Kunde"})
    with pytest.raises(UnknownName, match="no field is called 'order_id'"):
        map_records(table, overrule={"order_id": "Kunde"})


def test_overrules_go_to_the_tables_they_fit() -> None:
    """One list of --map serves files of both subjects."""
    shop, crm, orders = _table("Kunde", "Mail1"), _table("Mail1"), _table("Kunde", "Wann", "Nr")
    texts = ["email=Mail1", "customer_id = Kunde", "at=Wann", "id=Kunde"]

    assert overrules(texts, records=[shop, crm], activities=[orders]) == (
        [{"email": ("Mail1",), "id": ("Kunde",)}, {"email": ("Mail1",)}],
        [{"customer_id": ("Kunde",), "at": ("Wann",)}],
    )
    assert overrules([], records=[shop]) == ([{}], [])


def test_a_field_that_only_one_subject_has_comes_first_there() -> None:
    """The id of a record is the customer of an order; without records it cannot be both."""
    texts = ["id=Kunde", "customer_id=Kunde"]
    records, orders = _table("Kunde"), _table("Kunde")

    assert overrules(texts, records=[records], activities=[orders]) == (
        [{"id": ("Kunde",)}],
        [{"customer_id": ("Kunde",)}],
    )
    [alone] = overrules(texts, activities=[orders])[1]
    with pytest.raises(InvalidValue, match=r"'Kunde' cannot be both 'id' and 'customer_id'"):
        map_activities(orders, overrule=alone)


@given(st.lists(st.sampled_from(("email=a", "email=b", "name=c", "id=d", "email=a")), max_size=4))
def test_every_map_counts_once(texts: list[str]) -> None:
    """None wins over another, and saying it twice is saying it once."""
    table = _table("a", "b", "c", "d")
    [overrule] = overrules(texts, records=[table])[0]
    by_hand = [one for one in map_records(table, overrule=overrule).recognised if one.how == "by --map"]

    assert {f"{one.field}={one.column}" for one in by_hand} == set(texts)
    assert len(by_hand) == len(set(texts))


def test_a_field_that_may_have_several_columns_takes_them_all() -> None:
    """Two --map of phone are two phones, in the order of the table, and no third is guessed."""
    table = _table("tel", "handy", "phone")
    [overrule] = overrules(["phone=handy", "phone=tel"], records=[table])[0]
    assert overrule == {"phone": ("handy", "tel")}
    for by_hand in (overrule, {"phone": ["tel", "handy"]}):
        mapped = map_records(table, overrule=by_hand)
        assert mapped.columns("phone") == ("tel", "handy")
        assert mapped.custom == (("phone (as given)", "phone"),)


@pytest.mark.parametrize("mapped", [map_records, map_activities])
def test_two_columns_of_one_field_are_refused(mapped: Callable[..., ColumnMap]) -> None:
    """Which is meant cannot be known; a column cannot be two fields either."""
    table = _table("a", "b")
    with pytest.raises(InvalidValue, match=r"s\.csv: 'id' has one column, not 'a' and 'b'; give one of them"):
        mapped(table, overrule={"id": ("a", "b")})
    with pytest.raises(InvalidValue, match=r"s\.csv: the column 'a' cannot be both 'id' and 'source'"):
        mapped(table, overrule={"id": "a", "source": "a"})


@pytest.mark.parametrize(
    ("text", "error", "reason"),
    [
        ("email", InvalidValue, "--map takes field=column"),
        ("=Mail1", InvalidValue, "--map takes field=column"),
        ("email=", InvalidValue, "--map takes field=column"),
        ("emial=Mail1", UnknownName, "no field is called 'emial'. Did you mean 'email'"),
        ("email=Mail", UnknownName, "no column is called 'Mail'. Did you mean 'Mail1'"),
        ("at=Mail1", UnknownName, "no column is called 'Mail1'"),
    ],
)
def test_overrules_are_checked(text: str, error: type[Exception], reason: str) -> None:
    """What was mistyped is named, with the closest that would do."""
    with pytest.raises(error) as caught:
        overrules([text], records=[_table("Mail1")], activities=[_table("Wann")])
    assert reason in str(caught.value)


def test_a_map_explains_itself() -> None:
    """In a terminal and in a notebook: what was recognised, and how."""
    mapped = map_activities(_table("CustomerID", "<b>", "lines"))

    assert str(mapped) == (
        "CustomerID → customer_id, by name\n<b> → <b>, as it is\nlines → lines (as given), as it is"
    )
    html = mapped._repr_html_()
    assert "<td style='text-align:left'>&lt;b&gt;</td>" in html
    assert "<caption>activities</caption>" in html


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("purchase", "purchase"), ("Page View", "page_view"), ("page-view", "page_view"), ("下单", "purchase"),
        ("退款", "refund"), ("Returned", "refund"), ("ORDER", "purchase"), ("注册", "signup"), ("取消关注", "unfollow"),
    ],
)  # fmt: skip
def test_kinds_of_activity_as_sources_call_them(text: str, kind: str) -> None:
    """Case, gaps and common other words do not matter."""
    assert activity_kind(text, KINDS) == kind


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_itself(kind: str) -> None:
    """No common word shadows a kind of ours."""
    assert activity_kind(kind, KINDS) == kind


def test_a_kind_must_be_known_to_those_who_read_it() -> None:
    """A host's own kinds are taken as they are; a word for a kind they lack is unknown."""
    assert activity_kind("Tasting", ("Tasting",)) == "Tasting"
    with pytest.raises(InvalidValue, match="Did you mean 'purchase'"):
        activity_kind("purchse", KINDS)
    with pytest.raises(InvalidValue, match="no activity kind"):
        activity_kind("order", ("touch",))


def test_kinds_of_parties() -> None:
    """A person or an organisation, in either language."""
    assert [party_kind(one) for one in ("Person", "个人", "Company", "企业", "VIP", "")] == [
        "person", "person", "organisation", "organisation", None, None,
    ]  # fmt: skip


def test_headings_are_compared_by_their_letters() -> None:
    """A heading of remarks only is still a heading."""
    assert heading("Customer_ID ") == heading("customerId") == "customerid"
    assert heading("(name)") == "name"
    assert heading("***") == ""


def test_a_table_is_checked_once() -> None:
    """Different names, one sequence a column, all of one length."""
    with pytest.raises(InvalidValue, match="different names"):
        Table(source="s", columns=("a", "a"), numbers=(), cells=((), ()))
    with pytest.raises(InvalidValue, match="as long as it has rows"):
        Table(source="s", columns=("a",), numbers=(1,), cells=((),))
    with pytest.raises(InvalidValue, match="as long as it has rows"):
        Table(source="s", columns=("a",), numbers=(), cells=())


def test_a_cell_that_is_nested_too_deeply_is_left_out() -> None:
    """Whatever a host puts into a cell, one row's cell is all it costs."""
    for wrap in (lambda one: [one], lambda one: {"x": one}, lambda one: (one,)):
        fits: object = 1
        for _ in range(DEEPEST):
            fits = wrap(fits)
        too_deep = wrap(fits)
        for _ in range(3000):
            too_deep = wrap(too_deep)
        table = table_of([(1, {"a": fits}), (2, {"a": too_deep, "b": 1})], source="s")

        assert [number for number, row in table.rows() if "a" in row] == [1]
        assert [(one.row, one.field, one.kept) for one in table.problems] == [(2, "a", True)]
        assert len(records_of(table)[0]) == 2


def test_a_table_of_rows_has_every_name_once() -> None:
    """Names come in the order they first came; a cell that is not there is None."""
    table = table_of([(1, {"b": 1, "a": [1, [2]]}), (3, {"c": {"x"}, "b": None})], source="s")

    assert table.columns == ("b", "a", "c")
    assert list(table.column("a")) == [(1, (2,)), None]
    assert list(table.rows()) == [(1, {"b": 1, "a": (1, (2,))}), (3, {"c": ("x",)})]
    assert (len(table), repr(table)) == (2, "Table('s': 2 rows, 3 columns)")
    with pytest.raises(UnknownName, match="no column is called 'd'"):
        table.column("d")
