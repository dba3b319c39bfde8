"""Speed, memory and accuracy of language identification: ours beside py3langid, eld and eldc.

    python benchmarks/language.py [--posts 20000] [--rounds 3] [--part dev]

Each arm runs in a process of its own, in turns; speed is in posts per second of its CPU, the best of the rounds, each
on posts that it has not met, of the corpus that the benchmarks share. "Cold" is from the first import to the first
answer. Accuracy where LISTENER_EVAL names a folder of labelled texts; no arm is told what a source claims.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

Identify = Callable[[Sequence[str]], list[str]]
MOST_TEXTS = 1_500  # of a set
SHORT = 40  # characters
ARMS = ("ours", "ours, one by one", "py3langid", "eld", "eldc")
SETS = {
    "tweeteval_sentiment": "en", "umsab_en": "en", "airline": "en", "sanders": "en", "goemotions": "en",
    "umsab_ar": "ar", "umsab_fr": "fr", "umsab_de": "de", "umsab_it": "it", "umsab_pt": "pt", "umsab_es": "es",
    "sentnob": "bn", "blp23": "bn", "bn_youtube": "bn", "wisesight_th": "th", "smsa_id": "id", "nusax_id": "id",
    "hebrew": "he", "zh_waimai": "zh", "mahasent_mr": "mr", "afrisenti_hau": "ha", "afrisenti_ibo": "ig",
    "afrisenti_yor": "yo", "afrisenti_amh": "am", "afrisenti_swa": "sw", "afrisenti_kin": "rw", "afrisenti_por": "pt",
    "afrisenti_pcm": "pcm", "afrisenti_tso": "ts", "afrisenti_twi": "tw", "nusax_jv": "jv", "nusax_su": "su",
    "banglish_ecom": "bn-Latn", "sentimix_hinglish": "hi-Latn", "umsab_hi": "hi-Latn",
}  # fmt: skip
NINETEEN = (
    "en",
    "ar",
    "fr",
    "de",
    "it",
    "pt",
    "es",
    "bn",
    "th",
    "id",
    "he",
    "zh",
    "mr",
    "ha",
    "ig",
    "yo",
    "am",
    "sw",
    "rw",
)
EUROPEAN_AND_ARABIC = ("umsab_en", "umsab_ar", "umsab_fr", "umsab_de", "umsab_it", "umsab_pt", "umsab_es")


def open_arm(name: str) -> Identify:
    """Loads an arm, and gives what identifies many texts."""
    if name == "ours":
        from rules.language import identify_languages

        return lambda texts: identify_languages(texts, [""] * len(texts))
    if name == "ours, one by one":
        from rules.language import identify_language

        return lambda texts: [identify_language(text) for text in texts]
    if name == "py3langid":
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        classify = LanguageIdentifier.from_model_file(MODEL_FILE).classify
        return lambda texts: [classify(text)[0] for text in texts]
    if name == "eld":
        from eld import LanguageDetector

        detect = LanguageDetector().detect
        return lambda texts: [detect(text).language or "und" for text in texts]
    import eldc

    eldc.init()
    quick = eldc.detect
    return lambda texts: [quick(text) or "und" for text in texts]


def measured(name: str, texts: Sequence[str]) -> dict[str, float]:
    """One round of one arm, as its own process sees it."""
    before = _resident()
    begun = time.process_time()
    identify = open_arm(name)
    identify(["Is this the first text that it reads? Peut-être."])
    cold = time.process_time() - begun
    half = len(texts) // 2
    identify(texts[:half])
    begun = time.process_time()
    identify(texts[half:])
    spent = time.process_time() - begun
    return {"cold": cold, "memory": _resident() - before, "speed": (len(texts) - half) / spent}


def _resident() -> float:
    """MB of memory that this process has to itself or shares."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _folder(part: str) -> Path:
    return Path(os.environ["LISTENER_EVAL"]) / part


