"""Finds the customers among the authors of a generated world: ours beside an exact match and rapidfuzz on the name.

    python benchmarks/customer_matching.py [--seed 7] [--customers 100000] [--posts 20000]   (pip install --group bench)

The world is people.py's, with noise model A; `--noise B` takes the other model. The weights of
rules/matching/chances.py were chosen with noise A on seeds 901 and 902, and with nothing else.

Right is a post given to a record of the person who wrote it. Precision: of all posts given to somebody, how many
rightly. Recall: of the posts that a careful person could link (`evident`), how many were given rightly. "With review"
takes what a person is asked about as given to its first candidate. Candidates: of the evident posts, how many have
their customer among those that are looked at in full. Time is this thread's CPU a post; a scan is rapidfuzz's WRatio
of the shown name against every name, on the first `--scanned` posts. The world's Reddit stands for a network whose
authors may be matched.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from msgspec import Struct

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import people_customers
from people_posts import posts
from people_world import Labelled
from rich.console import Console
from rich.table import Table

from rules.customers import CustomerIndex
from rules.directory import Customer, Identity
from rules.identity import EMAIL
from rules.matching.matcher import Matcher
from rules.matching.outcome import Candidate, Outcome
from sources.post import Author, Post

try:
    from rapidfuzz import fuzz, process
except ModuleNotFoundError:
    raise SystemExit("the rival is rapidfuzz: .venv/bin/python -m pip install --group bench") from None

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "customer-matching.png"
KINDS = {"reddit": "threads", "mail": EMAIL}
PAGES = (("www.reddit.com/user/", "www.threads.net/@"), ("reddit.com/user/", "threads.net/@"))
MAILED = frozenset({"mail", "reviews"})
NOBODY = Outcome()


class Arm(Struct):
    """What one way of matching made of all posts, and its microseconds a post."""

    name: str
    outcomes: list[Outcome]
    microseconds: list[float]


class Told(Struct):
    """Precision and recall of an arm, without and with what a person is asked about."""

    linked: float
    recall: float
    reviewed: float
    recall_reviewed: float
    asked: float  # of all posts


def as_customer(one: people_customers.Customer) -> Customer:
    """A record of the world in the product's words."""
    handles = (
        Identity(KINDS.get(handle.network, handle.network), handle.name.lower(), handle.valid_from, handle.valid_to)
        for handle in one.handles
    )
    sites = (f"https://{domain}/" for domain in one.domains[1:])
    return Customer(
        id=one.id,
        name=one.name,
        tier=one.tier,
        company=one.company,
        domain=one.domains[0] if one.domains else "",
        city=one.city,
        country=one.country,
        phones=one.phones,
        urls=(*map(_page, one.profile_urls), *sites),
        identities=(*handles, *(Identity(EMAIL, address.lower()) for address in one.emails)),
        origin="the directory",
    )


def as_post(number: int, labelled: Labelled) -> Post:
    """What is seen of an author, as a source would tell it."""
    seen = labelled.seen
    return Post(
        source=KINDS.get(seen.network, seen.network),
        instance="generated",
        external_id=str(number),
        published_at=seen.posted_at,
        author=Author(
            handle="" if seen.network in MAILED else seen.handle,
            name=seen.display_name,
            url=_page(seen.profile_url),
            email=seen.email,
            bio=seen.bio,
            links=tuple(_page(link.url) for link in seen.links if not link.verified),
            verified_links=tuple(_page(link.url) for link in seen.links if link.verified),
            location=seen.location,
        ),
    )


def _page(url: str) -> str:
    for old, new in PAGES:
        url = url.replace(old, new)
    return url if "://" in url or not url else f"https://{url}"


def run(name: str, written: Sequence[Post], match: Callable[[Post], Outcome]) -> Arm:
    """Matches every post, one by one."""
    outcomes, microseconds = [], []
    for post in written:
        started = time.thread_time_ns()
        outcomes.append(match(post))
        microseconds.append((time.thread_time_ns() - started) / 1_000)
    return Arm(name, outcomes, microseconds)


def right(labelled: Labelled, outcome: Outcome) -> bool:
    return labelled.customer is not None and outcome.candidates[0].customer_id in labelled.records


