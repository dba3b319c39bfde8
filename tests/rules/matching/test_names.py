"""Tests of how names are taken apart and compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.matching.chances import Likeness
from rules.matching.names import called, company_words, name_words
from rules.matching.shown_name import Comparison, NameEvidence, read_shown
from rules.matching.spelling import deletions, one_slip_apart, skeleton
from rules.matching.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ("Dr. Vivek Kumar 🌻", ("vivek", "kumar")),
        ("S. Vos, PhD (she/her)", ("s", "vos")),
        ("Ann O'Brien | photographer", ("ann", "obrien")),
        ("Ann Lee @ Acme", ("ann", "lee")),
        ("Jan van der Berg", ("jan", "berg")),
        ("𝓙𝓪𝓷𝓮 𝓓𝓸𝓮", ("jane", "doe")),
        ("王小明", ("wang", "xiaoming")),
        ("歐陽小明", ("ouyang", "xiaoming")),
        ("田中健一", ("tanaka", "kenichi")),
        ("佐々木 花子", ("sasaki", "hanako")),
        ("김민준", ("kim", "minjun")),
        ("Юлия Щербакова", ("yuliya", "shcherbakova")),
        ("محمد", ("mhmd",)),
        ("🌻✨", ()),
        ("", ()),
    ],
)
def test_a_shown_name_is_taken_apart_into_plain_words(shown: str, words: tuple[str, ...]) -> None:
    assert name_words(shown).words == words


def test_a_name_with_digits_is_like_a_handle() -> None:
    assert name_words("rusty gecko2620").handle_like
    assert not name_words("Ann Lee 2.0").handle_like


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mueller", "muller"),
        ("yuliya", "julija"),
        ("dmitriy", "dmitri"),
        ("khaled", "haled"),
        ("wisniewska", "visnievska"),
    ],
)
def test_spellings_of_one_name_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_a_company_is_known_without_its_legal_form() -> None:
    assert company_words("Wiśniewska Design Sp. z o.o.") == ("wisniewska", "design")
    assert company_words("Vũ Coffee Co. Ltd") == ("vu", "coffee")


def test_every_nickname_is_in_plain_letters_and_in_a_group_of_several() -> None:
    groups: dict[int, int] = {}
    for name, numbers in called().items():
        assert name.isascii()
        assert name.isalpha()
        for number in numbers:
            groups[number] = groups.get(number, 0) + 1
    assert min(groups.values()) > 1


@given(st.text("abcd", max_size=7), st.text("abcd", max_size=7))
def test_words_a_slip_apart_share_a_deletion_or_themselves(one: str, other: str) -> None:
    if one_slip_apart(one, other):
        assert one != other
        assert ({one} | deletions(one)) & ({other} | deletions(other))


@given(st.text("abc", min_size=2, max_size=6), st.data())
def test_each_kind_of_slip_is_found_both_ways(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    changed = [
        word[:place] + word[place + 1 :],
        word[:place] + "d" + word[place:],
        word[:place] + "d" + word[place + 1 :],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    ]
    for other in changed:
        if other != word:
            assert one_slip_apart(word, other)
            assert one_slip_apart(other, word)


NAMES = ["Robert Smith", "Maria Silva", "Anna Karahan-Baydemir", "G. Martinelli", "Samuel Lawal", "Li Xiaoming"]
NAMES += [f"Person{chr(97 + number)} Common" for number in range(26)]
VOCABULARY = Vocabulary([name_words(name).words for name in NAMES])


def compared(shown: str, record: str, handle: str = "") -> NameEvidence:
    words = name_words(record)
    numbers = [VOCABULARY.numbers[word] for word in words.words]
    tied = frozenset(VOCABULARY.numbers[word] for word in words.tied)
    return Comparison(read_shown(name_words(shown), VOCABULARY), numbers, VOCABULARY).weigh(3.0, tied, handle)


@pytest.mark.parametrize(
    ("shown", "record"),
    [
        ("Robert Smith", "Robert Smith"),
        ("Smith Robert", "Robert Smith"),
        ("Bob Smith", "Robert Smith"),
        ("Robret Smith", "Robert Smith"),
        ("R. Smith", "Robert Smith"),
        ("RobertSmith", "Robert Smith"),
        ("SamuelL awal", "Samuel Lawal"),
        ("Xiao Ming Li", "Li Xiaoming"),
        ("Giuseppe Martinelli", "G. Martinelli"),
        ("Anna Karahan", "Anna Karahan-Baydemir"),
    ],
)
def test_forms_of_a_name_agree_in_two_words_and_conflict_in_none(shown: str, record: str) -> None:
    evidence = compared(shown, record)
    assert evidence.agreed >= 2
    assert not evidence.conflicts
    assert evidence.bits > 5


def test_a_family_with_another_given_name_conflicts() -> None:
    evidence = compared("Alice Smith", "Robert Smith")
    assert (evidence.agreed, evidence.conflicts) == (1, True)
    assert evidence.against < 0


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    assert compared("Silva", "Maria Silva").bits > compared("Common", "Persona Common").bits


def test_a_less_sure_likeness_weighs_less() -> None:
    forms = [VOCABULARY.forms(word)[VOCABULARY.numbers["robert"]] for word in ("robert", "bob", "robret")]
    assert [form.likeness for form in forms] == [Likeness.EXACT, Likeness.NICKNAME, Likeness.SLIP]
    assert forms[0].bits > max(forms[1].bits, forms[2].bits)


def test_the_halves_of_a_double_name_count_once() -> None:
    both = compared("Anna Karahan-Baydemir", "Anna Karahan-Baydemir").bits
    assert both - compared("Anna Karahan", "Anna Karahan-Baydemir").bits < 1


def test_a_handle_completes_a_shown_name() -> None:
    assert compared("Robert", "Robert Smith", "robertsmith").agreed == 2
    assert compared("Robert", "Robert Smith", "sunshine").agreed == 1


@given(st.text(max_size=80))
def test_no_name_raises(shown: str) -> None:
    compared(shown, "Robert Smith", shown)
