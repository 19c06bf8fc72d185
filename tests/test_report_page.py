"""The report: one page that opens offline, escapes every text and tells no more than it must."""

from __future__ import annotations

import datetime as dt
import re
import sys
from functools import cache
from html.parser import HTMLParser

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidValue, MissingExtra, UnknownName
from crmkit.report import (
    CareDay,
    CareExample,
    Figure,
    FunnelStep,
    IdentityExample,
    IdentityRecord,
    MatchEvidence,
    MatchPart,
    ProblemRow,
    ReportData,
    StageMonth,
    StageMove,
    TierCell,
    html,
    masked,
)
from crmkit.report.charts import stage_colours

pytest.importorskip("altair")

AS_OF = dt.datetime(2026, 6, 30, 12, tzinfo=dt.UTC)
DAY = AS_OF.date()
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=\"alert(1)\">"
VOID = {"meta", "img", "br", "link"}


def data(name: str = "王晓明", stage: str = "mature", rule: str = "winback") -> ReportData:
    """A small report; *name* stands wherever the caller's data can put a text."""
    evidence = MatchEvidence(
        left="shop-1",
        right=name,
        parts=(
            MatchPart(field="phone", verdict="exact", weight=142),
            MatchPart(field=name, verdict=name, weight=-24),
        ),
    )
    fields = (
        ("name", name),
        ("phone", "+86 138 1234 5678"),
        ("email", "ann.lee@post.example"),
        ("born_on", "1988-03-05"),
    )
    return ReportData(
        title=f"Report of {name}",
        as_of=AS_OF,
        figures=(Figure(label=name, value=f"5,012 {name}", note=name),),
        funnel=(FunnelStep(name=name, reached=1234, pending=17), FunnelStep(name="purchase", reached=617)),
        stages=("new", stage, "silent"),
        lapsed=("silent",),
        stage_months=(
            StageMonth(month=dt.date(2026, 5, 1), stage=stage, customers=40),
            StageMonth(month=dt.date(2026, 6, 1), stage="silent", customers=60),
        ),
        stage_moves=(
            StageMove(start="new", end=stage, customers=321),
            StageMove(start="new", end=stage, customers=1000),
            StageMove(start=stage, end=stage, customers=77),
        ),
        tier_cells=(
            TierCell(recency=1, frequency=1, customers=90, tier=1, tier_name=name),
            TierCell(recency=2, frequency=1, customers=4321, tier=2, tier_name="gold"),
        ),
        identities=(
            IdentityExample(
                customer_id="shop-1",
                headline=name,
                records=(
                    IdentityRecord(record_id="shop-1", source=name, fields=fields),
                    IdentityRecord(record_id="card-2", source="card", fields=((name, name),)),
                ),
                evidence=(evidence,),
            ),
        ),
        care_days=(
            CareDay(day=DAY, rule=rule, outcome="SEND", decisions=231),
            CareDay(day=DAY, rule=rule, outcome="WAIT", decisions=0),
        ),
        care_examples=(
            CareExample(
                customer_id="shop-1",
                rule=rule,
                outcome="DROP",
                channel=name,
                reasons=(name, "no consent of ann.lee@post.example"),
            ),
        ),
        problems=(
            ProblemRow(source=name, field="email", reason=name, rows=84, kept=True),
            ProblemRow(source="s", reason="r"),
        ),
    )


@cache
def page() -> str:
    return html(data())