def judge(labels: Sequence[Labelled], outcomes: Sequence[Outcome]) -> Told:
    evident = sum(labelled.evident for labelled in labels)
    pairs = [(labelled, outcome) for labelled, outcome in zip(labels, outcomes, strict=True) if outcome.candidates]
    linked = [(labelled, outcome) for labelled, outcome in pairs if outcome.state == "linked"]
    return Told(
        *_precision_recall(linked, evident),
        *_precision_recall(pairs, evident),
        (len(pairs) - len(linked)) / len(labels),
    )


def _precision_recall(given: Sequence[tuple[Labelled, Outcome]], evident: int) -> tuple[float, float]:
    rightly = [labelled for labelled, outcome in given if right(labelled, outcome)]
    found = sum(labelled.evident for labelled in rightly)
    return len(rightly) / max(1, len(given)), found / max(1, evident)


def by_name(customers: Sequence[Customer], threshold: float) -> Callable[[Post], Outcome]:
    """What is built in an afternoon: the likest name by WRatio, linked from a threshold on."""
    names = [customer.name for customer in customers]

    def match(post: Post) -> Outcome:
        found = process.extractOne(post.author.name, names, scorer=fuzz.WRatio, score_cutoff=threshold)
        if found is None:
            return NOBODY
        return Outcome("linked", (Candidate(customers[found[2]].id, found[1] / 100),))

    return match


def exactly(index: CustomerIndex, customers: Sequence[Customer]) -> Callable[[Post], Outcome]:
    """What the product did before: an address or handle that stands on record."""

    def match(post: Post) -> Outcome:
        found = index.match(post)
        return NOBODY if found is None else Outcome("linked", (Candidate(found.id, 1.0),))

    return match


def curve(labels: Sequence[Labelled], outcomes: Sequence[Outcome]) -> list[tuple[float, float, float]]:
    """Threshold, precision and recall, from the surest candidate to the least sure."""
    evident = sum(labelled.evident for labelled in labels)
    pairs = [(labelled, outcome) for labelled, outcome in zip(labels, outcomes, strict=True) if outcome.candidates]
    sure = sorted(
        ((outcome.candidates[0].probability, labelled, outcome) for labelled, outcome in pairs), key=lambda one: -one[0]
    )
    points, rightly, found = [], 0, 0
    for place, (probability, labelled, outcome) in enumerate(sure, 1):
        is_right = right(labelled, outcome)
        rightly += is_right
        found += is_right and labelled.evident
        if place > 200:
            points.append((probability, rightly / place, found / evident))
    return points


