"""A hundred deaths by SIGKILL while messages are told, changed and gathered: nothing is lost, little is repeated."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parent))

from test_killed_anywhere import SIGKILLED, Children, SqliteFile, in_flight

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply
from listener.store import Store
from listener.store.tables import ALERT_CHANNEL, DELIVERY

LINK = re.compile(r"https://blogs\.example/\w+")
DEATHS = 100
STORY = "Acme is terrible: my kettle broke again, nobody answers, and the shop wants to see a bill from last summer"


class SlackBot(LoopbackServer):
    """Slack as a bot sees it: messages are posted and changed, and stand as they were left."""

    def __init__(self, clock: Any) -> None:
        super().__init__(self._take, clock)
        self.posts: list[str] = []
        self.standing: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def _take(self, request: Request) -> Reply:
        payload = json.loads(request.body)
        if request.path == "/chat.postMessage":
            number = f"{next(self._numbers)}.0"
            self.posts.append(json.dumps(payload))
        elif request.path == "/chat.update" and payload["ts"] in self.standing:
            number = payload["ts"]
        else:
            return json_reply({"ok": False, "error": "message_not_found"})
        self.standing[number] = json.dumps(payload)
        return json_reply({"ok": True, "channel": "C0ACME", "ts": number})

    def links(self, since: int) -> Counter[frozenset[str]]:
        """What was posted: for each message its links."""
        return Counter(frozenset(LINK.findall(one)) for one in self.posts[since:])


class Telling:
    """A round in which a told story grows, a worse one comes, and four others are gathered into one message."""

    def __init__(self, network: Any, clock: Any, children: Children, bot: SlackBot) -> None:
        self.network, self.clock, self.children, self.bot = network, clock, children, bot
        self.database = SqliteFile(network.folder)
        self.config = network.write_config(
            network.brand(),
            network.feed_source("blogs"),
            network.mail_channel("marketing"),
            network.table(
                "[[channels]]",
                {
                    "kind": "slack",
                    "name": "support",
                    "bot_token": "xoxb-1",
                    "channel": "C0ACME",
                    "base_url": bot.url,
                    "allow_private": True,
                },
            ),
            network.rule("fire", 'text.contains("caught fire")', "critical", "support", "marketing"),
            network.rule("angry", 'text.contains("terrible")', "high", "support"),
            network.rule("small", "true", "low", "support"),
            network.table(
                "[[routes]]",
                {
                    "name": "small",
                    "match": 'severity == "low"',
                    "notify": ["support"],
                    "group_by": ["brand"],
                    "group_wait": "5m",
                },
            ),
        )
        network.feed("blogs")
        assert self.live(warm=True) == 0
        self.clock.forward(hours=1)
        network.feed("blogs", self.item("first", STORY))
        assert self.live(warm=True) == 0
        assert len(bot.posts) == 1
        self.clock.forward(minutes=30)
        self.database.keep()
        self._begin = dict(bot.standing)
        network.feed(
            "blogs",
            self.item("again", STORY),
            self.item("more", STORY),
            self.item("fire", "The charger of Acme caught fire last night and burned down a barn with two tractors"),
            *(self.item(f"small{number}", text) for number, text in enumerate(SMALL)),
        )

    def item(self, name: str, text: str) -> dict[str, Any]:
        return {"title": "", "text": text, "link": f"https://blogs.example/{name}", "minutes_ago": 5}

    def begin_again(self) -> int:
        self.database.put_back()
        self.bot.standing = dict(self._begin)
        return len(self.bot.posts)

    def live(self, **order: Any) -> int:
        return self.children.live(self.config, self.clock, **order)

    def trace(self) -> list[str]:
        return (self.config.parent / "trace").read_text().splitlines()

    def standing(self) -> Counter[str]:
        """What stands in the channel, without what differs from one life to another."""
        return Counter(re.sub(r"alert \d+|alert:\w+", "", one) for one in self.bot.standing.values())

    def outcome(self) -> tuple[Counter[Any], Counter[Any]]:
        """The alerts by how they stand, and the deliveries by how they ended."""
        store = Store.open(self.database.url, migrate=False)
        with store.read() as tx:
            notices = Counter((row.channel, row.state) for row in tx.execute(ALERT_CHANNEL.select()))
            deliveries = Counter((row.channel, row.kind, row.state) for row in tx.execute(DELIVERY.select()))
        store.close()
        return notices, deliveries


SMALL = (
    "Acme opens a shop in Lisbon next spring, with a garden on its roof",
    "A choir of forty sang under the windows of Acme, and got tea",
    "The museum shows an Acme typewriter that a poet left behind",
    "Acme moves its northern warehouse across the river before winter",
)


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    started = Children()
    yield started
    started.close()


@pytest.fixture
def telling(network: Any, clock: Any, database: Path, children: Children) -> Iterator[Telling]:
    bot = SlackBot(clock)
    with bot:
        yield Telling(network, clock, children, bot)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("deaths", [6, pytest.param(DEATHS, marks=pytest.mark.soak)])
def test_deaths_at_every_boundary_of_telling_lose_nothing(telling: Telling, deaths: int, record_property: Any) -> None:
    start = telling.begin_again()
    assert telling.live(in_turn=True) == 0
    whole, expected = telling.trace(), telling.bot.links(start)
    outcome, stands = telling.outcome(), telling.standing()
    assert {name for name in whole if "support" in name} == {
        f"{moment} {what} on support" for moment in ("before", "after") for what in ("send", "edit")
    }
    first = next(number for number, name in enumerate(whole, 1) if "send" in name or "edit" in name)
    boundaries = range(max(1, first - 8), len(whole) + 1)
    if deaths < DEATHS:
        boundaries = [number for number in boundaries if whole[number - 1].startswith("after ")][:deaths]
    lost = repeated = in_the_air = killed = 0
    for boundary in itertools.islice(itertools.cycle(boundaries), deaths):
        start = telling.begin_again()
        before = len(telling.network.mail.mails)
        assert telling.live(in_turn=True, kill_at=boundary) == SIGKILLED
        killed += 1
        flying = in_flight([name for name in telling.trace() if "edit" not in name])
        telling.database.after_a_death()
        assert telling.live(in_turn=True) == 0
        told = telling.bot.links(start)
        lost += (expected - told).total()
        repeats = (told - expected).total()
        again = len(telling.network.mail.mails) - before - 1
        assert (repeats, again) == (flying["support"], flying["marketing"]), whole[boundary - 1]
        repeated += repeats + again
        in_the_air += flying.total()
        assert telling.outcome() == outcome, f"after a death at boundary {boundary}, {whole[boundary - 1]}"
        assert not stands - telling.standing()
    figures = {"deaths": killed, "boundaries": len(boundaries), "lost": lost}
    figures |= {"in flight": in_the_air, "repeated": repeated}
    record_property("figures", figures)
    print(figures)
    assert lost == 0
    assert repeated == in_the_air
