"""What the best-known open monitor of mentions loses, and this one keeps: real collectors, real channels."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from listener.store import alerts, outbox_counts
from listener.store import gaps as ledger

PRESS_RELEASE = (
    "Acme recalls its terrible kettles after horrible accidents. Customers who own one should stop using it at once "
    "and bring it back to the shop. The company says that it regrets the awful trouble and pays for every repair, and "
    "that the fault lies in a bad batch of lids which broke after a few days of ordinary use in the kitchen."
)


def told_alerts(tx: Any) -> list[Any]:
    return alerts.list_alerts(tx, limit=1_000)


def test_1200_posts_between_two_polls_are_all_kept(network: Any, product: Any, clock: Any, database: Path) -> None:
    network.comment(1, "Acme is known here", minutes_ago=30)
    network.feed("busy", {"title": "Acme one", "link": "https://busy.example/first", "minutes_ago": 30})
    config = network.write_config(network.brand(), network.hackernews_source(), network.feed_source("busy"))
    product.poll(config)
    clock.forward(hours=1)
    for number in range(1_200):
        network.comment(1_000 + number, f"Acme again, number {number}", minutes_ago=number / 22)
    item = {"title": "Acme", "text": "Acme news"}
    network.feed(
        "busy", *({**item, "link": f"https://busy.example/{one}", "minutes_ago": one / 22} for one in range(1_200))
    )
    product.poll(config)
    kept = Counter(one.post.source for one in product.kept(config))
    assert kept == {"hackernews": 1_201, "feed": 1_201}
    # Hacker News shows 1,000 a search: nothing was missed. The feed had turned over, so that something may have been.
    gaps = product.ask(config, ledger.list_gaps)
    assert [(gap.source, gap.why) for gap in gaps] == [("busy", "the feed turned over completely between two polls")]


def test_a_slack_that_answers_503_for_an_hour_delays_its_alerts_and_nothing_else(
    network: Any, product: Any, clock: Any, database: Path
) -> None:
    config = network.write_config(
        network.brand(),
        network.feed_source("blogs", every="5m"),
        network.slack_channel(),
        network.mail_channel(),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support", "marketing"),
    )
    complaints = [
        f"Acme broke my {thing}, this is a terrible and horrible shop. I want number {number} replaced"
        for number, thing in enumerate(["kettle", "oven", "lamp", "radio", "fridge", "clock", "chair", "shelf"])
    ]
    items: list[dict[str, Any]] = []
    network.slack.fail(503, lasting=timedelta(hours=1))
    for number, complaint in enumerate(complaints):
        items.insert(0, {"text": complaint, "link": f"https://blogs.example/{number}", "minutes_ago": 1})
        network.feed("blogs", *items)
        product.tick(config)
        product.tick(config)
        assert len(product.kept(config)) == number + 1, "collection goes on"
        assert len(network.mail.mails) == number + 1, "mail is told at once"
        clock.forward(minutes=7)
        for item in items:
            item["minutes_ago"] += 7
    assert network.slack.messages == ()
    tries = len(network.slack.asked)
    assert 4 <= tries <= 20, "an outage is asked after now and then, once a turn, not once a message"
    clock.forward(minutes=20)
    product.tick(config)
    told = Counter(link for one in network.slack.messages for link in re.findall(r"blogs\.example/\d", one.text))
    assert told == {f"blogs.example/{number}": 1 for number in range(len(complaints))}
    assert product.ask(config, outbox_counts.stats).pending == 0


def test_one_press_release_on_30_feeds_is_one_message_and_one_that_counts_the_rest(
    network: Any, product: Any, clock: Any, database: Path
) -> None:
    words = PRESS_RELEASE.split()
    for number in range(30):
        network.feed(
            f"site{number}",
            {
                "title": f"Acme recalls kettles - Site {number}",
                "text": PRESS_RELEASE if number % 3 else " ".join(words[: 35 + number]) + "...",  # some sites cut it
                "link": f"https://site{number}.example/news/{number}",
                "minutes_ago": 90 - number,
            },
        )
    config = network.write_config(
        network.brand(),
        *(network.feed_source(f"site{number}") for number in range(30)),
        network.slack_channel(),
        network.rule("bad press", "sentiment.score <= -0.4", "high", "support"),
    )
    product.poll(config, "site7")
    assert len(network.slack.messages) == 1
    product.poll(config)
    assert len(network.slack.messages) == 1
    for _ in range(3):
        clock.forward(hours=3)
        product.poll(config)
    _, follow_up = network.slack.messages  # a webhook cannot change what it told
    assert "and 29 more posts of the same story" in follow_up.text
    (alert,) = product.ask(config, told_alerts)
    assert alert.mentions == 30
    assert len(product.kept(config)) == 30, "collapsed in telling, not in keeping"


def test_a_release_that_is_on_30_feeds_when_it_is_first_told_says_so(
    network: Any, product: Any, database: Path
) -> None:
    for number in range(30):
        link = f"https://site{number}.example/news"
        network.feed(f"site{number}", {"title": "Recall", "text": PRESS_RELEASE, "link": link, "minutes_ago": 9})
    config = network.write_config(
        network.brand(),
        *(network.feed_source(f"site{number}") for number in range(30)),
        network.slack_channel(),
        network.rule("bad press", "sentiment.score <= -0.4", "high", "support"),
    )
    product.poll(config)
    (message,) = network.slack.messages
    assert "29 more posts" in message.text


HOSTILE = {
    "ampersands": "https://shop.example/item?id=7&copy=1&lt=2&x=3",
    "bars": "https://shop.example/a|b|<https://evil.example|click>",
    "angles": "https://shop.example/?q=a>b<c&d=\"e\"'f'",
    "unicode": "https://shop.example/পণ্য/каталог?имя=значение#отзыв",
    "encoded": "https://shop.example/a%20b%26c%7Cd%2Fe?x=%3Cscript%3E&y=100%25",
    "signs": "https://shop.example/(a)[b]{c}*d*_e_~f~`g`;h,i!j@k$l^m",
    "directions": "https://shop.example/\u202egnp.exe?\u200bzero\u2066isolate",
    "fragment": "https://shop.example/app#/reviews/42?tab=all&sort=new",
    "a name in the path": "https://mastodon.social/@jane@shop.example/115",
    "a group's name in the path": "https://mastodon.social/@everyone/115?to=@here",
    "long": "https://shop.example/track?" + "&".join(f"utm_{number}={'x' * 40}" for number in range(50)),
}


def as_a_browser_would_ask(url: str) -> str:
    """Percent-encodes what may not stand in a request, and leaves the rest alone (url.spec.whatwg.org)."""
    return quote(url, safe="%/:?#[]@!$&'()*+,;=~-._")


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attributes if tag == "a" and name == "href" and value]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_permalink_in_an_alert_is_intact(network: Any, product: Any, database: Path, name: str) -> None:
    url = HOSTILE[name]
    text = "Acme is terrible, my kettle broke and it is horrible"
    network.feed("shop", {"title": "Never again", "text": text, "link": url, "minutes_ago": 5})
    config = network.write_config(
        network.brand(),
        network.feed_source("shop"),
        network.slack_channel(),
        network.mail_channel(),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support", "marketing"),
    )
    product.poll(config)
    wanted = as_a_browser_would_ask(url)
    (message,) = network.slack.messages
    blocks = [
        block["text"]["text"] for block in message.payload["blocks"] if block.get("text", {}).get("type") == "mrkdwn"
    ]
    (in_blocks,) = re.findall(r"<(https?://[^|>]*)\|Open the post>", "\n".join(blocks))
    assert as_a_browser_would_ask(unescape_slack(in_blocks)) == wanted
    in_text = next(line for line in message.text.split("\n") if line.startswith("https://"))
    assert as_a_browser_would_ask(unescape_slack(in_text)) == wanted
    (mail,) = network.mail.mails
    in_mail = next(line for line in mail.part("text/plain").split("\r\n") if line.startswith("https://"))
    assert as_a_browser_would_ask(in_mail) == wanted
    links = Links()
    links.feed(mail.part("text/html"))
    assert wanted in map(as_a_browser_would_ask, links.found)


def test_a_link_too_long_to_keep_is_left_out_and_never_cut(network: Any, product: Any, database: Path) -> None:
    url = "https://shop.example/?" + "x" * 4_100
    network.feed("shop", {"text": "Acme is terrible and horrible", "link": url, "guid": "7", "minutes_ago": 5})
    config = network.write_config(
        network.brand(),
        network.feed_source("shop"),
        network.slack_channel(),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support"),
    )
    product.poll(config)
    (message,) = network.slack.messages
    assert "shop.example" not in str(message.payload)


def unescape_slack(text: str) -> str:
    """What Slack makes of the three entities that it knows, in one pass."""
    return re.sub("&(lt|gt|amp);", lambda found: unescape(found[0]), text)


def test_a_post_seen_by_two_sources_and_two_queries_gives_one_alert(network: Any, product: Any, database: Path) -> None:
    post = {
        "title": "Acme kettles are terrible",
        "text": "Mine broke twice, what a horrible thing",
        "link": "https://blogs.example/kettles",
        "guid": "https://blogs.example/kettles",
        "minutes_ago": 5,
    }
    network.feed("blogs", post)
    network.feed("blogs by tag", post)
    config = network.write_config(
        network.brand("Acme"),
        network.brand("Kettles", "acme AND kettle*"),
        network.feed_source("blogs"),
        network.feed_source("blogs by tag", url=f"{network.web.url}/blogs%20by%20tag"),
        network.slack_channel(),
        network.rule("angry", "sentiment.score <= -0.4", "high", "support"),
    )
    network.documents["blogs%20by%20tag"] = network.documents["blogs by tag"]
    product.poll(config)
    kept = product.kept(config)
    assert sorted((one.brand, tuple(sorted(one.seen_by))) for one in kept) == [
        ("Acme", ("blogs", "blogs by tag")),
        ("Kettles", ("blogs", "blogs by tag")),
    ]
    assert len(product.ask(config, told_alerts)) == 1
    assert len(network.slack.messages) == 1
