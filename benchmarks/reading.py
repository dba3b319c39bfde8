"""Times each part of reading a post, and grades it where LISTENER_EVAL names a folder of labelled texts.

    python benchmarks/reading.py [--pictures]

Speed is on a seeded corpus of its own, in posts per second of this process's CPU, the best of three rounds; each
part is timed on texts that it has not met, so that no cache answers for it. All parts together are timed on 20,000
posts of the shared corpus, after as many others.
"""

from __future__ import annotations

import lzma
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import reading_sentiment
from corpus import Corpus

from rules.intent import read_intents
from rules.language import identify_languages
from rules.sentiment.contract import ReadyText
from rules.sentiment.reader import SentimentReader
from rules.sentiment.vader import VaderAnalyzer
from rules.story import SKETCH, fingerprint, fingerprints, same_story
from rules.understanding import understand
from rules.urgency import read_urgency

READER = SentimentReader()
POSTS = 3_000
ROUNDS = 3
STREAM, BATCH = 20_000, 1_000
OPENERS = (
    "My Acme rocket skates", "The new update", "Customer support", "This delivery", "Anyone else whose order",
    "আমার অর্ডার", "Still waiting, my parcel", "Honestly the app", "La livraison", "Der Kundendienst", "apnader service",
)  # fmt: skip
MIDDLES = (
    "is really great and I would buy it again",
    "keeps crashing every time I open it",
    "never arrived and nobody replies",
    "was fine until the battery got warm",
    "looks nice but the quality is not what I expected",
    "এখনো পাইনি, টাকা ফেরত চাই",
    "has been on its way for three weeks",
    "est en retard et personne ne repond",
    "antwortet seit Tagen nicht mehr",
    "onek baje, taka ferot den",
    "works well with the old charger",
    "is down again, cannot log in since morning",
)
CLOSERS = (
    "so what now?",
    "thanks for nothing",
    "see https://example.org/a",
    "😡😡",
    "@acmehelp please help",
    "#acme #fail",
    "",
)
FILLERS = [
    "because",
    "while",
    "today",
    "from",
    "with",
    "about",
    "their",
    "office",
    "street",
    "friend",
    "week",
    "paper",
    "green",
    "music",
    "little",
    "story",
]
LANGUAGES = {
    "tweeteval_sentiment": "en", "airline": "en", "sanders": "en", "goemotions": "en", "uci_sentences": "en",
    "umsab_ar": "ar", "umsab_fr": "fr", "umsab_de": "de", "umsab_it": "it", "umsab_pt": "pt", "umsab_es": "es",
    "wisesight_th": "th", "smsa_id": "id", "afrisenti_hau": "ha", "afrisenti_ibo": "ig", "afrisenti_yor": "yo",
    "afrisenti_amh": "am", "afrisenti_swa": "sw", "sentnob": "bn", "blp23": "bn", "banglish_ecom": "bn-Latn",
    "hebrew": "he", "mahasent_mr": "mr", "zh_waimai": "zh",
}  # fmt: skip
HEARD = frozenset({"complaint", "outage", "fraud", "churn", "safety", "security", "legal"})


def corpus(seed: int) -> list[str]:
    seeded = random.Random(seed)
    texts = []
    for _ in range(POSTS):
        filler = " ".join(seeded.choices(FILLERS, k=seeded.randint(2, 12)))
        parts = (seeded.choice(OPENERS), filler, seeded.choice(MIDDLES), filler[::-1][:9], seeded.choice(CLOSERS))
        texts.append(" ".join(parts).strip())
    return texts


def timed(read: Callable[[list[str]], object]) -> float:
    best = 0.0
    for number in range(ROUNDS):
        texts = corpus(number)
        begun = time.process_time()
        read(texts)
        best = max(best, len(texts) / (time.process_time() - begun))
    return best


def sentiment(texts: list[str]) -> object:
    return READER.analyze([ReadyText(text=text, lang="en") for text in texts])


def vader(texts: list[str]) -> object:
    return VaderAnalyzer().analyze([ReadyText(text=text, lang="en") for text in texts])


def package(texts: list[str]) -> object:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    return [analyzer.polarity_scores(text) for text in texts]


def intents_and_urgency(texts: list[str]) -> object:
    return [read_urgency(text, "en", read_intents(text, "en")) for text in texts]


