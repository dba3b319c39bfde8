"""Phrases are found word by word as an expression made of them would find them."""

from __future__ import annotations

import random
import re
from functools import cache

import pytest

from rules.patterns.folding import LETTER, fold
from rules.patterns.phrase import Phrase, Words
from rules.patterns.table import read_tables

BETWEEN = rf"(?:(?!{LETTER})[^.!?।\n]){{1,3}}"
WRITTEN = sorted({one for group in read_tables() for one in (*group.phrases, *group.unless)})


@cache
def expression(written: str) -> re.Pattern[str]:
    """The plain way: each optional element and each gap brings its own space after it, or before it at the end."""
    parts = []
    elements = written.split()
    for place, element in enumerate(elements):
        last = place == len(elements) - 1
        if element == "..":
            parts.append(rf"(?:{LETTER}+{BETWEEN}){{0,3}}?")
        elif element.endswith("?"):
            parts.append(f"(?:{BETWEEN}{choices(element[:-1])})?" if last else f"(?:{choices(element[:-1])}{BETWEEN})?")
        else:
            ends = last or (place == len(elements) - 2 and elements[-1].endswith("?"))
            parts.append(choices(element) + ("" if ends else BETWEEN))
    return re.compile(rf"(?<!{LETTER}){''.join(parts)}(?!{LETTER})")


def choices(element: str) -> str:
    return f"(?:{'|'.join(BETWEEN.join(map(word, choice.split('_'))) for choice in element.split('/'))})"


def word(written: str) -> str:
    return fold(written.rstrip("*")) + (f"{LETTER}*" if written.endswith("*") else "")


def found(written: str, text: str) -> list[tuple[int, int]]:
    words = Words(text)
    return [(words.places[first][0], words.places[last][1]) for first, last in Phrase(written).found(words)]


def test_every_phrase_of_the_tables_is_found_where_an_expression_of_it_is() -> None:
    chance = random.Random(5)
    met = 0
    for written in WRITTEN:
        own = [one for one in re.split(r"[ /_?*.]+", fold(written)) if one]
        for _ in range(3):
            text = "".join(
                chance.choice([*own, *own, *own, "a", "é"])
                + chance.choice(["", "", "", "", "", "s", "_", "9"])
                + chance.choice(["   ", *"      ", ", ", " - ", " -- ", *"-.!\n।·"])
                for _ in range(chance.randint(1, 12))
            )
            assert found(written, text) == [one.span() for one in expression(written).finditer(text)], (written, text)
            met += bool(found(written, text))
    assert met > 1_500


def test_every_phrase_of_the_tables_is_found_in_its_own_words() -> None:
    for written in WRITTEN:
        one = " ".join(
            element.rstrip("?").split("/")[-1].replace("_", " ").replace("*", "")
            for element in written.split()
            if element != ".."
        )
        folded = fold(one)
        assert found(written, folded)[0] == expression(written).search(folded).span()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        ("a b c? d", "a b c d", (0, 7)),
        ("a b c? d", "a b d", (0, 5)),
        ("a b c?", "a b cc", (0, 3)),
        ("a? b", "xa b", (3, 4)),
        ("a .. b", "a one two three b", (0, 17)),
        ("a .. b", "a one two three four b", None),
        ("a .. .. b", "a 1 2 3 4 5 6 b", (0, 15)),
        ("a/a_b c", "a b c", (0, 5)),
        ("star*/x y", "costar y starry y", (9, 17)),
        ("a b", "a. b", None),
        ("a b", "a\nb", None),
        ("a b", "a \u201c b", (0, 5)),
        ("a b", "a    b", None),
        ("কর* না", "করি না", (0, 6)),
    ],
)
def test_a_phrase_is_a_row_of_elements_in_one_sentence(
    written: str, text: str, expected: tuple[int, int] | None
) -> None:
    assert found(written, text) == ([] if expected is None else [expected])


@pytest.mark.parametrize("written", [".. a", "a ..", "a .. b?", "a b? c?", "a b? .."])
def test_a_phrase_that_would_begin_or_end_beside_no_word_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="begin and end"):
        Phrase(written)


def test_a_text_of_one_phrases_words_is_searched_in_no_time() -> None:
    text = Words("a b " * 5_000)
    assert list(Phrase("a/b .. a/b .. a/b .. zzz").found(text)) == []
