"""Behaviour of stories: which posts tell the same text."""

from __future__ import annotations

import random
from time import process_time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rules.story import SKETCH, fingerprint, same_story, story_id
from rules.story.sketch import LONGEST

RELEASE = (
    "DHAKA, Nov 20. Acme Corporation today announced the voluntary recall of forty thousand rocket skates sold "
    "between March and October after reports of overheating batteries. Customers are asked to stop using the skates "
    "at once and to return them to any store for a full refund. The company said that no injuries had been confirmed "
    "so far, and that it was working with its supplier to find the cause of the fault. A hotline has been set up for "
    "questions, and replacement batteries will be shipped from December on to all owners who registered their product."
)
WORDS = RELEASE.lower().replace(",", "").replace(".", "").split()


def test_a_fingerprint_is_the_same_in_every_process_and_version() -> None:
    assert fingerprint("", "Acme recalls forty thousand rocket skates after fires") == (
        -1141644893756588032,
        1977527431353288385,
        2374734350421316946,
        2620923363294898964,
        3386564917287673365,
        6106965034017182357,
        8365204169826618442,
    )
    assert fingerprint("Acme 9", "", "https://planet.example/acme") == (-2536703374000265012,)
    assert fingerprint("", "Acme recalls all 40000 skates")[:2] == (-2305825142149742588, -1116892707579494398)
    assert story_id("feed:example.org:1") == story_id("feed:example.org:1")
    assert story_id("feed:example.org:1") != story_id("feed:example.org:2")


def test_numbers_fit_a_signed_64_bit_column() -> None:
    assert all(-(2**63) <= number < 2**63 for number in fingerprint("", RELEASE))
    assert len(fingerprint("", RELEASE)) == SKETCH + 1, "and one for the text's shape"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Acme recalls 40,000 rocket skates - The Daily Planet", RELEASE),
        (
            "Acme recalls rocket skates | Planet News",
            RELEASE + " © 2026 Planet News. All rights reserved. Terms apply here.",
        ),
        ("", "RT @newswire: " + RELEASE),
        ("", "BREAKING: " + RELEASE + " via @newswire"),
        ("", RELEASE + " https://example.org/a/b?utm_source=x #acme #recall"),
        ("", RELEASE.upper()),
        ("", RELEASE.replace("voluntary", "urgent").replace("hotline", "phone line")),
        ("Acme recalls rocket skates", " ".join(RELEASE.split()[:55]) + " […]"),
    ],
)
def test_edited_copies_of_a_release_are_one_story(title: str, text: str) -> None:
    assert same_story(fingerprint("", RELEASE), fingerprint(title, text))


@pytest.mark.parametrize(
    "end", [" vİa @x", " VIA @x", " credıt: x", " ſource: @x", " (H/T @x)", " Hat Tip @x", " ... [+20 chars]"]
)
def test_an_ending_is_dropped_however_its_letters_are_written(end: str) -> None:
    assert fingerprint("", RELEASE + end) == fingerprint("", RELEASE)


def test_short_posts_that_two_people_write_are_no_story() -> None:
    assert fingerprint("", "thanks!") == ()
    assert fingerprint("", "acme is down again") == ()
    assert fingerprint("", "😀😀😀😀😀😀😀😀😀😀") == ()
    assert not same_story((), ())


def test_a_text_of_five_to_seven_words_matches_only_as_a_whole() -> None:
    one = fingerprint("", "Acme opens new store in Lisbon")
    assert same_story(one, fingerprint("", "RT @planet: Acme opens new store in Lisbon https://t.co/x"))
    assert not same_story(one, fingerprint("", "Acme opens new store in Madrid"))


def test_a_short_text_is_found_inside_a_longer_one() -> None:
    one = fingerprint("", "Acme will open a new store in")
    assert same_story(one, fingerprint("", "Acme will open a new store in Lisbon next week"))
    assert same_story(fingerprint("", "Yes! Acme will open a new store in Lisbon"), one)
    assert not same_story(one, fingerprint("", "My sister says that they open a new store in Lisbon next week"))


@pytest.mark.parametrize(
    ("text", "number", "other"),
    [
        ("Flight {} from Dhaka to Dubai is delayed by two hours, we are sorry", "123", "456"),
        ("Flight {} is delayed", "123", "456"),
        ("We are sorry, flight {} to Dubai is delayed by 2 hours", "123", "456"),
        ("Day {} of asking Acme to bring the red skates back please", "41", "42"),
        ("Bitcoin at noon today was worth {} dollars, says Acme", "67123", "68001"),
        ("দুঃখিত, ঢাকা থেকে দুবাই যাওয়ার ফ্লাইট {} দুই ঘণ্টা দেরি হবে", "১২৩", "৪৫৬"),
    ],
)
def test_numbers_tell_short_texts_apart(text: str, number: str, other: str) -> None:
    assert not same_story(fingerprint("", text.format(number)), fingerprint("", text.format(other)))