class Reader(HTMLParser):
    """Collects elements and text as a browser would see them, and checks that tags are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.texts.append(text)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("text", [HOSTILE, "a & b < c > d \" ' `", "{{7*7}} ${x} \u202e"])
def test_no_text_becomes_markup(text: str) -> None:
    """Hostile texts in every place make the same elements as harmless ones, and no attribute that acts."""
    hostile = read(html(data(text, stage=text, rule=text)))
    harmless = read(html(data("n", stage="m", rule="r")))

    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in harmless.elements]
    for tag, attributes in hostile.elements:
        assert tag not in (
            "script",
            "iframe",
            "object",
            "embed",
            "link",
            "base",
            "form",
            "img",
            "foreignobject",
        )
        assert not any(name.startswith("on") or name in ("src", "href", "xlink:href") for name in attributes)


def test_hostile_texts_are_shown_as_they_are() -> None:
    """Escaping loses nothing: the reader sees the very text."""
    shown = read(html(data(HOSTILE, stage=HOSTILE, rule=HOSTILE))).texts

    assert sum(HOSTILE in text for text in shown) >= 12


def test_the_page_loads_nothing() -> None:
    """No address is ever fetched, and the page's own policy forbids it."""
    addresses = set(re.findall(r"https?://[^\s\"'<>)]+", page()))
    policies = [its["content"] for tag, its in read(page()).elements if tag == "meta" and "http-equiv" in its]

    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]
    assert "@import" not in page()


def test_ids_are_unique_on_the_page() -> None:
    """The charts share a page without sharing ids, and every reference has its target."""
    ids = [its["id"] for _, its in read(page()).elements if "id" in its]

    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", page())) <= set(ids)


def test_every_part_is_on_the_page() -> None:
    """Each figure, step, stage, tier, record, decision and problem is found in the text."""
    shown = " ".join(read(page()).texts)

    for text in (
        "Report of 王晓明", "as of 2026-06-30 12:00 UTC", "5,012 王晓明", "1,234 · 100% · 17 pending",
        "617 · 50%", "2026-05",
        "mature", "1,321", "77", "4,321", "gold", "shop-1 and 王晓明:", "+11.8 bits", "+14.2",
        "-2.4", "exact",
        "winback", "231", "DROP", "王晓明; no consent of a•••@", "kept without the field", "left out", "84",
    ):  # fmt: skip
        assert text in re.sub(r"\s+", " ", shown), text


def test_the_charts_show_what_there_is() -> None:
    """Bars are set against the first step, outcomes that never occur are left out, dark cells are legible."""
    assert "whole: 1234; step: purchase" in page()
    assert "WAIT" not in page()
    assert re.search(r'<text[^>]*fill="white"[^>]*>4,321<', page())
    assert re.search(r'<text[^>]*fill="#26323a"[^>]*>90<', page())


def test_moves_are_added_up_and_stayers_set_apart() -> None:
    """Two rows of one move are one cell; the diagonal is not shaded."""
    assert "<td style='background:rgba(31,111,120,0.60)'>1,321</td>" in page()
    assert "<td class='stayed'>77</td>" in page()
    assert "<td style='background:rgba(31,111,120,0.00)'>·</td>" in page()


def test_personal_data_are_masked_unless_asked_for() -> None:
    """By default no e-mail address, phone or birthday is in the page; without masking they are."""
    private = ("ann.lee", "138 1234 5678", "1988-03-05")

    assert not any(text in page() for text in private)
    assert all(text in page() for text in ("•••5678", "a•••@post.example", "1988-•••"))
    assert all(text in html(data(), mask=False) for text in private)


def test_an_empty_report_is_a_page() -> None:
    """Parts without rows say so, and nothing is drawn."""
    empty = read(html(ReportData(title="Nothing", as_of=AS_OF)))

    assert empty.texts.count("Nothing to show.") == 6
    assert "svg" not in [tag for tag, _ in empty.elements]


def test_the_same_data_give_the_same_page() -> None:
    """A page can be compared with the last one, byte by byte."""
    assert html(data()) == page()


def test_zero_everywhere_is_drawn() -> None:
    """A funnel, a grid and moves of nobody divide by nothing."""
    nobody = attrs.evolve(
        data(),
        funnel=(FunnelStep(name="touch", reached=0),),
        tier_cells=(TierCell(recency=1, frequency=1, customers=0, tier=1, tier_name="bronze"),),
        stage_moves=(StageMove(start="new", end="new", customers=0),),
        care_days=(),
        identities=(
            IdentityExample(
                customer_id="c",
                headline="h",
                records=(),
                evidence=(
                    MatchEvidence(left="a", right="b", parts=(MatchPart(field="f", verdict="v", weight=0),)),
                ),
            ),
        ),
    )

    assert "0 · 0%" in re.sub(r"\s+", " ", " ".join(read(html(nobody)).texts))


