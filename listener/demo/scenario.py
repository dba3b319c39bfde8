"""The week that the demo replays: a maker of kettles, one bad batch, and everything that people say meanwhile."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from random import Random

from msgspec import Struct

from listener.demo.scenario_text import FOLDER, Written, described, offset, written
from listener.demo.told import Account, Article, BlueskyPost, HackerItem, Site, Toot

BRAND = "Acme"
COMPETITOR = "Borealis"
SEED = 1926
PRESS_SITES = 30

_FIRST_ID = 46_000_000  # on Hacker News, about where it stands in 2025
_FEDERATION = timedelta(seconds=40)  # until another server has heard of a post


class Scenario(Struct, frozen=True, kw_only=True):
    """Everything that the services will tell, each post with the time at which it is published.

    `press` names the sites that carry the press release.
    """

    sites: tuple[Site, ...]
    articles: tuple[Article, ...]
    items: tuple[HackerItem, ...]
    toots: tuple[Toot, ...]
    bluesky: tuple[BlueskyPost, ...]
    press: tuple[str, ...]
    customers: str

    @property
    def times(self) -> list[datetime]:
        """When each of the posts is published."""
        return [post.at for posts in (self.articles, self.items, self.toots, self.bluesky) for post in posts]

    @property
    def instances(self) -> tuple[str, ...]:
        """The Mastodon servers on which people write."""
        return tuple(sorted({toot.account.handle.partition("@")[2] for toot in self.toots}))


def scenario(now: datetime, seed: int = SEED) -> Scenario:
    """Gives the week that ends at `now`, and the quarter of an hour after. The same for the same arguments."""
    chance = Random(seed)
    carriers, others = _sites("sites.txt"), _sites("pages.txt")
    articles = [_article(post, now, chance) for name in ("sites.txt", "pages.txt") for post in written(name)]
    return Scenario(
        sites=(*carriers, *others),
        articles=(*articles, *_press_release(carriers, now, chance)),
        items=tuple(_items(now, chance)),
        toots=tuple(_toots(now, chance)),
        bluesky=tuple(_bluesky(now, chance)),
        press=tuple(site.slug for site in carriers),
        customers=(FOLDER / "customers.csv").read_text("utf-8"),
    )


def _at(when: str, now: datetime, chance: Random) -> datetime:
    """A time, off the minute as real ones are; whole milliseconds, as services tell them."""
    moved = now.replace(microsecond=0) + offset(when)
    return moved + timedelta(milliseconds=chance.randrange(1_000, 50_000))


def _sites(name: str) -> tuple[Site, ...]:
    found = []
    for slug, title, domain, form, lang, *more in described(name, "##"):
        charset = more[0] if more else "utf-8"
        found.append(
            Site(slug=slug, title=title, domain=domain, form=form, lang=lang, charset=charset, moved="moved" in more)
        )
    return tuple(found)


def _article(post: Written, now: datetime, chance: Random) -> Article:
    slug, when, *more = post.head
    path = more[0] if more and more[0].startswith("/") else f"/{_slug(post.title)}"
    author = " ".join(word for word in more if not word.startswith("/") and word != "undated")
    return Article(
        site=slug,
        at=_at(when, now, chance),
        path=path,
        title=post.title,
        html=post.text,
        author=author,
        dated="undated" not in more,
    )


def _press_release(sites: Sequence[Site], now: datetime, chance: Random) -> list[Article]:
    """One text on every site, as it happens: with another headline here, a dateline there, cut after two paragraphs."""
    lines = (FOLDER / "press_release.txt").read_text("utf-8").strip().split("\n")
    title, paragraphs = lines[0].removeprefix("# "), lines[1:]
    told = []
    for number, site in enumerate(sites):
        dateline = ("", "LEEDS &ndash; ", f"<b>({escape(site.title)})</b> ", "<em>Leeds, England.</em> ")[number % 4]
        first = paragraphs[0].replace("<p>", f"<p>{dateline}", 1)
        whole = number % 3 != 2
        ending = f'<p><a href="https://{site.domain}/subscribe">Read on</a></p>'
        html = "".join([first, *(paragraphs[1:] if whole else [paragraphs[1], ending])])
        told.append(
            Article(
                site=site.slug,
                at=now.replace(microsecond=0) - timedelta(hours=20) + timedelta(seconds=chance.randrange(9_000)),
                path=f"/{now - timedelta(hours=20):%Y/%m}/acme-rocket-2",
                title=f"{title} | {site.title}" if number % 5 == 4 else title,
                html=html,
                author="Press release" if number % 2 else "",
            )
        )
    return told


def _items(now: datetime, chance: Random) -> list[HackerItem]:
    """Stories and their comments. Ids grow with time, as they do there."""
    posts = [(_at(post.head[1], now, chance), post) for post in written("hackernews.txt")]
    ids = {post: _FIRST_ID + 137 * place for place, (_, post) in enumerate(sorted(posts, key=lambda pair: pair[0]))}
    stories: dict[str, int] = {}
    found = []
    for at, post in posts:
        label, _, author = post.head[:3]
        story = stories.setdefault(label, ids[post])
        own = story == ids[post]
        link, _, rest = post.text.partition("\n") if post.text.startswith("http") else ("", "", post.text)
        points, replies, _ = post.counts(3)
        found.append(
            HackerItem(
                id=ids[post],
                at=at,
                author=author,
                title=post.title,
                text=escape(rest).replace("&lt;p&gt;", "<p>"),
                url=link,
                points=points or 1,
                replies=replies,
                parent=0 if own else story,
                story=0 if own else story,
            )
        )
    return found


def _people(name: str) -> dict[str, Account]:
    people = {}
    for handle, shown, followers, note in described(name, "@@"):
        people[handle] = Account(
            handle=handle, name=shown, followers=int(followers), note=note, bot=handle.endswith("deals.example")
        )
    return people


def _toots(now: datetime, chance: Random) -> list[Toot]:
    people = _people("mastodon.txt")
    found = []
    for post in written("mastodon.txt"):
        when, who, lang = post.head[:3]
        favourites, boosts, replies = post.counts(3)
        at = _at(when, now, chance)
        late = post.option("late")
        found.append(
            Toot(
                at=at,
                arrives=at + (offset(f"+{late}") if late else _FEDERATION),
                account=people[who],
                lang=lang,
                text=post.text,
                warning=post.option("warning"),
                visibility=post.option("visibility") or "public",
                favourites=favourites,
                boosts=boosts,
                replies=replies,
                answers="answers" in post.head,
            )
        )
    return found


def _bluesky(now: datetime, chance: Random) -> list[BlueskyPost]:
    people = _people("bluesky.txt")
    found = []
    for post in written("bluesky.txt"):
        when, who, lang = post.head[:3]
        likes, reposts, replies = post.counts(3)
        found.append(
            BlueskyPost(
                at=_at(when, now, chance),
                account=people[who],
                langs=(lang,),
                text=post.text,
                likes=likes,
                reposts=reposts,
                replies=replies,
                answers="answers" in post.head,
                labels=tuple(filter(None, post.option("labels").split(","))),
            )
        )
    return found


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60]
