"""What listening to a query will ask of each service, day by day: in requests, and in money."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from listener.app import wall_clock
from listener.config import Config
from listener.poll import asks_of
from listener.store import Store, StoreUnavailable, Tx, heard
from sources.abilities import Charging, Receiving, Streaming
from sources.contract import Plan, Source
from sources.query import Query
from sources.settings import SourceSettings

A_DAY = timedelta(days=1)
DAYS_A_MONTH = 31
"""The longest month: what a budget must hold out for."""

LOOKED_BACK = timedelta(days=7)
FEWEST_HOURS = 24
"""Of listening, before a day's posts can be told from them."""

_BREADTH = ("exact", "superset", "partial")


class SourcePlan(Struct, frozen=True, kw_only=True):
    """What one source will be asked. Money in US dollars; None is "not known".

    `streams`: the asks that are read as they come under `listener run`, and not polled. `posts_a_day`: of all brands,
    as far as the last days tell. `most_usd_a_poll`: the most that the next poll can cost.
    """

    source: str
    kind: str
    asks: tuple[str, ...]
    streams: tuple[str, ...]
    coverage: str
    notes: tuple[str, ...]
    every: timedelta | None
    requests_a_poll: int
    requests_a_day: int
    posts_a_day: float | None
    usd_a_post: Decimal
    usd_a_day: Decimal | None
    usd_a_month: Decimal | None
    most_usd_a_poll: Decimal
    budget_usd: Decimal | None

    @property
    def free(self) -> bool:
        return not (self.usd_a_post or self.most_usd_a_poll)

    @property
    def over_budget(self) -> bool:
        """Whether the month's money will not last for the month."""
        return self.budget_usd is not None and self.usd_a_month is not None and self.usd_a_month > self.budget_usd


def heard_a_day(config: Config) -> dict[str, float]:
    """How many new posts a day each source has brought of late, by the database; nothing where it cannot be read."""
    if config.database_missing is not None:
        return {}
    try:
        store = Store.open(config.database_url, migrate=False, create=False)
    except StoreUnavailable:
        return {}
    try:
        with store.read() as tx:
            return posts_a_day(tx, wall_clock())
    finally:
        store.close()


def posts_a_day(tx: Tx, now: datetime) -> dict[str, float]:
    """The same of an open database; none is told of before FEWEST_HOURS of listening."""
    working, counts = heard.history(tx, now - LOOKED_BACK)
    if len(working) < FEWEST_HOURS:
        return {}
    hours = {source: hours for (source, brand), hours in counts.items() if brand == heard.ALL_BRANDS}
    return {source: sum(by_hour.values()) * 24 / len(working) for source, by_hour in hours.items()}


def plan_sources(config: Config, queries: Sequence[Query], heard_a_day: Mapping[str, float]) -> list[SourcePlan]:
    """What each configured source will be asked for the queries together; an ask that two of them share is one."""
    return [_plan(settings, settings.open(), queries, heard_a_day.get(settings.name)) for settings in config.sources]


def _plan(settings: SourceSettings, source: Source, queries: Sequence[Query], posts: float | None) -> SourcePlan:
    plans = [source.plan(query) for query in queries]
    asks = asks_of(source, queries)
    streams = tuple(source.streams(queries)) if isinstance(source, Streaming) else ()
    polled = () if isinstance(source, Receiving) else tuple(ask for ask in asks if ask not in streams)
    polls_a_day = A_DAY / settings.every
    requests = _requests(plans, polled)
    dear = max((plan.usd_a_post for plan in plans), default=Decimal(0))
    charging = source if isinstance(source, Charging) else None
    most = sum((charging.most_usd(ask, None) for ask in polled), Decimal(0)) if charging else Decimal(0)
    daily = _usd_a_day(dear, most, posts, polls_a_day)
    return SourcePlan(
        source=settings.name,
        kind=settings.kind,
        asks=tuple(asks),
        streams=streams,
        coverage=max((plan.coverage for plan in plans), key=_BREADTH.index, default="superset"),
        notes=tuple(dict.fromkeys(note for plan in plans for note in plan.notes)),
        every=settings.every if polled else None,
        requests_a_poll=requests,
        requests_a_day=math.ceil(requests * polls_a_day),
        posts_a_day=posts,
        usd_a_post=dear,
        usd_a_day=daily,
        usd_a_month=None if daily is None else daily * DAYS_A_MONTH,
        most_usd_a_poll=most,
        budget_usd=charging.budget if charging else None,
    )


def _usd_a_day(usd_a_post: Decimal, most_a_poll: Decimal, posts: float | None, polls_a_day: float) -> Decimal | None:
    """By the posts that came of late, and never more than all polls can cost; None where nothing is known yet."""
    if not usd_a_post:
        return Decimal(0) if not most_a_poll else None
    if posts is None:
        return None
    told = usd_a_post * Decimal(str(round(posts, 3)))
    return min(told, most_a_poll * math.ceil(polls_a_day)) if most_a_poll else told


def _requests(plans: Sequence[Plan], polled: Sequence[str]) -> int:
    """Requests of one poll: each ask's part of what its plan makes, the greatest where several plans share it."""
    part: dict[str, float] = {}
    for plan in plans:
        for ask in plan.asks:
            part[ask] = max(part.get(ask, 0.0), (plan.requests or len(plan.asks)) / len(plan.asks))
    return math.ceil(sum(part.get(ask, 1.0) for ask in polled) - 1e-9)