def test_the_page_is_small_enough_to_send() -> None:
    """It is UTF-8 in one piece, and only without the mask does it show what people wrote."""
    assert len(page().encode()) < 200_000
    assert "ann.lee" in html(data(), mask=False)


@pytest.mark.parametrize("library", ["altair", "vl_convert"])
def test_without_the_extra_the_error_names_it(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever lacks altair or vl-convert is told what to install."""
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(MissingExtra, match=r"crmkit\[report\]") as caught:
        html(data())
    assert caught.value.extra == "report"


def test_data_are_checked_when_they_are_built() -> None:
    """Unknown stages and outcomes get the closest name; counts are never negative."""
    with pytest.raises(UnknownName, match="Did you mean 'mature'"):
        ReportData(title="t", as_of=AS_OF, stages=("mature",), lapsed=("matur",))
    with pytest.raises(UnknownName, match="matur"):
        ReportData(
            title="t",
            as_of=AS_OF,
            stages=("mature",),
            stage_moves=(StageMove(start="mature", end="matur", customers=1),),
        )
    with pytest.raises(UnknownName, match="Did you mean 'SEND'"):
        CareDay(day=DAY, rule="r", outcome="SENT", decisions=1)
    with pytest.raises(InvalidValue, match="reached must be 0 or more"):
        FunnelStep(name="n", reached=-1)
    with pytest.raises(InvalidValue, match="time zone"):
        ReportData(title="t", as_of=dt.datetime(2026, 1, 1))


def test_the_repr_of_report_data_tells_nobodys_name() -> None:
    """Examples are left out of the repr."""
    assert "+86 138" not in repr(data())
    assert "no consent" not in repr(data())


def test_lapsed_stages_are_grey_and_others_deepen() -> None:
    """Every stage has a colour; the living ones differ, and only lapsed ones are grey."""
    colours = stage_colours(("a", "b", "silent", "gone"), ("silent", "gone"))

    assert list(colours) == ["a", "b", "silent", "gone"]
    assert len(set(colours.values())) == 4
    assert (colours["a"], colours["b"]) == ("#d7e8e8", "#12525b")
    assert stage_colours(("only",), ()) == {"only": "#d7e8e8"}
    assert len(stage_colours(tuple("abcdefgh"), tuple("efgh"))) == 8


# masking
@given(st.text("0123456789 +-", max_size=20))
def test_a_masked_phone_shows_four_digits_at_most(phone: str) -> None:
    """However it is written, no more than the last four digits are left, of short numbers none."""
    shown = re.sub(r"\D", "", masked("phone", phone))
    digits = re.sub(r"\D", "", phone)

    assert shown == (digits[-4:] if len(digits) >= 7 else "")


@given(st.sampled_from(("ann", "a.b", "x+y", "王")), st.sampled_from(("name", "needs", "", "address")))
def test_an_address_of_a_mailbox_is_masked_in_any_field(local: str, field: str) -> None:
    """In free text, too, only the first letter and the domain are left."""
    assert masked(field, f"write to {local}@post.example now") == f"write to {local[0]}•••@post.example now"


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("born_on", "1988-03-05", "1988-•••"),
        ("wechat", "o1234567890", "o123•••"),
        ("device", "d-1", "d-1•••"),
        ("address", "12 Mill Road, Flat 3", "•• Mill Road, Flat •"),
        ("needs", "call 13812345678 on 2026-06-30", "call •••5678 on 2026-06-30"),
        ("name", "王晓明", "王晓明"),
    ],
)
def test_masking_by_field(field: str, text: str, shown: str) -> None:
    """Each field keeps what a reader needs."""
    assert masked(field, text) == shown
