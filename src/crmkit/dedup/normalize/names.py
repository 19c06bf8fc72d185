"""Names of people: given and family name told apart, nicknames and readings as other forms."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple, NewType

from crmkit.dedup.forms import OTHER, OWN, Cell, Form, cell_of
from crmkit.dedup.normalize.chinese import (
    is_pinyin,
    is_pinyin_surname,
    reading,
    simplified,
    split_chinese,
    split_pinyin,
)
from crmkit.dedup.normalize.text import is_chinese, text_key, words_of
from crmkit.dedup.normalize.vocabulary import LONG_FORMS

NameKey = NewType("NameKey", str)
"""A normalised given or family name."""


class PersonName(NamedTuple):
    """A person's name, normalised; any part may be empty where it is unknown.

    Attributes:
        family: Family name.
        given: Given name.
        middle: Middle names or their initials, in a row.
        suffix: What tells generations apart: "jr", "iii".
    """

    family: str
    given: str
    middle: str = ""
    suffix: str = ""


def name_key(name: str) -> NameKey:
    """Return one name, normalised: words joined by spaces, Chinese simplified and without spaces.

    >>> name_key("Anne-Marie"), name_key("張")
    ('anne marie', '张')
    """
    words = words_of(name)
    if is_chinese(name):
        return NameKey(simplified("".join(words)))
    return NameKey(" ".join(words))


@lru_cache(maxsize=65_536)
def name_forms(key: str) -> tuple[Form, ...]:
    """Return the ways to write the normalised name *key*: itself, its readings, what a nickname is short for.

    >>> [form.text for form in name_forms("bob")], [form.text for form in name_forms("曾")]
    (['bob', 'robert'], ['曾', 'ceng', 'zeng'])
    """
    if not key:
        return ()
    if is_chinese(key):
        others = {reading(key), reading(key, surname=True)}
    else:
        others = {key.replace(" ", ""), *LONG_FORMS.get(key, ())}
    return (Form(key, OWN), *(Form(other, OTHER) for other in sorted(others) if other != key))


def split_name(name: str) -> PersonName:
    """Return family and given name of a full name, as well as its writing tells.

    A name in Chinese characters begins with the family name, and so does one
    in pinyin whose first word is a surname.  Else a comma or the last word
    tells the family name.  Signs such as emoji are no part of a name.

    >>> split_name("Wang Xiaoming"), split_name("Smith, John A."), split_name("王小明🌸")
    (PersonName(family='wang', given='xiaoming', middle='', suffix=''),
     PersonName(family='smith', given='john', middle='a', suffix=''),
     PersonName(family='王', given='小明', middle='', suffix=''))
    """
    if is_chinese(name):
        together = "".join(word for word in words_of(name) if is_chinese(word))
        return PersonName(*split_chinese(simplified(together)))
    words = words_of(name)
    suffix = words.pop() if len(words) > 2 and words[-1] in _SUFFIXES else ""
    if len(words) < 2:
        return _one_word(words)
    pinyin = _split_pinyin_words(words)
    if pinyin is not None:
        return pinyin
    head, comma, _ = text_key(name).partition(",")
    turn = len(words_of(head)) if comma else 0
    if 0 < turn < len(words):
        words = words[turn:] + words[:turn]
    return PersonName(words[-1], words[0], "".join(words[1:-1]), suffix)


def turned(name: PersonName) -> PersonName | None:
    """Return *name* with family and given name exchanged where pinyin does not tell which is which, else None.

    >>> turned(PersonName("xiang", "deng")).family
    'deng'
    """
    if is_pinyin_surname(name.family) and is_pinyin_surname(name.given):
        return PersonName(name.given, name.family)
    return None


def given_cell(name: PersonName) -> Cell:
    """Return every form of the given name; middle names make another form, and Jr is part of each.

    >>> [form.text for form in given_cell(PersonName("smith", "bob", "", "jr"))]
    ['bob jr', 'robert jr']
    """
    forms = name_forms(name.given)
    if name.given and name.middle:
        forms = (*forms, Form(f"{name.given}{name.middle}", OTHER))
    if name.suffix:
        forms = tuple(Form(f"{form.text} {name.suffix}", form.way) for form in forms)
    return cell_of(forms)


def family_cell(name: PersonName) -> Cell:
    """Return every form of the family name."""
    return cell_of(name_forms(name.family))


def whole_cell(name: PersonName) -> Cell:
    """Return the forms of the whole name by which records find each other, without spaces.

    They are the name itself, family name first, its reading, what a nickname
    is short for, and a Latin name the other way round.

    >>> [form.text for form in whole_cell(PersonName("王", "小明"))]
    ['王小明', 'wangxiaoming']
    """
    if not (name.family and name.given):
        known = f"{name.family}{name.given}"
        return (Form(known, OWN),) if known else ()
    givens = [(given, is_chinese(given.text)) for given in name_forms(name.given)]
    forms = [
        Form(f"{family.text}{given.text}".replace(" ", ""), max(family.way, given.way))
        for family in name_forms(name.family)
        for chinese in (is_chinese(family.text),)
        for given, also in givens
        if chinese == also or family.way == given.way == OWN
    ]
    if not is_chinese(name.family):
        forms.append(Form(f"{name.given}{name.family}".replace(" ", ""), OTHER))
    return cell_of(forms)


def _one_word(words: list[str]) -> PersonName:
    if not words:
        return PersonName("", "")
    pinyin = split_pinyin(words[0])
    return PersonName(*pinyin) if pinyin else PersonName("", words[0])


def _split_pinyin_words(words: list[str]) -> PersonName | None:
    """Return the parts of a name in pinyin, whichever end its surname is at, or None if it is no such name."""
    if len(words) > 4 or not all(map(is_pinyin, words)):
        return None
    if is_pinyin_surname(words[0]):
        return PersonName(words[0], "".join(words[1:]))
    if is_pinyin_surname(words[-1]):
        return PersonName(words[-1], "".join(words[:-1]))
    return None


_SUFFIXES: Final = frozenset(("jr", "sr", "ii", "iii", "iv"))
