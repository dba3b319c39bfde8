"""Feeds' documents a CPU second: ours, feedparser as our fall-back and as people use it, fastfeedparser.

    python benchmarks/feed_parsing.py [--documents 30] [--rounds 5] [--recordings FOLDER]

Made-up documents of about 118 kB, seeded: blogs in RSS with whole articles as HTML, Atom, podcasts, other scripts.
`--recordings` adds a folder of recorded feeds (each `feeds-*` below it). Ours gives plain text, so that nothing is
left to sanitise; "as people use it" sanitises and makes links absolute; fastfeedparser does neither and gives markup.
The arms take turns over the same documents in one process; believe the ratios. Needs, for its arm, fastfeedparser:
.venv/bin/pip install --group bench.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import feedparser
import results
from rich.console import Console
from rich.table import Table

from sources.contract import SourceUnavailable
from sources.feed_document import read_document
from sources.feed_quick import read_quickly
from sources.feed_xml import NoFeed, read_xml_feed
from sources.http import Answer

try:
    import fastfeedparser
except ImportError:
    fastfeedparser = None

URL = "https://blog.example/feed.xml"
SIZE = 118_000
SCRIPTS = (
    "the a to of in it is for on my with this that was have not but so they at all be out what now get one from like",
    "и в не на что я с он как это она так его но все ты к по мне было вот от меня еще нет о из ему теперь когда",
    "এই করে একটি তার হয় থেকে জন্য আমি না কি সে আছে এবং যে আর ছিল কিন্তু তিনি দিয়ে বলে পরে কথা নিয়ে আমার মধ্যে",
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--documents", type=int, default=30)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--recordings", type=Path)
    told = asked.parse_args()
    if fastfeedparser is None:
        print("fastfeedparser is not installed, so its arm is left out: .venv/bin/pip install --group bench")
    sets = {"made up": [document(random.Random(f"feed {number}"), number) for number in range(told.documents)]}
    if told.recordings:
        sets |= recorded(told.recordings)
    rates = {}
    for name, documents in sets.items():
        check(documents)
        rates[name] = measure(name, documents, told.rounds)
        *_, usual = (arm for arm in rates[name] if arm.startswith("feedparser"))
        ratios = [one / other for one, other in zip(rates[name]["ours"], rates[name][usual], strict=True)]
        results.keep_goal(f"reading feeds, {name}", "feedparser", 10, ratios)
    results.keep("feed_parsing", rates)


# The documents ---------------------------------------------------------------------------------------------


def document(chance: random.Random, number: int) -> bytes:
    """Of ten documents seven are RSS with articles, two Atom, one a podcast; two are in another script."""
    words = SCRIPTS[{3: 1, 6: 2}.get(number % 10, 0)].split()
    kind = "podcast" if number % 10 == 9 else "atom" if number % 5 == 4 else "blog"
    entries, size = [], 0
    while size < SIZE:
        entries.append(ENTRIES[kind](chance, words, len(entries)))
        size += len(entries[-1].encode())
    return FRAMES[kind].format(entries="".join(entries)).encode()


def sentence(chance: random.Random, words: Sequence[str], length: int) -> str:
    return " ".join(chance.choices(words, k=length)).capitalize()


def article(chance: random.Random, words: Sequence[str], paragraphs: int) -> str:
    """A few links, pictures, entities and emphases, as an editor's program writes them."""
    parts = []
    for number in range(paragraphs):
        text = sentence(chance, words, 60)
        parts.append(
            f'<p class="wp-block">{text}, <a href="https://blog.example/{number}?a=1&amp;b=2" title="It&#8217;s">'
            f"{sentence(chance, words, 4)}</a> &#8220;{sentence(chance, words, 8)}&#8221; "
            f"<em>{words[number]}</em>&nbsp;&hellip;</p>\n"
        )
    parts.append('<figure><img src="https://blog.example/p.jpg" alt="A picture" width="640"/></figure>\n')
    return "".join(parts)


def blog(chance: random.Random, words: Sequence[str], number: int) -> str:
    link = f"https://blog.example/2026/{number}/"
    return (
        f"<item><title>{sentence(chance, words, 8)} &amp;#8211; {number}</title><link>{link}</link>"
        f"<comments>{link}#respond</comments><dc:creator><![CDATA[{words[number % 9]}]]></dc:creator>"
        f"<pubDate>Fri, {number % 27 + 1:02} Nov 2026 10:{number % 60:02}:00 +0000</pubDate>"
        "<category><![CDATA[News]]></category><category><![CDATA[Rockets]]></category>"
        f'<guid isPermaLink="false">https://blog.example/?p={number}</guid>'
        f"<description><![CDATA[<p>{sentence(chance, words, 50)} [&#8230;]</p>]]></description>"
        f"<content:encoded><![CDATA[{article(chance, words, 7)}]]></content:encoded>"
        f"<wfw:commentRss>{link}feed/</wfw:commentRss><slash:comments>{number}</slash:comments></item>\n"
    )


