"""Tables and bars: everything escaped, everything aligned."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from crmkit.display import display_width, html_bars, html_table, text_bar, text_table

CELLS = st.one_of(
    st.none(),
    st.integers(-1000, 10_000),
    st.booleans(),
    st.sampled_from(("张伟", "a\nb", "\x1b[31m", "<b>&'\"", "e\u0301", "\u200b", "-", "1,0", "")),
)
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=4)


class _Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@given(ROWS)
def test_every_line_of_a_text_table_is_as_wide_as_its_rule(rows: list[tuple[object, object]]) -> None:
    """No line sticks out, and data makes no lines of its own."""
    lines = text_table(("名称", "count"), rows).split("\n")

    assert len(lines) == 2 + len(rows)
    assert all(display_width(line) <= display_width(lines[1]) for line in lines)


@given(ROWS)
def test_no_control_character_reaches_the_terminal(rows: list[tuple[object, object]]) -> None:
    """Data cannot steer a terminal."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text_table(("a", "b"), rows))


@given(ROWS)
def test_data_makes_no_tags(rows: list[tuple[object, object]]) -> None:
    """Only our own tags are in the HTML, whatever the cells say."""
    seen = _Seen(html_table(("<i>", "b"), rows, caption="<u>"))

    assert seen.tags.count("tr") == 1 + len(rows)
    assert seen.tags.count("td") == 2 * len(rows)
    assert set(seen.tags) <= {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert seen.texts[:2] == ["<u>", "<i>"]


def test_numbers_go_right_and_unknown_shows_nothing() -> None:
    """A column of numbers is aligned to the right, even where one is unknown."""
    assert text_table(("who", "n"), [("张伟", 1234), ("Bo", None), ("C", 5)]) == (
        "who       n\n────  ─────\n张伟  1,234\nBo\nC         5"
    )
    assert text_table(("n",), [(1.5,), (-20.25,)]) == "n\n──────\n1.5\n-20.25".replace(
        "n\n", "     n\n"
    ).replace("\n1.5", "\n   1.5")
    assert text_table(("n",), [("1",), ("x",)]) == "n\n─\n1\nx"
    assert text_table(("n",), [("--",), ("-",)]) == "n\n──\n--\n-"


def test_a_table_of_no_rows_has_a_head() -> None:
    """Nothing to show is shown as such."""
    assert text_table(("a", "bb"), []) == "a  bb\n─  ──"
    assert "<tbody></tbody>" in html_table(("a",), [])


def test_html_numbers_are_right_aligned_and_truths_are_not() -> None:
    """True is a word, not a number."""
    html = html_table(("a",), [(1234,), (True,), (None,), (1.5,)])

    assert "<td style='text-align:right'>1,234</td>" in html
    assert "<td style='text-align:left'>True</td>" in html
    assert "<td style='text-align:left'></td>" in html
    assert "<td style='text-align:right'>1.5</td>" in html
    assert "<caption>" not in html


@given(st.lists(st.tuples(st.sampled_from(("<a>", "b", "张")), st.integers(0, 5)), max_size=4))
def test_a_bar_is_as_long_as_its_count(bars: list[tuple[str, int]]) -> None:
    """Widths are in proportion to the counts; labels are escaped."""
    html = html_bars(bars, caption="<c>")
    widths = [float(one) for one in re.findall(r"<rect [^>]*width='([\d.]+)'", html)]
    longest = max((count for _, count in bars), default=0) or 1

    assert widths == [round(240 * count / longest, 1) for _, count in bars]
    assert set(_Seen(html).tags) <= {"figure", "figcaption", "svg", "text", "rect"}


def test_bars_stand_below_each_other() -> None:
    """Each bar has a line of its own, and the picture is as high as its lines."""
    html = html_bars([("a", 1), ("b", 2000)])

    assert re.findall(r"<rect x='156' y='(\d+)'", html) == ["3", "25"]
    assert "height='48'" in html
    assert ">2,000</text>" in html


@given(st.integers(0, 30), st.integers(0, 30))
def test_a_text_bar_fills_its_width_at_the_longest(count: int, longest: int) -> None:
    """The longest count fills the width, none is nothing."""
    assert len(text_bar(longest, longest)) == (24 if longest else 0)
    assert len(text_bar(min(count, longest), longest)) <= 24
    assert text_bar(1, 2, width=10) == "█████"


def test_widths_in_a_terminal() -> None:
    """Chinese takes two places, a mark on a letter none."""
    assert [display_width(text) for text in ("a", "张", "e\u0301", "\u200b", "ａ", "")] == [1, 2, 1, 0, 2, 0]
