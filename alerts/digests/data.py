"""What a digest tells, before it has words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

from alerts.alert import Alert, ReadMention
from alerts.tickets.priority import Priority
from alerts.tickets.sla import Clocks
from alerts.tickets.status import Status
from rules.movers import Dimension
from rules.reading import Severity
from rules.topic import BrandTopics

if TYPE_CHECKING:
    from alerts.tickets.desk_facts import DeskFacts  # which is made of the ticket lines here


class AuthorCount(Struct, frozen=True, kw_only=True):
    """How much one author wrote about a brand, and how it read."""

    source: str
    name: str
    url: str
    mentions: int
    negative: int
    followers: int | None
    customer: str = ""


class StoryCount(Struct, frozen=True, kw_only=True):
    """One story told by several posts."""

    story: str
    title: str
    url: str
    mentions: int


class TicketLine(Struct, frozen=True, kw_only=True):
    """A ticket as lists show it."""

    number: int
    brand: str
    title: str
    status: Status
    assignee: str
    customer: str
    opened_at: datetime
    closed_at: datetime | None
    reason: str
    url: str
    mentions: int
    severity: Severity
    customer_id: str = ""
    first_answered_at: datetime | None = None
    solved_at: datetime | None = None
    priority: Priority = "normal"
    priority_why: str = ""
    tags: Sequence[str] = ()
    answers: int = 0
    reopens: int = 0
    clocks: Clocks = Clocks()


class Moved(Struct, frozen=True, kw_only=True):
    """Something that moved a count: a story or an author by name, a language by its tag, a source by its kind."""

    what: Dimension
    name: str
    url: str = ""
    now: int
    before: int


class FallenCustomer(Struct, frozen=True, kw_only=True):
    """A customer whose health fell, from its highest within the week to what it was last, of 100."""

    name: str
    tier: str
    owner: str
    start: float
    end: float


class KeptBack(Struct, frozen=True, kw_only=True):
    """An alert that no channel was told of: held for a later summary, or muted; by which stage and why."""

    alert: Alert
    muted: bool
    stage: str
    reason: str


class NoisyRule(Struct, frozen=True, kw_only=True):
    """A rule of whose alerts people marked so many as noise that somebody should look at it."""

    rule: str
    told: int
    noise: int


class SurveyAnswers(Struct, frozen=True, kw_only=True):
    """How many answers to surveys came, and what they come to on average, 0 to 1; None before where none came."""

    answers: int
    mean: float
    mean_before: float | None


class BrandDigest(Struct, frozen=True, kw_only=True):
    """One brand in the digest's period and in the one before it. Mentions marked as noise do not count."""

    brand: str
    mentions: int
    mentions_before: int
    labels: dict[str, int]  # sentiment label, or "unread" where there is none
    labels_before: dict[str, int]
    timeline: Sequence[tuple[datetime, int, int]]  # start of each bin, mentions in it, negative ones among them
    sources: Sequence[tuple[str, int]]
    languages: Sequence[tuple[str, int]]
    top_mentions: Sequence[ReadMention]
    top_authors: Sequence[AuthorCount]
    stories: Sequence[StoryCount]
    held: int  # mentions whose rules spoke while nobody was told
    timeline_before: Sequence[int] = ()  # mentions in the same bins of the period before
    topics: BrandTopics | None = None
    topic_examples: Mapping[str, ReadMention] = {}  # by the topic's term
    moved: Sequence[Moved] = ()  # why there is more of it or less, the greatest first
    moved_negative: Sequence[Moved] = ()  # why more of it is negative, or less


class UnreadStretch(Struct, frozen=True, kw_only=True):
    """A stretch of time that a source declared unread, and why; None is "unknown"."""

    source: str
    since: datetime | None
    until: datetime | None
    why: str


class DigestData(Struct, frozen=True, kw_only=True):
    """All of a period [since, until), for one receiver."""

    since: datetime
    until: datetime
    brands: Sequence[BrandDigest]
    alerts: Sequence[Alert]  # some of them, the worst first
    alerts_count: int
    open_tickets: Sequence[TicketLine]
    failing_sources: Sequence[tuple[str, str]]  # name, why
    gaps: int  # stretches declared unread in the period
    unread: Sequence[UnreadStretch] = ()  # some of them, the longest or newest first
    fallen: Sequence[FallenCustomer] = ()  # the deepest fall first
    name: str = ""  # of the digest, "" for that of [digest]
    kept_back: Sequence[KeptBack] = ()  # some of them, the worst first
    kept_back_count: int = 0
    desk: DeskFacts | None = None
    noisy: Sequence[NoisyRule] = ()
    survey: SurveyAnswers | None = None