def test_a_number_that_was_cut_off_or_added_tells_nothing_apart() -> None:
    text = "Flight 123 from Dhaka to Dubai is delayed by two hours, we are sorry for the wait at gate 14"
    assert same_story(fingerprint("", text), fingerprint("", text.removesuffix(" at gate 14") + "…"))
    assert same_story(fingerprint("", text), fingerprint("", f"2nd delay! {text}"))
    longer = RELEASE.replace("forty thousand", "40,000").replace("October", "October 2025")
    assert same_story(fingerprint("", longer), fingerprint("", " ".join(longer.split()[:39])))


def test_figures_are_the_same_in_every_script() -> None:
    text = "رحلة {} من دكا إلى دبي متأخرة ساعتين نعتذر لكم"
    assert same_story(fingerprint("", text.format("123")), fingerprint("", text.format("١٢٣")))


@pytest.mark.parametrize(
    "comment",
    [
        "So true! RT @planet: {}",
        "This is what I have been saying for all these years, nobody wanted to hear it RT @planet: {}",
        "RT @friend: RT @planet: {}",
        "MT @planet {}",
        "wow QT @planet: {} #acme",
    ],
)
def test_a_repost_with_a_comment_tells_what_it_reposts(comment: str) -> None:
    text = "Acme skates catch fire in the rain, says a report that was leaked this morning"
    assert same_story(fingerprint("", text), fingerprint("", comment.format(text)))


def test_asking_for_reposts_is_no_repost() -> None:
    one = fingerprint("", "My cat Tom is missing since Sunday in the old town of Lisbon, please RT @lisbonpets")
    assert same_story(one, fingerprint("", "My cat Tom is missing since Sunday in the old town of Lisbon, please"))


def test_copied_complaints_are_one_story_and_complaints_of_ones_own_are_not() -> None:
    pasta = (
        "I, the undersigned, do not give Acme permission to use my pictures, my words or my data, "
        "past or future. Copy and paste this to your own page or it will not count."
    )
    edited = [f"Better safe than sorry... {pasta}", pasta.replace("pictures", "photos").upper(), pasta[:150] + "…"]
    first = fingerprint("", pasta)
    assert all(same_story(first, fingerprint("", copy)) for copy in edited)
    own = ["Acme please stop using my pictures without my permission", "Who gave Acme permission to use my data?"]
    assert not any(same_story(first, fingerprint("", text)) for text in own)


def test_a_translation_is_another_text() -> None:
    translated = "Acme ruft vierzigtausend Raketenschuhe zurück, nachdem Akkus überhitzt und in Brand geraten waren"
    assert not same_story(fingerprint("", translated), fingerprint("", RELEASE))


def test_news_of_one_agency_on_many_sites_is_one_story() -> None:
    title = "Acme recalls 40,000 rocket skates over fire risk"
    sites = [
        fingerprint(f"{title} - Planet News", RELEASE),
        fingerprint(f"{title.title()} | The Gazette", f"{RELEASE} (Reporting by A. Smith)"),
        fingerprint(title, f"{RELEASE[:330]}... Read more at gazette.example"),
        fingerprint("", f"{title} {RELEASE[:300]}…"),
    ]
    assert all(same_story(one, other) for one in sites for other in sites)


def test_scripts_without_spaces_have_stories_too() -> None:
    text = "艾克美公司今天宣布召回四万双火箭滑板鞋因为电池可能过热起火请顾客立即停止使用并退货"
    assert same_story(fingerprint("", text), fingerprint("", text + "。转发"))
    assert not same_story(
        fingerprint("", text), fingerprint("", "今天天气很好我们一起去公园散步然后吃了一顿美味的晚餐真的很开心啊")
    )


def test_a_phrase_that_many_use_makes_no_story() -> None:
    texts = [
        "I have been on hold for almost two hours trying to talk to someone about my broken skates",
        "Help! I've been on hold for almost two hours and now my battery is empty",
        "Acme keeps dropping my call and won't even let me stay on hold because they are too busy",
        "Been calling your people for hours and you won't even let me stay on hold",
        "Very disappointed in your customer service right now, this is the second time this winter",
        "So much for being here to help. Very disappointed in your customer service.",
        "I still can't get through to change my order, please help, this is important",
        "Still can't get through and the skates arrive in two days",
    ]
    prints = [fingerprint("", text) for text in texts]
    assert not any(same_story(one, other) for at, one in enumerate(prints) for other in prints[:at])


