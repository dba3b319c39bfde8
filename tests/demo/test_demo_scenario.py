"""The demo's week holds what it promises, the same every time, and its configuration has no mistake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listener.config import load
from listener.demo.demo_config import demo_config
from listener.demo.network import DemoNetwork
from listener.demo.scenario import PRESS_SITES, scenario
from listener.demo.scenario_text import offset
from rules.customers_csv import parse_customers_csv
from rules.story import StoryIndex, fingerprint
from sources.markup import text_from_html

NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)
STORY = scenario(NOW)


def test_at_least_300_posts_lie_within_seven_days() -> None:
    assert sum(NOW - timedelta(days=7) <= at <= NOW for at in STORY.times) >= 300


def test_older_and_coming_posts_are_there_too() -> None:
    assert min(STORY.times) < NOW - timedelta(days=10)
    coming = [at for at in STORY.times if at > NOW]
    assert len(coming) >= 10 and max(coming) < NOW + timedelta(minutes=16)


def test_the_same_time_gives_the_same_week_and_another_moves_it_whole() -> None:
    assert scenario(NOW) == STORY
    later = scenario(NOW + timedelta(days=1, hours=5))
    assert [at - timedelta(days=1, hours=5) for at in later.times] == STORY.times
    assert scenario(NOW, seed=2) != STORY


def test_ten_languages_are_spoken() -> None:
    spoken = Counter(toot.lang for toot in STORY.toots) + Counter(post.langs[0] for post in STORY.bluesky)
    assert set(spoken) == {"en", "bn", "de", "fr", "es", "hi", "ar", "ja", "th", "pt"}
    assert min(spoken.values()) >= 7


def test_one_press_release_stands_on_thirty_sites_and_is_one_story() -> None:
    index = StoryIndex()
    stories = Counter(
        index.assign(article.site + article.path, fingerprint(article.title, text_from_html(article.html)), article.at)
        for article in sorted(STORY.articles, key=lambda article: article.at)
    )
    (widest, sites), (_, next_sites) = stories.most_common(2)
    assert widest and (sites, next_sites) == (PRESS_SITES, 1)
    release = [article for article in STORY.articles if article.path.endswith("/acme-rocket-2")]
    assert {article.site for article in release} == set(STORY.press) and len(STORY.press) == PRESS_SITES


def test_no_two_posts_say_the_same() -> None:
    texts = (
        [toot.text for toot in STORY.toots]
        + [post.text for post in STORY.bluesky]
        + [i.text for i in STORY.items if i.text]
    )
    assert len(texts) == len(set(texts))
    assert len({item.id for item in STORY.items}) == len(STORY.items)


def test_the_incident_grows_over_hours() -> None:
    def reports(since: float, until: float) -> int:
        words = ("acmeswift", "Acme Swift")
        return sum(
            since <= (NOW - post.at) / timedelta(hours=1) < until and any(word in post.text for word in words)
            for post in (*STORY.toots, *STORY.bluesky)
        )

    assert reports(48, 72) < reports(12, 24) < reports(0, 12)


def test_the_angry_customer_is_a_known_one_of_gold_tier() -> None:
    directory = parse_customers_csv(STORY.customers, "customers.csv")
    assert directory.mistakes == ()
    (nadia,) = [customer for customer in directory.customers if customer.name == "Nadia Karim"]
    assert nadia.tier == "gold" and nadia.identities[-1].value == "nadia@mastodon.social"
    assert any(toot.account.handle == "nadia@mastodon.social" and "furious" in toot.text for toot in STORY.toots)


def test_spam_namesakes_the_brands_own_words_and_dirty_html_are_in_it() -> None:
    everything = [toot.text for toot in STORY.toots] + [post.text for post in STORY.bluesky]
    assert sum("click" in text.lower() or "dm me" in text.lower() for text in everything) >= 5
    assert sum("Coyote" in text or "Acme Markets" in text or "Oyster" in text for text in everything) >= 10
    assert any(toot.account.handle.startswith("acmehelp@") for toot in STORY.toots)
    assert any("<script>" in article.html for article in STORY.articles)
    assert any("javascript:" in article.html for article in STORY.articles)
    assert any(not article.dated for article in STORY.articles)


def test_a_post_appears_when_the_clock_passes_it(get: Callable[..., Any], clock: Any) -> None:
    with DemoNetwork(clock) as network:
        url = network.mastodon.base_url.replace("{instance}", "mastodon.social") + "/api/v1/timelines/tag/acme"
        first = get(url).json[0]["id"]
        clock.move(minutes=15)
        assert get(url).json[0]["id"] > first


def test_the_same_now_gives_the_same_ids_after_a_restart(get: Callable[..., Any], clock: Any) -> None:
    def seen() -> Any:
        with DemoNetwork(clock, NOW) as network:
            posts = get(f"{network.bluesky.url}/xrpc/app.bsky.feed.searchPosts", {"q": "acme", "limit": 100}).json[
                "posts"
            ]
            return [post["uri"] for post in posts]

    before = seen()
    assert seen() == before and len(before) >= 70


def test_the_demos_configuration_has_no_mistake_and_needs_no_key(tmp_path: Path, clock: Any) -> None:
    with DemoNetwork(clock) as network:
        path = tmp_path / "config.toml"
        path.write_text(demo_config(network, tmp_path), "utf-8")
        path.chmod(0o600)
        config = load(path, "required", {})
    assert config.warnings == ()
    assert len(config.sources) >= 35 and len(config.channels) == 2
    assert 4 <= len(config.rules) <= 6 and {rule.ticket for rule in config.rules} == {"", "builtin"}
    assert config.digest is not None
    assert len({source.name for source in config.sources}) == len(config.sources)


def test_a_network_can_be_closed_twice_and_started_twice(clock: Any) -> None:
    network = DemoNetwork(clock).start().start()
    network.close()
    network.close()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("-2d3h10m", -timedelta(days=2, hours=3, minutes=10)), ("+4m", timedelta(minutes=4)), ("-6d", -timedelta(days=6))],
)
def test_times_are_written_as_distances(written: str, meant: timedelta) -> None:
    assert offset(written) == meant


@pytest.mark.parametrize("written", ["", "-", "4m", "-4x"])
def test_what_is_no_distance_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        offset(written)
