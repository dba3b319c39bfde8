"""Everything that the demo listens to and tells, on this machine."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from listener.demo.bluesky_server import BlueskyServer
from listener.demo.feeds_server import FeedsServer
from listener.demo.hackernews_server import HackerNewsServer
from listener.demo.loopback import Clock
from listener.demo.mail_sink import MailSink
from listener.demo.mastodon_server import MastodonServer
from listener.demo.scenario import Scenario, scenario
from listener.demo.slack_sink import SlackSink


class DemoNetwork:
    """Four services and two receivers on 127.0.0.1, each on a port that the system chooses, until closed.

    They show what is published by `clock()`, so that more appears while it goes on. The week ends at `now`, which is
    `clock()` where it is not given; the same `now` gives the same posts with the same ids.
    """

    def __init__(self, clock: Clock, now: datetime | None = None) -> None:
        self.scenario: Scenario = scenario(now or clock())
        story = self.scenario
        self.feeds = FeedsServer(story.sites, story.articles, clock)
        self.hackernews = HackerNewsServer(story.items, clock)
        self.mastodon = MastodonServer(story.toots, story.instances, clock)
        self.bluesky = BlueskyServer(story.bluesky, clock)
        self.slack = SlackSink(clock)
        self.mail = MailSink(clock)

    def start(self) -> Self:
        """Begins to answer. Safe to call twice."""
        for part in (self.feeds, self.hackernews, self.mastodon, self.bluesky, self.slack, self.mail):
            part.start()
        return self

    def close(self) -> None:
        """Stops answering. Safe to call twice."""
        for part in (self.feeds, self.hackernews, self.mastodon, self.bluesky, self.slack, self.mail):
            part.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()
