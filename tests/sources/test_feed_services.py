"""Services' feeds: addresses that are written for people, terms that are told, links without detours, secrets kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

from sources import feed_presets as presets
from sources.contract import EVERYTHING, SourceError
from sources.feed import FeedSettings
from sources.feed_address import home_of
from sources.feed_entry import Document, Entry, posts_of
from sources.feed_presets import WrongParameter, news_search
from sources.feed_services import service_of, shown_feed, unwrapped
from sources.query import parse

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALERT = "https://www.google.com/alerts/feeds/0123456789/9876543210"


def settings(url: str, **more: object) -> FeedSettings:
    return FeedSettings.model_validate({"kind": "feed", "name": "f", "url": url, **more})


def said(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_presets_write_the_services_addresses() -> None:
    news = presets.google_news('"acme rockets" OR acme', "en", "GB").url
    assert said(news) == {"q": '"acme rockets" OR acme', "hl": "en-GB", "gl": "GB", "ceid": "GB:en"}
    assert said(presets.google_news("x", "pt-BR", "BR").url)["hl"] == "pt-BR"
    assert said(presets.bing_news("acme", "de", "DE").url)["mkt"] == "de-DE"
    channel = "UC" + "a" * 22
    assert presets.youtube_channel(f"https://www.youtube.com/channel/{channel}").url.endswith(f"channel_id={channel}")
    assert presets.mastodon_tag("#Acme", "https://fosstodon.org").url == "https://fosstodon.org/tags/Acme.rss"
    assert presets.mastodon_tag("যশোর").url.startswith("https://mastodon.social/tags/%E0%A6%AF")
    assert presets.github_releases("https://github.com/a/b").url == "https://github.com/a/b/releases.atom"
    assert presets.github_discussions("a/b").url == "https://github.com/a/b/discussions.atom"
    assert said(presets.stackexchange_tag("c++").url)["tagnames"] == "c++"
    assert presets.google_alerts(ALERT).url == ALERT


def test_every_preset_is_a_configuration_and_its_service_is_known() -> None:
    for made in (
        presets.google_news("acme: 'x' / y"), presets.bing_news("acme"), presets.google_alerts(ALERT),
        presets.youtube_channel("UC" + "-" * 22), presets.mastodon_tag("acme"), presets.github_releases("a/b"),
        presets.github_discussions("a/b"), presets.stackexchange_tag("c#", "serverfault.com"),
    ):  # fmt: skip
        assert FeedSettings(kind="feed", name=made.name, url=made.url).open().name == made.name
        service = service_of(made.url)
        assert service is not None and service.notice


@pytest.mark.parametrize(
    ("preset", "arguments"),
    [
        ("google_news", (" ",)), ("google_news", ("x", "english")), ("google_news", ("x", "en", "usa")),
        ("google_news", ("x" * 2_000,)), ("bing_news", ("x", "pt-BR")), ("google_alerts", ("https://evil.example/",)),
        ("youtube_channel", ("@name",)), ("mastodon_tag", ("two words",)), ("mastodon_tag", ("x", "nohost")),
        ("mastodon_tag", ("x", "http://[oops")), ("github_releases", ("only-owner",)),
        ("github_releases", ("a/b/c",)), ("stackexchange_tag", ("a b",)),
    ],
)  # fmt: skip
def test_a_parameter_that_the_service_would_not_understand_is_a_mistake(
    preset: str, arguments: tuple[str, ...]
) -> None:
    with pytest.raises(WrongParameter):
        getattr(presets, preset)(*arguments)


@pytest.mark.parametrize(
    ("query", "search"),
    [
        ('("acme rockets" OR @acmehelp OR acme) NOT (coyote OR "acme markets")',
         '("acme rockets" OR acmehelp OR acme) -"acme markets" -coyote'),
        ("acme AND (kettle OR lamp)", "(acme kettle) OR (acme lamp)"),
        ("acme NEAR/3 kettle lang:en", "(acme kettle)"),
        ("acme OR (road NOT runner)", "acme OR road"),
    ],
)  # fmt: skip
def test_a_brands_query_becomes_a_search_that_finds_no_less(query: str, search: str) -> None:
    assert news_search(parse(query))[0] == search


def test_a_query_of_many_words_is_told_to_be_cut() -> None:
    _, notes = news_search(parse(" AND ".join(f"word{number}" for number in range(40))))
    assert "cut" in notes[-1]
    with pytest.raises(WrongParameter):
        news_search(parse("acme OR site:blog.example"))


def test_terms_that_bind_are_told_by_the_settings() -> None:
    assert "non-commercial" in settings("https://news.google.com/rss/search?q=x").warnings()[0]
    assert settings("https://www.bing.com/news/search?q=x&format=rss").warnings()
    assert "password" in settings(ALERT).warnings()[0]
    assert settings("https://blog.example/feed").warnings() == ()
    assert service_of("https://news.google.com.evil.example/rss") is None


def test_google_news_is_asked_once_a_minute_at_most() -> None:
    with pytest.raises(ValidationError, match="60 s between two polls"):
        settings("https://news.google.com/rss/search?q=x", every="59s")
    assert settings("https://news.google.com/rss/search?q=x", every="60s")
    assert settings("https://blog.example/feed", every="10s")


def test_links_through_a_search_service_lead_to_the_article_and_name_it() -> None:
    google = "https://www.google.com/url?rct=j&sa=t&url=https://paper.example/a%3Fid%3D1&ct=ga&usg=xyz"
    bing = "http://www.bing.com/news/apiclick.aspx?ref=FexRss&tid=42&url=https%3a%2f%2fpaper.example%2fb&c=7"
    assert unwrapped(google) == "https://paper.example/a?id=1"
    assert unwrapped(bing) == "https://paper.example/b"
    for other in (
        "https://news.google.com/rss/articles/CBMi?oc=5", "https://evil.example/url?url=https://x/", "http://[oops",
        "https://www.google.com/url?url=javascript:alert(1)", "https://www.google.com/url?" + "a&" * 9_000,
    ):  # fmt: skip
        assert unwrapped(other) == other
    entries = [Entry(guid=bing.replace("42", str(number)), link=bing, title="A") for number in (42, 43)]
    (post,) = posts_of(Document(entries=entries), "bing.com/news", NOW)
    assert (post.url, post.external_id, post.instance) == (
        "https://paper.example/b", "https://paper.example/b", "paper.example",
    )  # fmt: skip


def test_the_address_of_an_alert_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0123456789" not in shown_feed(ALERT) + home_of(ALERT)
    assert home_of(ALERT) != home_of(ALERT + "1")

    async def nowhere(*_: object) -> tuple[str, ...]:
        return ("127.0.0.1",)

    monkeypatch.setattr("sources.http.resolve_public", nowhere)
    source = settings(ALERT.replace("https", "http"), timeout="1s").open()
    with pytest.raises(SourceError) as failed:
        asyncio.run(source.fetch(EVERYTHING, None, NOW))
    assert "9876543210" not in str(failed.value)
