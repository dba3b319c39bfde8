"""How a mention reads and how urgent it is, in words, with the words of the post that say so."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.escape import one_line
from alerts.excerpt import cut
from alerts.label_words import feeling_word, urgency_word
from alerts.language import ENGLISH, Language
from alerts.reason_words import reason_words
from alerts.wording import language, signed
from rules.reading import Reason, RuleMatch, Sentiment, Urgency

MOST_REASONS = 6
LONGEST_REASON = 300


def feeling(sentiment: Sentiment, lang: str, words: Language = ENGLISH) -> str:
    """Says how a mention in `lang` reads and which of its words say so."""
    if sentiment.label is None:
        why = one_line(sentiment.why or "")
        if why == f"no evidence for {lang}":
            why = words.say("no evidence for {language}", language=language(lang, words))
        return cut(words.say("not read: {why}", why=why) if why else words.say("not read"), LONGEST_REASON)
    label, said = feeling_word(sentiment.label, words), _sides(sentiment, words)
    if sentiment.score is not None:
        score = signed(sentiment.score, words)
        label = words.say("{feeling} ({score} between -1 and +1)", feeling=label, score=score)
    return cut(f"{label}{': ' if said else ''}{said}", 2 * LONGEST_REASON)


def _sides(sentiment: Sentiment, words: Language) -> str:
    """The words that speak for what was read, then those that speak against it: "“broke”; but “thanks” is positive"."""
    against_it = -1.0 if (sentiment.score or 0.0) >= 0 else 1.0
    against = [one for one in sentiment.reasons if one.weight * against_it > 0]
    named = _named([one for one in sentiment.reasons if one not in against])
    other = _named(against[:2])
    if not (named and other):
        return named or other
    if against_it > 0:
        return words.say("{words}; but {others} speaks for positive", words=named, others=other)
    return words.say("{words}; but {others} speaks for negative", words=named, others=other)


def rule_words(match: RuleMatch, words: Language = ENGLISH) -> str:
    """Says which rule spoke and why: "angry customer: Jane (gold) wrote -0.81: 'refund'"."""
    return one_line(f"{match.name}: {reason_words(match.reason, words)}" if match.reason else match.name)


def urgency(read: Urgency, words: Language = ENGLISH) -> str:
    """Says how urgent a mention is and which of its words say so; "" where it is not."""
    if read.label == "none":
        return ""
    said = _weighed(read.reasons, words)
    return cut(f"{urgency_word(read.label, words)}{': ' if said else ''}{said}", 2 * LONGEST_REASON)


def _weighed(reasons: Sequence[Reason], words: Language) -> str:
    """The words that weigh most, each once, with its weight where it has one."""
    heaviest = sorted(reasons, key=lambda reason: -abs(reason.weight))[:MOST_REASONS]
    told = (
        f"\u201c{cut(one_line(reason.text), 60)}\u201d" + (f" {signed(reason.weight, words)}" if reason.weight else "")
        for reason in heaviest
        if one_line(reason.text)
    )
    return ", ".join(dict.fromkeys(told))


def _named(reasons: Sequence[Reason]) -> str:
    """The same without weights, which are log-odds and tell readers nothing."""
    heaviest = sorted(reasons, key=lambda reason: -abs(reason.weight))[:MOST_REASONS]
    told = (f"\u201c{cut(one_line(reason.text), 60)}\u201d" for reason in heaviest if one_line(reason.text))
    return ", ".join(dict.fromkeys(told))