def draw(points: Sequence[tuple[float, float, float]], arms: Sequence[tuple[str, Told]], title: str) -> None:
    """Precision over recall, with each arm's own point."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 4.6), dpi=110)
    axes.plot([point[2] for point in points], [point[1] for point in points], color="#2a7f62", label="by probability")
    marks = "osD^v"
    for mark, (name, told) in zip(marks, arms, strict=False):
        axes.plot(
            [told.recall], [told.linked], mark, label=f"{name}: {told.linked:.3f} at {told.recall:.2f}", markersize=8
        )
    ours = arms[0][1]
    label = f"with review: {ours.reviewed:.3f} at {ours.recall_reviewed:.2f}"
    axes.plot([ours.recall_reviewed], [ours.reviewed], "*", color="#c8722c", markersize=13, label=label)
    axes.plot([0.80, 0.92], [0.995, 0.90], "x", color="#22303c", label="goals: 0.995 at 0.80, 0.90 at 0.92")
    axes.set(xlabel="recall of evident posts", ylabel="precision", title=title, xlim=(0, 1.02), ylim=(0, 1.02))
    axes.grid(alpha=0.3)
    axes.legend(loc="center right", fontsize=8)
    figure.tight_layout()
    figure.savefig(PICTURE)


def main() -> None:
    asked = argparse.ArgumentParser(description="Measures how well authors are matched with customers.")
    asked.add_argument("--noise", choices=("A", "B"), default="A")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--customers", type=int, default=100_000)
    asked.add_argument("--posts", type=int, default=20_000)
    asked.add_argument("--scanned", type=int, default=300, help="posts for the scans by name")
    asked.add_argument("--picture", action="store_true", help="draws docs/pictures/customer-matching.png")
    given = asked.parse_args()
    module = "people_noise" if given.noise == "A" else "people_noise_b"
    noise = getattr(import_module(module), f"Noise{given.noise}")()
    directory = people_customers.Directory(given.seed, given.customers)
    labels = list(posts(directory, given.seed, given.posts, noise))
    customers = [as_customer(one) for one in directory]
    written = [as_post(number, labelled) for number, labelled in enumerate(labels)]
    del directory
    gc.collect()

    console = Console(width=118)
    index = CustomerIndex(customers)
    before = resident()
    started = time.process_time()
    matcher = Matcher(customers)
    spent = time.process_time() - started
    console.print(f"{len(matcher):,} customers: built in {spent:.1f} CPU s, {resident() - before:.0f} MB more")
    exact = exactly(index, customers)

    def weigh(post: Post) -> Outcome:
        assert post.published_at is not None
        return matcher.weigh(post, post.published_at)

    def both(post: Post) -> Outcome:
        found = exact(post)
        return found if found.candidates else weigh(post)

    ours = run("exact, then weighed", written, both)
    weighed = run("weighed alone", written, weigh)
    arms = [ours, weighed, run("exact alone", written, exact)]
    scans = [
        run(f"WRatio >= {threshold}", written[: given.scanned], by_name(customers, threshold)) for threshold in (90, 97)
    ]
    told = [(arm, judge(labels[: len(arm.outcomes)], arm.outcomes)) for arm in (*arms, *scans)]
    console.print(_table(told))
    _candidates(console, matcher, labels, written, scans[0])
    console.print(_kinds(labels, ours.outcomes))
    if given.picture:
        title = f"{given.customers:,} customers, {given.posts:,} posts, noise {given.noise}"
        draw(curve(labels, ours.outcomes), [(arm.name, one) for arm, one in told if arm is not weighed], title)


def _table(told: Sequence[tuple[Arm, Told]]) -> Table:
    heads = ("posts", "precision", "recall", "with review", "recall", "asked", "median us", "p99 us")
    table = Table("arm", *heads)
    for arm, one in told:
        spent = sorted(arm.microseconds)
        table.add_row(
            arm.name,
            f"{len(spent):,}",
            *(f"{share:.4f}" for share in (one.linked, one.recall, one.reviewed, one.recall_reviewed)),
            f"{one.asked:.1%}",
            f"{statistics.median(spent):,.0f}",
            f"{spent[int(len(spent) * 0.99)]:,.0f}",
        )
    return table


def _candidates(
    console: Console, matcher: Matcher, labels: Sequence[Labelled], written: Sequence[Post], scan: Arm
) -> None:
    """How many customers are overlooked, how many are looked at, and what that costs beside a scan."""
    spent, counted, held, evident = [], [], 0, 0
    for labelled, post in zip(labels, written, strict=True):
        assert post.published_at is not None
        started = time.thread_time_ns()
        found = matcher.candidate_ids(post, post.published_at)
        spent.append((time.thread_time_ns() - started) / 1_000)
        counted.append(len(found))
        if labelled.evident:
            evident += 1
            held += not set(labelled.records).isdisjoint(found)
    ours, theirs = statistics.median(spent), statistics.median(scan.microseconds)
    console.print(
        f"candidates: {held / max(1, evident):.4f} of the evident posts have their customer among a median of "
        f"{statistics.median(counted):.0f}; {ours:,.0f} us beside {theirs:,.0f} us of a scan: "
        f"{theirs / ours:,.0f} times as fast"
    )


def _kinds(labels: Sequence[Labelled], outcomes: Sequence[Outcome]) -> Table:
    table = Table("kind", "posts", "evident", "linked right", "wrong", "review right", "wrong", "evident, nobody")
    for hint in dict.fromkeys(sorted(labelled.hint for labelled in labels)):
        pairs = [(one, outcome) for one, outcome in zip(labels, outcomes, strict=True) if one.hint == hint]
        counts = [len(pairs), sum(one.evident for one, _ in pairs)]
        for state in ("linked", "review"):
            of_state = [right(one, outcome) for one, outcome in pairs if outcome.state == state]
            counts += [sum(of_state), len(of_state) - sum(of_state)]
        counts.append(sum(one.evident and outcome.state == "none" for one, outcome in pairs))
        table.add_row(hint, *(str(count) if count else "" for count in counts))
    return table


def resident() -> float:
    """Megabytes of this process that are in memory."""
    gc.collect()
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


if __name__ == "__main__":
    main()
