"""How many posts each step changes by which a text is made ready to be read.

    python benchmarks/text_steps.py POSTS.jsonl ...
    LISTENER_RECORDINGS=FOLDER python benchmarks/text_steps.py

Posts are lines of JSON as `listener export` writes them, and whatever feeds and mails the folder of recordings holds.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from rules.left_out import QUOTED, REPAIRED, RESIDUE, steps
from rules.text import readable
from sources.contract import SourceUnavailable
from sources.feed_document import read_document
from sources.feed_entry import posts_of
from sources.http import Answer
from sources.imap_mail import post_of_mail
from sources.jsonl import decode_post
from sources.post import Post

STEPS = (REPAIRED, RESIDUE, QUOTED)
NOW = datetime.now(UTC)


def recorded(folder: Path) -> Iterator[Post]:
    for file in sorted(folder.rglob("*")):
        if not file.is_file():
            continue
        if file.suffix in (".xml", ".rss", ".atom"):
            try:
                document = read_document(
                    Answer(status=200, url="https://a.example/", headers={}, body=file.read_bytes()), ""
                )
            except SourceUnavailable:
                continue
            yield from posts_of(document, "a.example", NOW)
        elif file.suffix == ".eml":
            yield post_of_mail(file.read_bytes(), None, "a@a.example", NOW)


def all_posts(files: list[str]) -> list[Post]:
    found = [decode_post(line, NOW) for name in files for line in Path(name).read_bytes().splitlines() if line.strip()]
    if folder := os.environ.get("LISTENER_RECORDINGS"):
        found += recorded(Path(folder))
    return list({(post.key, post.title, post.text): post for post in found}.values())


def main() -> None:
    posts = all_posts(sys.argv[1:])
    if not posts:
        sys.exit("no posts: name files of JSON Lines, or set LISTENER_RECORDINGS")
    changed: dict[str, Counter[str]] = {}
    characters: dict[str, Counter[str]] = {}
    for post in posts:
        for text, kind in ((post.title, "article"), (post.text, post.kind)):
            for why, before, after in steps(text, kind):
                if before != after:
                    changed.setdefault(post.source, Counter())[why] += 1
                    characters.setdefault(post.source, Counter())[why] += len(before) - len(after)
    table = Table(box=None)
    for column in ("source", "posts", *STEPS):
        table.add_column(column, justify="left" if column == "source" else "right")
    for source, count in sorted(Counter(post.source for post in posts).items()):
        row = [
            f"{changed[source][why]} ({characters[source][why]:,} characters)"
            if changed.get(source, {}).get(why)
            else "-"
            for why in STEPS
        ]
        table.add_row(source, str(count), *row)
    Console(width=160).print(table)
    begun = process_time()
    for post in posts:
        readable(post)
    each = (process_time() - begun) / len(posts)
    print(f"{each * 1e6:.1f} us a post, of {sum(len(post.text) for post in posts) / len(posts):.0f} characters")


if __name__ == "__main__":
    main()
