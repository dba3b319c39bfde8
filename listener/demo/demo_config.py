"""The configuration with which the demo listens to its own network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from listener.configuration.template import system_timezone
from listener.demo.scenario import BRAND, COMPETITOR

if TYPE_CHECKING:
    from listener.demo.network import DemoNetwork

FIRST_LINE = "# Written anew by each `listener demo`. The addresses lead to stand-ins on this machine."

QUERY = (
    '("acme swift" OR "acme rocket" OR acme OR #acmeswift OR @acmehelp) '
    'NOT (coyote OR "acme markets" OR "acme oyster" OR "acme catalogue")'
)
OWN = (
    "mastodon:acmehelp@mastodon.social",
    "bluesky:acme-home.example",
    "feed:newsroom.acme-home.example",
)
TAGS = ("acme", "acmeswift", "kettle")
INSTANCES = ("mastodon.social", "norden.example")

_RULES = """
[[rules]]
name = "danger"
when = '"safety" in intent'
severity = "critical"
notify = ["support"]
ticket = "builtin"
brands = ["Acme"]

[[rules]]
name = "angry customer"
when = 'sentiment.score <= -0.4 && customer.tier in ["gold", "platinum"]'
severity = "high"
notify = ["support", "marketing-email"]
ticket = "builtin"

[[rules]]
name = "urgent in any language"
when = 'urgency.label in ["high", "critical"]'
severity = "high"
notify = ["support"]
ticket = "builtin"
brands = ["Acme"]

[[rules]]
name = "somebody with reach is unhappy"
when = 'author.followers >= 10000 && sentiment.score < -0.2'
severity = "medium"
notify = ["marketing-email"]

[[rules]]
name = "in the press"
when = 'seen_by.exists(name, name.startsWith("press ")) && title.contains("Acme")'
severity = "low"
notify = ["marketing-email"]
"""


_PEOPLE = """
[[people]]
name = "Hannah"
email = "hannah@acme-home.example"
languages = ["en", "fr"]
skills = ["safety"]

[[people]]
name = "Lukas"
email = "lukas@acme-home.example"
languages = ["de", "en"]
skills = ["legal", "safety"]

[[people]]
name = "Marta"
email = "marta@acme-home.example"
languages = ["es", "pt", "en"]

[[people]]
name = "Mita"
email = "mita@acme-home.example"
languages = ["bn", "hi", "en"]
skills = ["safety"]

[[teams]]
name = "customer care"
people = ["Hannah", "Lukas", "Marta", "Mita"]

[desk]
team = "customer care"

[[sla]]
name = "urgent"
priorities = ["urgent"]
first_answer = "1h"
resolution = "1d"
"""

_TOGETHER = """
[[routes]]
name = "danger together"
match = 'severity == "critical"'
notify = ["support"]
group_by = ["brand", "severity"]
group_wait = "20s"
group_interval = "2m"
"""


def demo_config(network: DemoNetwork, folder: Path, *, together: bool = True) -> str:
    """Gives the demo's config.toml, and writes the customer file that it names into `folder`.

    `together`: what is critical at one time is told in one message.
    """
    (folder / "customers.csv").write_text(network.scenario.customers, "utf-8")
    parts = [
        FIRST_LINE,
        _listener(),
        _brand(BRAND, QUERY, OWN),
        _brand(COMPETITOR, "borealis", ()),
        *_feeds(network),
        _networks(network),
        '[[customers]]\nkind = "csv"\npath = "customers.csv"\n',
        _channels(network),
        _PEOPLE.strip() + "\n",
        _RULES.strip() + "\n",
        *([_TOGETHER.strip() + "\n"] if together else []),
        '[digest]\nat = "08:00"\nnotify = ["marketing-email"]\n',
        '[operator]\nnotify = ["support"]\n',
    ]
    return "\n".join(parts)


def _listener() -> str:
    return (
        f'[listener]\ndatabase = "sqlite:///listener.db"\ntimezone = {json.dumps(system_timezone())}\n'
        'retention = "365d"\nmax_age = "24h"\n'
    )


def _brand(name: str, query: str, own: tuple[str, ...]) -> str:
    return f"[[brands]]\nname = {json.dumps(name)}\nquery = '{query}'\nown = {json.dumps(own)}\n"


def _feeds(network: DemoNetwork) -> list[str]:
    """One source a site; those that carry press releases say so in their names."""
    story = network.scenario
    return [
        _source(
            "feed",
            f"press {site.title}" if site.slug in story.press else site.title,
            "20s",
            f"url = {json.dumps(network.feeds.feed_url(site.slug))}",
        )
        for site in story.sites
    ]


def _networks(network: DemoNetwork) -> str:
    return "\n".join(
        (
            _source(
                "hackernews",
                "hacker news",
                "10s",
                f"base_url = {json.dumps(network.hackernews.base_url)}\n"
                f"items_url = {json.dumps(network.hackernews.items_url)}",
            ),
            _source(
                "mastodon",
                "mastodon",
                "15s",
                f"instances = {json.dumps(INSTANCES)}\ntags = {json.dumps(TAGS)}\n"
                f"base_url = {json.dumps(network.mastodon.base_url)}",
            ),
            _source("bluesky", "bluesky", "60s", f'base_url = {json.dumps(network.bluesky.url)}\npace = "0s"'),
        )
    )


def _source(kind: str, name: str, every: str, more: str) -> str:
    return (
        f"[[sources]]\nkind = {json.dumps(kind)}\nname = {json.dumps(name, ensure_ascii=False)}\n"
        f'every = {json.dumps(every)}\nallow_private = true\narchive = "7d"\n{more}\n'
    )


def _channels(network: DemoNetwork) -> str:
    return (
        '[[channels]]\nkind = "slack"\nname = "support"\nallow_private = true\n'
        f"webhook_url = {json.dumps(network.slack.webhook_url)}\n\n"
        '[[channels]]\nkind = "email"\nname = "marketing-email"\nhost = "127.0.0.1"\n'
        f'port = {network.mail.port}\ntls = "none"\nfrom = "Listener <listener@acme-home.example>"\n'
        'to = ["marketing@acme-home.example"]\n'
    )
