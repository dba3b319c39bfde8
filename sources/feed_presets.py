"""Writes the addresses of feeds that services make for a search, a tag, a channel or a repository."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, quote_plus, urlencode, urlsplit

from sources.query.branches import branches
from sources.query.tree import Query
from sources.search_asks import spoken

MOST_BRANCHES = 8
GOOGLES_WORDS = 32
"""Google reads that many words of a search and ignores the rest."""


class Preset(NamedTuple):
    """A feed ready to be configured, without a name that is taken already. `every` "" is the usual."""

    name: str
    url: str
    every: str = ""


class WrongParameter(ValueError):
    """A parameter that the service would not understand; the message says what it must be."""


def google_news(search: str, language: str = "en", country: str = "US") -> Preset:
    """Articles that Google News finds, newest first. Raises WrongParameter."""
    _check(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", language, "the language must be a code such as en, de or pt-BR")
    _check(r"[A-Z]{2}", country, "the country must be two capitals such as US, DE or BD")
    tongue, _, region = language.partition("-")
    told = {
        "q": _search(search),
        "hl": f"{tongue}-{region or country}" if tongue == "en" else language,
        "gl": country,
        "ceid": f"{country}:{language}",
    }
    return Preset(f"google news {_short(search)}", f"https://news.google.com/rss/search?{urlencode(told)}", "15m")


def bing_news(search: str, language: str = "en", country: str = "US") -> Preset:
    """Articles that Bing News finds, newest first. Raises WrongParameter."""
    _check(r"[a-z]{2,3}", language, "the language must be a code such as en or de")
    _check(r"[A-Z]{2}", country, "the country must be two capitals such as US or DE")
    told = {"q": _search(search), "format": "rss", "mkt": f"{language}-{country}", "qft": 'sortbydate="1"'}
    return Preset(f"bing news {_short(search)}", f"https://www.bing.com/news/search?{urlencode(told)}", "15m")


def google_alerts(address: str) -> Preset:
    """An alert that was made at google.com/alerts with "Deliver to: RSS feed". Raises WrongParameter."""
    _check(
        r"https://www\.google\.[a-z.]{2,6}/alerts/feeds/[0-9]+/[0-9]+", address.strip(),
        "must be the address behind the alert's feed sign: https://www.google.com/alerts/feeds/NUMBER/NUMBER",
    )  # fmt: skip
    return Preset("google alerts", address.strip(), "15m")


def youtube_channel(channel: str) -> Preset:
    """The latest videos of a channel. Raises WrongParameter."""
    found = re.fullmatch(r"(?:https://(?:www\.)?youtube\.com/channel/)?(UC[\w-]{22})/?", channel.strip())
    if found is None:
        raise WrongParameter(
            "must be a channel's id (UC and 22 letters more) or its address with it; where you know its @handle alone, "
            "write the channel's page as the `url` of a feed: the feed behind it is found"
        )
    return Preset(f"youtube {found[1]}", f"https://www.youtube.com/feeds/videos.xml?channel_id={found[1]}", "30m")


def mastodon_tag(tag: str, host: str = "mastodon.social") -> Preset:
    """Public posts with a hashtag that one server knows. Raises WrongParameter."""
    word = tag.strip().removeprefix("#")
    _check(r"[^\s/?#&%\x00-\x1f]{1,100}", word, "a tag must be one word of letters and digits")
    return Preset(f"mastodon #{word}"[:80], f"https://{_host(host)}/tags/{quote(word)}.rss")


def github_releases(repository: str) -> Preset:
    """A repository's releases. Raises WrongParameter."""
    return _github(repository, "releases")


def github_discussions(repository: str) -> Preset:
    """A repository's discussions. Raises WrongParameter."""
    return _github(repository, "discussions")


def stackexchange_tag(tag: str, host: str = "stackoverflow.com") -> Preset:
    """The newest questions with a tag on one site. Raises WrongParameter."""
    _check(r"[\w.+#-]{1,60}", tag.strip(), "a tag must be one word such as python or c++")
    address = f"https://{_host(host)}/feeds/tag?{urlencode({'tagnames': tag.strip(), 'sort': 'newest'})}"
    return Preset(f"{_host(host)} {tag.strip()}"[:80], address)


def news_search(query: Query) -> tuple[str, tuple[str, ...]]:
    """Gives a query as Google and Bing take it, a superset of what it wants, and what could not be said.

    Alternatives are joined by OR, what none of them wants is left out with a minus. Whatever comes back is matched by
    the whole query here. Raises WrongParameter where nothing is left to search for.
    """
    found = branches(query, MOST_BRANCHES)
    asked = [[word for word in map(spoken, branch.words) if word] for branch in found.branches]
    if not all(asked):
        raise WrongParameter("a part of this query has no word to search for; write the search by hand")
    unwanted = set.intersection(*({spoken(word) for word in branch.excluded} for branch in found.branches)) - {""}
    alternatives = list(
        dict.fromkeys(" ".join(words) if len(words) == 1 else f"({' '.join(words)})" for words in asked)
    )
    either = " OR ".join(alternatives)
    text = f"({either})" if unwanted and len(alternatives) > 1 else either
    text += "".join(f" -{word}" for word in sorted(unwanted))
    notes = list(found.notes)
    if len(re.findall(r"\w+", text)) > GOOGLES_WORDS:
        notes.append(f"a search of more than {GOOGLES_WORDS} words is cut: make several of it")
    return text, tuple(notes)


def _github(repository: str, what: str) -> Preset:
    name = re.sub(r"^https://github\.com/", "", repository.strip()).rstrip("/")
    _check(r"[\w.-]{1,100}/[\w.-]{1,100}", name, "must be owner/name, as in https://github.com/owner/name")
    return Preset(f"{name} {what}"[:80].replace("/", " "), f"https://github.com/{name}/{what}.atom", "30m")


def _host(host: str) -> str:
    try:
        parts = urlsplit(host if "//" in host else f"https://{host}")
        name = parts.hostname or ""
    except ValueError:
        name = ""
    _check(r"[a-z0-9-]+(\.[a-z0-9-]+)+", name, "the host must be a name such as mastodon.social")
    return name


def _search(text: str) -> str:
    search = " ".join(text.split())
    if not any(character.isalnum() for character in search) or len(quote_plus(search)) > 1_800:
        raise WrongParameter("the search must have a word, and no more than 1,800 characters in an address")
    return search


def _short(text: str) -> str:
    """A name that a source may have: one line without what names may not have, and not too long."""
    words = re.sub(r"[^\w #@.-]+", " ", text)
    return " ".join(words.split())[:50].strip() or "search"


def _check(pattern: str, value: str, must: str) -> None:
    if not re.fullmatch(pattern, value):
        raise WrongParameter(must)


PRESETS: Sequence[tuple[str, str]] = (
    ("google-news", "articles for a search, or for a brand's query"),
    ("bing-news", "articles for a search, or for a brand's query"),
    ("google-alerts", "an alert made with \"Deliver to: RSS feed\""),
    ("youtube-channel", "a channel's latest videos"),
    ("mastodon-tag", "posts with a hashtag that one server knows"),
    ("github-releases", "a repository's releases"),
    ("github-discussions", "a repository's discussions"),
    ("stackexchange-tag", "questions with a tag on one site"),
)  # fmt: skip
