"""What the demo came to, in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from msgspec import Struct

from alerts.alert import Alert, ReadMention
from alerts.digests.data import TicketLine
from listener.app import App
from listener.demo.network import DemoNetwork
from listener.demo.scenario import BRAND
from listener.store import alerts, mentions, tickets, topics
from listener.store import gaps as ledger
from listener.store import sources as states
from rules.topic import Topic

ALL = 100_000
DAY = timedelta(hours=24)


class Told(Struct, frozen=True, kw_only=True):
    """Counts and lists of one run. `collapsed`: posts that tell a story which another post told first."""

    posts_seen: int
    sources: int
    mentions: int
    languages: int
    stories: int
    collapsed: int
    widest: ReadMention | None
    widest_posts: int
    own: int
    held: Sequence[tuple[str, int]]  # those of others
    alerts: Sequence[Alert]
    tickets: Sequence[TicketLine]
    slack: int
    mails: int
    gaps: int
    failing: Sequence[str]
    topics: Sequence[Topic]


def told_by(app: App, network: DemoNetwork) -> Told:
    """Counts what the store holds and what the receivers got."""
    with app.store.read() as tx:
        known = states.list_sources(tx)
        kept = mentions.list_mentions(tx, mentions.MentionFilter(limit=ALL, oldest_first=True))
        made = alerts.list_alerts(tx, limit=ALL)
        opened = tickets.list_tickets(tx, limit=ALL)
        gaps = sum(count.unfilled for count in ledger.count_gaps(tx).values())
    with app.store.read() as tx:
        talked = topics.count_topics(tx, BRAND, app.clock() - DAY, app.clock(), narrow=False)
    stories = Counter(one.story for one in kept if one.story)
    widest, posts = stories.most_common(1)[0] if stories else ("", 0)
    return Told(
        posts_seen=sum(state.posts_seen for state in known),
        sources=len(known),
        mentions=len(kept),
        languages=len({one.lang for one in kept} - {"und"}),
        stories=sum(1 for count in stories.values() if count > 1),
        collapsed=sum(count - 1 for count in stories.values() if count > 1),
        widest=min(
            (one for one in kept if one.story == widest), key=lambda one: (len(one.post.title), one.id), default=None
        ),
        widest_posts=posts,
        own=sum(one.own for one in kept),
        held=Counter(_kind_of_hold(one.held) for one in kept if one.held and not one.own).most_common(),
        alerts=made,
        tickets=opened,
        slack=len(network.slack.messages),
        mails=len(network.mail.mails),
        gaps=gaps,
        failing=[f"{state.name}: {state.last_error}" for state in known if state.failing_since],
        topics=talked.rising,
    )


def _kind_of_hold(reason: str) -> str:
    """ "published 3 days ago, older than max_age 24h" and its like count together."""
    return "older than a day" if "max_age" in reason else reason