def test_a_headline_inside_a_longer_post_is_that_posts_story() -> None:
    head = "Two people hurt, sixty homes without power after Acme battery fire in Lisbon"
    one = fingerprint("", head)
    assert same_story(one, fingerprint("", f"{head}: two were hurt and some sixty homes were cut off on Friday…"))
    assert same_story(one, fingerprint("", f"#Breaking | {head} https://t.co/x #Lisbon"))


def test_form_headings_do_not_make_two_reports_one_story() -> None:
    form = "### Describe the bug\n{}\n### To Reproduce\n- [x] I have searched the existing issues\n{}"
    one = form.format(
        "The skate does not start when it rains outside at night", "Turn it on in heavy rain and wait a bit"
    )
    other = form.format(
        "Battery level shows the wrong value after an update", "Install the update and look at the app screen"
    )
    assert not same_story(fingerprint("", one), fingerprint("", other))


def test_generated_copies_are_found_and_strangers_are_not() -> None:
    seeded = random.Random(20261120)
    found = strangers = 0
    texts = [" ".join(seeded.choices(WORDS, k=seeded.randint(14, 60))) for _ in range(400)]
    prints = [fingerprint("", text) for text in texts]
    for text, known in zip(texts, prints, strict=True):
        words = text.split()
        words[seeded.randrange(len(words))] = "zorp"
        copy = seeded.choice(["RT @a: {}", "{} via @b", "{} https://t.co/q", "Breaking: {}", "{} #tag"]).format(
            " ".join(words)
        )
        found += same_story(known, fingerprint("", copy))
    for at, known in enumerate(prints):
        strangers += sum(same_story(known, other) for other in prints[:at])
    assert found >= 0.97 * len(texts)
    assert strangers == 0


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=100), st.text(st.characters(codec=None), max_size=400))
@example("", "\ud800\udfff " * 30)
@example("", "a" * 100_000)
@example("", "١٢٣ ২৪ " * 40)
def test_no_text_is_an_error_and_the_same_text_is_the_same_story(title: str, text: str) -> None:
    known = fingerprint(title, text)
    assert len(known) <= LONGEST
    assert known == fingerprint(title, text)
    assert list(known) == sorted(set(known))
    assert not known or same_story(known, known)


def test_a_text_made_to_be_slow_costs_what_others_cost() -> None:
    slow = [(piece * 4_000)[:3_800] + end for piece in ("( ", "[ ", "(", "[") for end in ("", " x")]
    began = process_time()
    for text in slow:
        fingerprint(text[:1_000], text)
    assert process_time() - began < 0.04 * len(slow)  # seconds of this process; a seventh of it is usual


CUT = "Power cut in {} since noon, the crews are on their way."
CHIEF = "Hexa names {} finance chief, the share price barely moved."
TRAIN = "Der Zug nach {} fällt heute wegen des Sturms aus."
PARCEL = "Your parcel from Acme arrives on {} at the latest"
FLIGHT = "Flight to Oslo is delayed by {} minutes today, sorry"
LOOK_ALIKE = [
    (CUT.format("Millbrook"), CUT.format("Ashbrook")),
    (CHIEF.format("Ingrid Solheim"), CHIEF.format("Peter Haugen")),
    (TRAIN.format("Bremen"), TRAIN.format("Kiel")),
    (PARCEL.format("Monday"), PARCEL.format("Friday")),
    (FLIGHT.format("40"), FLIGHT.format("55")),
]
IN_MILLBROOK = CUT.format("Millbrook")
SAME = [
    IN_MILLBROOK.upper(),
    IN_MILLBROOK.lower() + " #news",
    CUT.format("Millbrok"),
    "Oh dear, Ann: Power cut in Millbrook since noon, the crews are on their",
    "Power Cut in Millbrook Since Noon, the Crews Are on Their Way",
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKE)
def test_short_texts_that_differ_in_a_name_are_two_stories(one: str, other: str) -> None:
    assert not same_story(fingerprint("", one), fingerprint("", other))


@pytest.mark.parametrize("copy", SAME)
def test_case_a_slip_in_a_name_and_what_stands_around_make_no_other_story(copy: str) -> None:
    assert same_story(fingerprint("", IN_MILLBROOK), fingerprint("", copy))
