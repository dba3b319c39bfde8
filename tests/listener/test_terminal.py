from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from listener.terminal import cut, one_line, safe


def test_a_post_cannot_move_the_cursor_or_colour_the_screen() -> None:
    assert "\x1b" not in safe("\x1b[2J\x1b[31mgone")
    assert "\x9b" not in safe("\x9b31m")


def test_a_post_cannot_turn_a_line_around() -> None:
    assert "\u202e" not in safe("invoice\u202efdp.exe")


def test_bengali_joiners_and_emoji_stay() -> None:
    text = "র\u200d্যাব 👩\u200d🔧"
    assert safe(text) == text


@given(st.text())
def test_no_control_character_survives_on_one_line(text: str) -> None:
    assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in one_line(text))


@given(st.text(), st.integers(2, 80))
def test_a_cut_line_is_never_wider_than_asked(text: str, width: int) -> None:
    assert len(cut(text, width)) <= width