def speeds() -> None:
    identify_languages(["read the table: pas encore"], [""])
    sentiment(["warm"])
    intents_and_urgency(["warm"])
    length = sum(map(len, corpus(0))) / POSTS
    print(f"posts per CPU second, best of {ROUNDS} rounds of {POSTS} posts of {length:.0f} characters")
    parts: dict[str, Callable[[list[str]], object]] = {
        "language": lambda texts: identify_languages(texts, [""] * len(texts)),
        "sentiment with reasons": sentiment,
        "  (VADER with reasons)": vader,
        "  (vaderSentiment alone)": package,
        "intents and urgency": intents_and_urgency,
        "story fingerprint": lambda texts: fingerprints([("", text) for text in texts]),
    }
    for name, read in parts.items():
        speed = timed(read)
        print(f"  {name:26} {speed:10,.0f}/s  {1e6 / speed:7.1f} us a post")


def whole_reading() -> None:
    """Language, phrases, urgency, sentiment with reasons and story together, in a stream whose usual words are met."""
    posts = Corpus().posts(2 * STREAM)
    taken = 0.0
    for start in range(0, len(posts), BATCH):
        begun = time.process_time()
        read = understand(posts[start : start + BATCH], lambda _: None)
        READER.analyze([ReadyText(text=one.text, lang=one.lang) for one in read])
        taken += (time.process_time() - begun) if start >= STREAM else 0.0
    print(f"  all of it, a long stream   {STREAM / taken:10,.0f}/s  {taken / STREAM * 1e6:7.1f} us a post")


def labelled(folder: Path, name: str) -> list[tuple[str, str]]:
    with lzma.open(folder / "dev" / f"{name}.tsv.xz", "rt", encoding="utf-8") as opened:
        cells = [line.split("\t") for line in opened.read().split("\n")[1:] if line]
    return [(cell[0], cell[1]) for cell in cells]


def grades(folder: Path) -> None:
    print("language (dev): share recognised; of texts under 40 characters; unsure")
    for name, language in LANGUAGES.items():
        rows = labelled(folder, name)[:1000]
        said_languages = identify_languages([text for text, _ in rows], [""] * len(rows))
        short = [got for got, (text, _) in zip(said_languages, rows, strict=True) if len(text) < 40]
        share, unsure = said_languages.count(language) / len(rows), said_languages.count("und") / len(rows)
        of_short = f"{short.count(language) / len(short):.3f} of {len(short)}" if short else "none"
        print(f"  {name:22} {language:7} {share:.3f}; {of_short}; {unsure:.3f}")
    print("complaints heard (dev): precision, recall, F1 of any complaint-like intent")
    for name, label, lang in (
        ("complaints", "complaint", "en"),
        ("airline", "negative", "en"),
        ("banglish_ecom", "negative", "bn-Latn"),
    ):
        rows = labelled(folder, name)
        heard = [any(intent.label in HEARD for intent in read_intents(text, lang)) for text, _ in rows]
        true = [truth == label for _, truth in rows]
        both = sum(a and b for a, b in zip(heard, true, strict=True))
        precision, recall = both / sum(heard), both / sum(true)
        print(f"  {name:22} {precision:.3f} {recall:.3f} {2 * precision * recall / (precision + recall):.3f}")


def copies(folder: Path) -> None:
    seeded = random.Random(20261120)
    texts = [text for name in ("vader_nyt", "airline", "sentnob") for text, _ in labelled(folder, name)[:1200]]
    found: dict[str, list[bool]] = {}
    for text in dict.fromkeys(texts):
        words = text.split()
        known = fingerprint("", text)
        size = "8-12 words" if len(words) <= 12 else "13 words and more"
        if len(known) < SKETCH:
            continue
        changed = [*words]
        changed[seeded.randrange(len(words))] = "zorp"
        for copy in (f"RT @a: {text}", f"{text} via @b https://t.co/q #tag", " ".join(changed)):
            other = fingerprint("", copy)
            found.setdefault(size, []).append(same_story(known, other))
    print("edited copies found as one story: reposts, links and tags added, one word changed")
    for size, hits in found.items():
        print(f"  {size:22} {sum(hits) / len(hits):.3f} of {len(hits)}")


def main() -> None:
    speeds()
    whole_reading()
    folder = os.environ.get("LISTENER_EVAL")
    if folder:
        reading_sentiment.report(Path(folder), pictures="--pictures" in sys.argv)
        grades(Path(folder))
        copies(Path(folder))
    else:
        print("LISTENER_EVAL names no folder: nothing was graded")


if __name__ == "__main__":
    main()