def atom(chance: random.Random, words: Sequence[str], number: int) -> str:
    escaped = article(chance, words, 7).replace("&", "&amp;").replace("<", "&lt;")
    return (
        f"<entry><id>tag:blog.example,2026:{number}</id><title>{sentence(chance, words, 8)}</title>"
        f'<link rel="alternate" type="text/html" href="https://blog.example/{number}"/>'
        f'<link rel="replies" href="https://blog.example/{number}/comments"/>'
        f"<published>2026-11-{number % 27 + 1:02}T10:00:00+02:00</published><updated>2026-11-21T10:00:00Z</updated>"
        f"<author><name>{words[number % 9]}</name><uri>https://blog.example/a</uri></author>"
        f'<category term="rockets"/><content type="html">{escaped}</content></entry>\n'
    )


def podcast(chance: random.Random, words: Sequence[str], number: int) -> str:
    text = sentence(chance, words, 120)
    return (
        f"<item><title>{sentence(chance, words, 6)}</title><guid isPermaLink='false'>ep-{number}</guid>"
        f"<link>https://pod.example/{number}</link><pubDate>Fri, 20 Nov 2026 06:00:00 GMT</pubDate>"
        f"<description><![CDATA[<p>{text}</p>]]></description><itunes:summary>{text}</itunes:summary>"
        f"<itunes:author>The host</itunes:author><itunes:duration>31:0{number % 10}</itunes:duration>"
        f'<enclosure url="https://pod.example/{number}.mp3" length="1" type="audio/mpeg"/>'
        "<itunes:explicit>no</itunes:explicit><itunes:keywords>a, b, c</itunes:keywords></item>\n"
    )


ENTRIES: dict[str, Callable[[random.Random, Sequence[str], int], str]] = {
    "blog": blog,
    "atom": atom,
    "podcast": podcast,
}
RSS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:wfw="http://wellformedweb.org/CommentAPI/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>A blog</title>'
    '<atom:link href="https://blog.example/feed" rel="self" type="application/rss+xml"/>'
    "<link>https://blog.example/</link><description>Notes</description><language>en-US</language>"
    "<image><url>https://blog.example/i.png</url><title>A blog</title></image>{entries}</channel></rss>"
)
FRAMES = {
    "blog": RSS,
    "podcast": RSS,
    "atom": '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>'
    '<id>tag:blog.example,2026:f</id><link rel="self" href="https://blog.example/f"/>{entries}</feed>',
}


def recorded(folder: Path) -> dict[str, list[bytes]]:
    bodies = [
        path.read_bytes() for path in sorted(folder.glob("feeds-*/**/*")) if path.suffix in (".xml", ".rss", ".atom")
    ]
    quick = [body for body in bodies if read_quickly(body, "", URL) is not None]
    return {
        "recorded": bodies,
        "recorded, read the quick way": quick,
        "of these over 50 kB": [b for b in quick if len(b) > 50_000],
    }


# The arms --------------------------------------------------------------------------------------------------


def ours(body: bytes) -> None:
    with contextlib.suppress(SourceUnavailable):
        read_document(Answer(status=200, url=URL, headers={}, body=body), "it")


def fall_back(body: bytes) -> None:
    with contextlib.suppress(NoFeed):
        read_xml_feed(body, "", URL)


def as_people_do(body: bytes) -> None:
    feedparser.parse(io.BytesIO(body))


def fast(body: bytes) -> None:
    with contextlib.suppress(Exception):  # it raises many kinds for what it cannot read
        fastfeedparser.parse(body)


def arms() -> Iterator[tuple[str, Callable[[bytes], None], int]]:
    """Name, what it does, and how many times the documents are read in a round."""
    yield "ours", ours, 5
    yield "feedparser, not sanitising, our text", fall_back, 1
    yield "feedparser, as people use it", as_people_do, 1
    if fastfeedparser is not None:
        yield "fastfeedparser", fast, 5


def check(documents: list[bytes]) -> None:
    """Says how many documents the quick way takes; those are the same as feedparser's, or there is no benchmark."""
    taken = 0
    for body in documents:
        quick = read_quickly(body, "", URL)
        if quick is not None:
            taken += 1
            assert quick == read_xml_feed(body, "", URL)
    size = statistics.mean(map(len, documents)) / 1000
    print(
        f"{len(documents)} documents of {size:.0f} kB on average; {taken} read the quick way, equal to feedparser's way"
    )


def measure(name: str, documents: list[bytes], rounds: int) -> dict[str, list[float]]:
    speeds: dict[str, list[float]] = {arm: [] for arm, _, _ in arms()}
    for _ in range(rounds):
        for arm, read, times in arms():
            began = time.process_time()
            for _ in range(times):
                for body in documents:
                    read(body)
            speeds[arm].append(times * len(documents) / (time.process_time() - began))
    table = Table(
        "arm", "documents a CPU second", "lowest", "highest", "ours is faster by", "lowest", "highest", title=name
    )
    for arm, measured in speeds.items():
        ratios = sorted(our / other for our, other in zip(speeds["ours"], measured, strict=True))
        figures = (statistics.median(measured), min(measured), max(measured))
        told = (f"{ratio:.1f}" for ratio in (statistics.median(ratios), ratios[0], ratios[-1]))
        table.add_row(arm, *(f"{figure:,.1f}" for figure in figures), *told)
    Console(width=130).print(table)
    return speeds


if __name__ == "__main__":
    main()
