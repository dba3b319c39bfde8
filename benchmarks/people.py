"""A seeded world of customers and of people who post, to measure a matcher of authors with.

    python benchmarks/people.py --show 20

prints that many posts with what is true of them, beside the customer's record, and the shares by kind. How the world
is made: people/README.md. `Directory` and `posts` are what a benchmark takes from here.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from people_customers import Customer, Directory
from people_noise import NoiseA
from people_posts import posts
from people_world import Labelled
from rich.console import Console
from rich.table import Table

__all__ = ["Customer", "Directory", "Labelled", "NoiseA", "main", "posts"]


def main() -> None:
    asked = argparse.ArgumentParser(description="Shows the generated world, with noise model A.")
    asked.add_argument("--show", type=int, default=0, help="how many posts to print")
    asked.add_argument("--hint", default="", help="only posts of this kind")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--customers", type=int, default=20_000)
    asked.add_argument("--posts", type=int, default=5_000)
    given = asked.parse_args()
    started = time.process_time()
    directory = Directory(given.seed, given.customers)
    made = time.process_time()
    written = list(posts(directory, given.seed, given.posts, NoiseA()))
    console = Console(width=118)
    for post in [post for post in written if given.hint in {"", post.hint}][: given.show]:
        show(console, directory, post)
    console.print(_shares(written))
    console.print(
        f"{len(directory):,} customers in {made - started:.1f} CPU s, "
        f"{len(written):,} posts in {time.process_time() - made:.1f} CPU s"
    )


def show(console: Console, directory: Directory, post: Labelled) -> None:
    """One post, and under it the record of the customer who wrote it."""
    seen = post.seen
    console.print(f"[bold]{post.hint}[/bold]{' (evident)' if post.evident else ''}  {seen.posted_at:%Y-%m-%d}")
    links = " ".join(f"{link.url}{' ✔' if link.verified else ''}" for link in seen.links)
    told = (seen.network, seen.handle, seen.display_name, seen.bio, links, seen.location, seen.email, seen.profile_url)
    console.print("   " + " | ".join(part for part in told if part), markup=False, highlight=False)
    if post.customer is not None:
        console.print("   = " + _line(directory[post.customer]), markup=False, highlight=False)


def _line(one: Customer) -> str:
    handles = " ".join(
        f"{handle.network}:{handle.name}"
        + (f" from {handle.valid_from:%Y-%m-%d}" if handle.valid_from else "")
        + (f" until {handle.valid_to:%Y-%m-%d}" if handle.valid_to else "")
        for handle in one.handles
    )
    parts = (
        one.id,
        one.name,
        one.company,
        one.tier,
        *one.emails,
        *one.phones,
        handles,
        *one.domains,
        *one.profile_urls,
    )
    return " | ".join(part for part in (*parts, one.address, f"{one.city} {one.country}") if part)


def _shares(written: list[Labelled]) -> Table:
    table = Table("kind", "posts", "share", "evident")
    counted = Counter(post.hint for post in written)
    for hint in NoiseA.shares:
        evident = sum(post.evident for post in written if post.hint == hint)
        told = f"{evident / counted[hint]:.0%}" if evident else ""
        table.add_row(hint, str(counted[hint]), f"{counted[hint] / len(written):.1%}", told)
    customers = sum(post.customer is not None for post in written)
    evident = sum(post.evident for post in written)
    table.add_row(
        "by customers", str(customers), f"{customers / len(written):.1%}", f"{evident / max(1, customers):.0%}"
    )
    return table


if __name__ == "__main__":
    main()
