"""What tells who somebody is does not leave this machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.masking import masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail me: jane.roe+x@mail.example.org!", "mail me: [email]!"),
        ("hey @jane_roe and @bob@host.example, hi", "hey [handle] and [handle], hi"),
        ("call +49 (30) 1234-5678 now", "call [phone] now"),
        ("০১৭১২-৩৪৫৬৭৮ এ কল করুন", "[phone] এ কল করুন"),
        ("my card 4111 1111 1111 1111 was charged", "my card [card] was charged"),
        ("IBAN DE89 3704 0044 0532 0130 00, please", "IBAN [account], please"),
        ("see https://shop.example/o?mail=a@b.example", "see [link]"),
        (
            "On 2026-11-29 the 737 was 45 minutes late, 12,000 waited",
            "On 2026-11-29 the 737 was 45 minutes late, 12,000 waited",
        ),
        ("Jane Roe here: jane says JANE", "[author] here: [author] says [author]"),
        ("联系@jane_roe 谢谢 ＠jane", "联系[handle] 谢谢 [handle]"),
        ("电话13812345678找我 โทร0812345678ครับ", "电话[phone]找我 โทร[phone]ครับ"),
        ("two cards: " + "4111111111111111" * 2, "two cards: [number]"),
        ("see t.me/janeroe, not and/or 1.5/10", "see [link] not and/or 1.5/10"),
    ],
)
def test_addresses_numbers_and_the_authors_names_are_masked_and_the_rest_stays(text: str, left: str) -> None:
    assert masked(text, ["Jane Roe", "jane@host.example"]) == left


def test_the_handle_by_which_a_brand_is_named_stays() -> None:
    assert masked("@AcmeHelp and @jane", (), ["@acmehelp"]) == "@AcmeHelp and [handle]"
    assert masked("Acme is Acme", ["Acme"], ["Acme"]) == "Acme is Acme"


def test_a_name_of_a_script_without_spaces_is_masked_within_words() -> None:
    assert masked("王伟说快递丢了", ["王伟"]) == "[author]说快递丢了"
    assert masked("김철수가 샀어요", ["김철수"]) == "[author]가 샀어요"
    assert masked("Anne met Ann", ["Ann"]) == "Anne met [author]"


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=4))
def test_no_text_is_an_error(text: str, names: list[str]) -> None:
    masked(text, names)


@given(
    st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8})?@[a-z]{2,8}\.(org|com)", fullmatch=True),
    st.from_regex(r"\+[1-9][0-9]{9,12}", fullmatch=True),
    st.sampled_from(["{} {}", "({}) {}", "mail:{} tel:{}", "«{}» – {}"]),
)
def test_wherever_it_stands_it_is_masked(email: str, phone: str, around: str) -> None:
    left = masked(around.format(email, phone))
    assert email not in left
    assert phone not in left


def test_masking_takes_little_time_whatever_is_sent() -> None:
    from time import process_time

    for piece in ("1 ", "a.", "@a", "DE89 ", "a@", "+(", "http://", "a.aa/", "1"):
        begun = process_time()
        masked(piece * 2_000, ["a" * 50])
        assert process_time() - begun < 1.0, piece