def labelled(part: str, name: str) -> list[str]:
    with lzma.open(_folder(part) / f"{name}.tsv.xz", "rt", encoding="utf-8", newline="\n") as file:
        return [line.split("\t")[0] for line in file.read().split("\n")[1:] if line][:MOST_TEXTS]


def graded(name: str, part: str, sets: Mapping[str, str]) -> dict[str, tuple[float, float, float, str]]:
    """Of each set the share recognised, of its short texts too, the share left unsure, and the commonest mistakes."""
    from rules.language import SAME_LANGUAGE

    identify = open_arm(name)
    found = {}
    for label, language in sets.items():
        texts = labelled(part, label)
        said = [SAME_LANGUAGE.get(code, code) for code in identify(texts)]
        short = [code for code, text in zip(said, texts, strict=True) if len(text) < SHORT]
        wrong = Counter(code for code in said if code not in {language, "und"}).most_common(3)
        found[label] = (
            said.count(language) / len(said),
            short.count(language) / len(short) if short else float("nan"),
            said.count("und") / len(said),
            " ".join(f"{code} {times / len(said):.3f}" for code, times in wrong),
        )
    return found


def speeds(posts: int, rounds: int) -> None:
    from corpus import Corpus

    print(f"{posts} posts a round, half of them to warm up, {rounds} rounds in turns")
    best: dict[str, dict[str, float]] = {}
    for number in range(rounds):
        texts = json.dumps([post.text for post in Corpus().posts(posts, part=number)]).encode()
        for name in ARMS:
            child = [sys.executable, __file__, "--arm", name]
            done = subprocess.run(child, input=texts, capture_output=True, check=False)
            if done.returncode:
                print(f"{name} could not run: {done.stderr.decode().strip().splitlines()[-1]}")
                continue
            one = json.loads(done.stdout)
            last = best.setdefault(name, one)
            best[name] = {key: (max if key == "speed" else min)(last[key], one[key]) for key in one}
    print(f"{'':18} posts/s  times ours  cold s  memory MB")
    for name, one in best.items():
        times = one["speed"] / best["ours"]["speed"]
        print(f"{name:18} {one['speed']:7,.0f}  {times:10.2f}  {one['cold']:6.2f}  {one['memory']:9.0f}")


def grades(part: str) -> None:
    arms = [name for name in ARMS if name != "ours, one by one"]
    there = {label: language for label, language in SETS.items() if (_folder(part) / f"{label}.tsv.xz").exists()}
    by_arm = {name: graded(name, part, there) for name in arms}
    print(f"\nshare recognised ({part}); in brackets: texts under {SHORT} characters; ours unsure; ours wrong")
    print(f"{'':20} {'':8}" + "".join(f"{name:>14}" for name in arms))
    for label, language in there.items():
        cells = "".join(f"{found[label][0]:7.3f} ({found[label][1]:.2f})" for found in by_arm.values())
        print(f"{label:20} {language:8}{cells}  {by_arm['ours'][label][2]:.3f}  {by_arm['ours'][label][3]}")
    for title, rows in (
        ("languages, of nineteen", [[label for label in there if there[label] == one] for one in NINETEEN]),
        ("European and Arabic", [[label] for label in EUROPEAN_AND_ARABIC if label in there]),
    ):
        means = [mean(mean(found[label][0] for label in row) for row in rows if row) for found in by_arm.values()]
        print(f"{title:29}" + "".join(f"{one:7.3f}       " for one in means))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--posts", type=int, default=20_000)
    words.add_argument("--rounds", type=int, default=3)
    words.add_argument("--part", default="dev", choices=("train", "val", "dev"))
    words.add_argument("--arm", help=argparse.SUPPRESS)
    asked = words.parse_args()
    if asked.arm:
        print(json.dumps(measured(asked.arm, json.load(sys.stdin))))
        return
    if asked.posts:
        speeds(asked.posts, asked.rounds)
    if os.environ.get("LISTENER_EVAL"):
        grades(asked.part)
    else:
        print("LISTENER_EVAL names no folder: nothing was graded")


if __name__ == "__main__":
    main()
