"""The survey after a ticket: the mail that asks, and the small page on which it is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from alerts.acting_page import page_policy, page_style
from alerts.contract import Message
from alerts.escape import one_line
from alerts.excerpt import cut
from alerts.language import Language
from alerts.template import fill

Kind = Literal["csat", "nps"]

SCORES: Mapping[Kind, range] = {"csat": range(1, 6), "nps": range(11)}
"""CSAT asks from 1 to 5, NPS from 0 to 10 (https://en.wikipedia.org/wiki/Net_promoter_score)."""

LONGEST_COMMENT = 2_000


class Choice(Struct, frozen=True):
    """One answer that can be given: its number, its word, and the link that leads to the page with it chosen."""

    score: int
    word: str
    link: str = ""


def choices(kind: Kind, words: Language, link: str = "") -> list[Choice]:
    """All answers, the worst first; `link`: the page's address, "" where none is needed."""
    named = _words(kind, words)
    return [Choice(score, named.get(score, ""), f"{link}&score={score}" if link else "") for score in SCORES[kind]]


def question(kind: Kind, brand: str, words: Language) -> str:
    """What is asked."""
    name = cut(one_line(brand), 80)
    if kind == "nps":
        return words.say("How likely are you to recommend {brand} to a friend or colleague?", brand=name)
    return words.say("How satisfied are you with the help you got from {brand}?", brand=name)


def survey_mail(key: str, kind: Kind, brand: str, link: str, refuse: str, words: Language) -> Message:
    """The mail that asks; `link` leads to the page, `refuse` to the page on which one says never again."""
    asks = question(kind, brand, words)
    told = choices(kind, words, link)
    name = cut(one_line(brand), 80)
    intro = words.say("You had something to say about {brand}, and our people took care of it.", brand=name)
    notes = [words.say("It takes a moment, and you can add a few words."), words.say("Do not ask me again")]
    lines = [f"{one.score}{f' - {one.word}' if one.word else ''}: {one.link}" for one in told]
    text = "\n\n".join([intro, asks, "\n".join(lines), notes[0], f"{notes[1]}: {refuse}"])
    values = {"intro": intro, "choices": told, "note": notes[0], "refuse": refuse, "never": notes[1]}
    html = fill("survey_mail.html.j2", words, title=asks, **values)
    return Message(key=key, kind="report", title=asks, text=text, html=html)


def survey_page(
    kind: Kind,
    brand: str,
    words: Language,
    *,
    chosen: int | None = None,
    comment: str = "",
    said: str = "",
    refusing: bool = False,
) -> str:
    """The page: the question with its answers, or, `refusing`, the one question whether never to ask again."""
    asks = words.say("Do you want us to stop asking you?") if refusing else question(kind, brand, words)
    return fill(
        "survey.html.j2",
        words,
        title=asks,
        style=page_style(),
        said=said,
        choices=[] if refusing else choices(kind, words),
        chosen=chosen,
        comment=comment,
        longest=LONGEST_COMMENT,
        refusing=refusing,
    )


def satisfaction(kind: Kind, scores: Sequence[int]) -> float | None:
    """What answers come to. CSAT: the part of 4 and 5, in percent; NPS: promoters (9, 10) less detractors (0 to 6)."""
    if not scores:
        return None
    if kind == "csat":
        return 100.0 * sum(score >= 4 for score in scores) / len(scores)
    return 100.0 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / len(scores)


def _words(kind: Kind, words: Language) -> dict[int, str]:
    if kind == "nps":
        return {0: words.say("not at all likely"), 10: words.say("very likely")}
    return {
        1: words.say("very dissatisfied"),
        2: words.say("dissatisfied"),
        3: words.say("neither"),
        4: words.say("satisfied"),
        5: words.say("very satisfied"),
    }


__all__ = [
    "SCORES", "Choice", "Kind", "choices", "page_policy", "question", "satisfaction", "survey_mail", "survey_page",
]  # fmt: skip
