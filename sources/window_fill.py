"""The walk down a stretch of time that was left out, for services that answer newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from sources.contract import Gap
from sources.window_walk import Reach, Standing, Walk

_EPOCH = datetime.fromtimestamp(0, UTC)


def standing_in(gap: Gap, cursor: str | None, now: datetime, tick: timedelta, reach: Reach) -> Standing:
    """Gives the standing to ask from; a cursor that cannot be read begins the stretch anew, which loses nothing.

    A stretch without a known end goes up to `now`. One without a known beginning goes back as far from its end as a
    first reading goes: nobody asked for more.
    """
    until = -((_EPOCH - (gap.until or now)) // tick)  # whole ticks, upwards
    since = until - reach.backfill if gap.since is None else (gap.since - _EPOCH) // tick
    until = max(until, since + 1)
    if cursor:
        try:
            standing = msgspec.json.decode(cursor, type=Standing)
        except (msgspec.DecodeError, UnicodeEncodeError):
            pass
        else:
            if not standing.between and standing.walk.low == since:
                return standing
    return Standing(read_to=since, walk=Walk(low=since, since=since, until=until, top=since))
