"""Whose turn it is among a source's asks while the service wants to be left alone for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from sources.contract import Cursor, Page

_NEXT_ONE = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(days=2)
"""An ask that waited longer is no longer asked for: queries change."""


class TakingTurns:
    """Holds back requests within a pause that the service asked for, and lets no ask starve for it.

    A source asks `held_back` before each request and tells `rest` after it. Without a pause it changes nothing. It
    remembers one round: an ask that was read in it does not begin anew before the ones that had to wait were read.
    """

    def __init__(self) -> None:
        self._rest_until: datetime | None = None
        self._waiting: dict[str, datetime] = {}
        self._read: set[str] = set()

    def held_back(self, ask: str, cursor: Cursor | None, now: datetime) -> Page | None:
        """Gives the page to answer with instead of a request, None where the request may be made.

        The page moves nothing: its cursor is the one it was given, and `more` says that the ask is still to be read.
        """
        self._waiting = {one: since for one, since in self._waiting.items() if now - since < _LONGEST_WAIT}
        if self._waiting and ask in self._read:
            return Page(cursor=cursor or "")
        if self._rest_until is not None and now < self._rest_until:
            self._waiting.setdefault(ask, now)
            return Page(cursor=cursor or "", more=True, next_check=self._rest_until - now)
        if self._waiting and ask not in self._waiting:
            self._waiting[ask] = now
            return Page(cursor=cursor or "", more=True, next_check=_NEXT_ONE)
        if ask in self._read:
            self._read.clear()  # nobody waits: a new round
        self._waiting.pop(ask, None)
        return None

    def left(self, now: datetime) -> timedelta | None:
        """Gives what is left of the pause, for requests that stand in no queue: None where they may be made."""
        return None if self._rest_until is None or now >= self._rest_until else self._rest_until - now

    def pause(self, now: datetime, pause: timedelta | None) -> None:
        """Takes in how long the service wants to be left alone after such a request."""
        self._rest_until = None if pause is None else now + pause

    def rest(self, ask: str, page: Page, now: datetime, pause: timedelta | None) -> None:
        """Takes in what a request brought, and how long the service wants no other one."""
        if not page.more:
            self._read.add(ask)
        self.pause(now, pause)
