"""A reading laid out for people: each part of it with what led to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from alerts.wording import language
from rules.language_evidence import language_evidence
from rules.left_out import left_out
from rules.reading import Reading, Reason, Sentiment
from rules.rule import Rule, compile_rule
from rules.rule_reason import reason
from rules.sentiment.about import parts_about
from rules.text import readable
from rules.variables import Facts

_SHOWN = 400  # characters of a text
_SHORT = 100
_MOST_PIECES = 20  # that are not read, each told by itself
_BAR = 20
_LABELS = ("negative", "neutral", "positive")
_LITTLE, _FULL = 0.5, 0.95
_SCRIPTS = {
    "Latn": "Latin", "Beng": "Bengali", "Asse": "Assamese", "Deva": "Devanagari", "Arab": "Arabic", "Cyrl": "Cyrillic",
    "Hani": "Chinese", "Kana": "Japanese", "Hang": "Korean", "Grek": "Greek", "Hebr": "Hebrew", "Ethi": "Ethiopic",
}  # fmt: skip


class Piece(Struct, frozen=True):
    """Words of a line and how they are shown: a style of `rich`, "" for plain ones."""

    text: str
    style: str = ""


Line = tuple[Piece, ...]


class Section(Struct, frozen=True):
    """A part of a reading: what came out, and the lines that say why."""

    name: str
    verdict: str
    style: str
    lines: tuple[Line, ...]


def explained(facts: Facts, reading: Reading, fingerprint: Sequence[int], rules: Sequence[Rule]) -> list[Section]:
    """Lays out a reading. `facts` is what rules see of it; all texts may be from outside."""
    text = readable(facts.post)
    names = tuple(dict.fromkeys(span.text for span in reading.spans)) if reading.brand is not None else ()
    return [
        _what_was_read(facts, text),
        *_language(facts, text),
        _sentiment(reading.sentiment),
        *_about(reading, text, names),
        _intents(reading),
        Section(
            "Urgency",
            _scored(reading.urgency.label, reading.urgency.score),
            "",
            tuple(_line(_because(one)) for one in reading.urgency.reasons),
        ),
        *_waiting(reading),
        *([Section("Topics", ", ".join(reading.topics), "", ())] if reading.topics else []),
        Section("Story", _story(reading, fingerprint), "", ()),
        _customer(reading, facts),
        _rules(facts, reading, rules),
    ]


def _what_was_read(facts: Facts, text: str) -> Section:
    lines = [_line(_cut(part, _SHOWN)) for part in text[: _SHOWN * 2].split("\n")]
    gone = left_out(facts.post)
    for piece in gone[:_MOST_PIECES]:
        instead = f", read as “{_cut(piece.instead, _SHORT)}”" if piece.instead else ""
        lines.append(_line(f"not read: “{_cut(piece.text, _SHORT)}”: {piece.why}{instead}", "dim"))
    if len(gone) > _MOST_PIECES:
        lines.append(_line(f"not read: {len(gone) - _MOST_PIECES:,} more pieces", "dim"))
    return Section(
        "What was read", "" if text else "nothing: the post has no words", "", tuple(lines if text else lines[1:])
    )


def _language(facts: Facts, text: str) -> Iterator[Section]:
    evidence = language_evidence(text, facts.post.lang)
    lines = []
    if evidence.scripts:
        shares = (f"{_SCRIPTS.get(script, script)} letters {share:.0%}" for script, share in evidence.scripts[:3])
        lines.append(_line(", ".join(shares)))
    if evidence.likeliest:
        likely = ", ".join(f"{language(code)} {chance:.0%}" for code, chance in evidence.likeliest)
        lines.append(_line(f"by its words: {likely}"))
    if evidence.words:
        lines.append(_line(f"told by: {', '.join(f'“{_cut(word, 40)}”' for word in evidence.words)}"))
    if evidence.claimed:
        lines.append(_line(f"its source says: {language(evidence.claimed)}"))
    yield Section("Language", f"{language(facts.lang)} ({facts.lang})", "", tuple(lines))


def _sentiment(feels: Sentiment) -> Section:
    if feels.label is None:
        return Section("Sentiment", f"not read: {feels.why or 'no reason is known'}", "", ())
    lines: list[Line] = []
    if feels.probabilities is not None:
        for label in _LABELS:
            share = feels.probabilities.get(label, 0.0)
            lines.append((Piece(f"{label:<9}"), Piece(_bar(share, 1.0), _style(label)), Piece(f" {share:.0%}")))
    most = max((abs(one.weight) for one in feels.reasons), default=0.0)
    for one in feels.reasons:
        side = "positive" if one.weight > 0 else "negative" if one.weight < 0 else ""
        sign = {"positive": "+", "negative": "−"}.get(side, " ")
        bar = f" {_bar(abs(one.weight), most)}" if most and one.weight else ""
        lines.append((Piece(f"{sign} “{_cut(one.text, 60)}”"), Piece(bar, _style(side)), Piece(f" {one.why}")))
    if feels.why:
        lines.append(_line(feels.why, "dim"))
    score = "" if feels.score is None else f", {feels.score:+.2f} between -1 and +1"
    return Section("Sentiment", f"{feels.label}{score}", _style(feels.label), tuple(lines))


def _about(reading: Reading, text: str, names: Sequence[str]) -> Iterator[Section]:
    found = parts_about(text, names) if names and reading.sentiment.label is not None else []
    if found:
        lines = tuple((Piece(f"{_worth(one.worth):<16}"), Piece(_cut(one.text, _SHOWN))) for one in found)
        yield Section(f"About {_cut(reading.brand or '', 60)}", "what each part counts", "", lines)


def _worth(worth: float) -> str:
    if worth < 0:
        return "the other way"
    if worth >= _FULL:
        return "in full"
    return f"little ({worth:.0%})" if worth < _LITTLE else f"partly ({worth:.0%})"


def _intents(reading: Reading) -> Section:
    lines: list[Line] = []
    for intent in reading.intent:
        lines.append((Piece(_scored(intent.label, intent.score), "bold"),))
        lines += [_line(f"  {_because(one, intent.label)}") for one in intent.reasons]
    return Section("Wants or tells", "" if lines else "nothing that we know", "", tuple(lines))


def _waiting(reading: Reading) -> Iterator[Section]:
    if reading.waits_for_answer:
        yield Section("Answer", "waited for", "bold", tuple(_line(_because(one)) for one in reading.waits_because))


def _story(reading: Reading, fingerprint: Sequence[int]) -> str:
    if not fingerprint:
        return "none: the text is too short to be told by others word for word"
    known = f"{reading.story}, " if reading.story else ""
    return f"{known}posts with nearly the same words count as one story with it"


def _customer(reading: Reading, facts: Facts) -> Section:
    known = reading.customer
    own = ("the account is the brand's own",) if facts.own else ()
    if known is None:
        return Section("Author", "; ".join((*own, "nobody we know")), "", ())
    told = f"{known.name or known.id} ({known.tier or 'no tier'}), {known.confidence:.0%} sure"
    return Section("Author", "; ".join((*own, told)), "", tuple(_line(one) for one in known.evidence))


def _rules(facts: Facts, reading: Reading, rules: Sequence[Rule]) -> Section:
    spoke = {match.name: match for match in reading.rules}
    lines: list[Line] = []
    for rule in rules:
        if rule.brands and facts.brand not in rule.brands:
            continue
        match = spoke.get(rule.name)
        verdict = f"speaks ({match.severity})" if match else "does not speak"
        saw = match.reason if match else reason(rule.when, compile_rule(rule).names, facts)
        lines.append((Piece(f"{rule.name}: "), Piece(verdict, "bold" if match else "dim"), Piece(f"; it saw: {saw}")))
    return Section("Rules", "" if lines else "none is for this brand", "", tuple(lines))


def _because(why: Reason, label: str = "") -> str:
    meaning = why.why.removeprefix(f"{label}: ")
    return f"“{_cut(why.text, _SHORT)}”{f': {meaning}' if meaning else ''}"


def _scored(label: str, score: float) -> str:
    return f"{label} ({score:.0%})" if score else label


def _bar(share: float, most: float) -> str:
    """A bar of at most _BAR blocks, of one where there is anything at all."""
    return "█" * max(round(_BAR * share / most), 1 if share > 0 else 0) if most else ""


def _style(label: str) -> str:
    return {"negative": "red", "positive": "green"}.get(label, "")


def _line(text: str, style: str = "") -> Line:
    return (Piece(text, style),)


def _cut(text: str, most: int) -> str:
    text = " ".join(text[: most * 4].split())
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
