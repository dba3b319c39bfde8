"""Tells what happens to alerts as a line of time: posts come at their moments, and each moment says what was told."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from alerts.contract import DeliveryFailed, Limits, Message, Receipt
from listener.alerting.growth import refresh
from listener.store import handling
from listener.taking_in import take_in
from sources.settings import parse_duration

STORIES = {
    "kettle": "Acme is terrible, my kettle broke again and nobody answers",
    "parcel": "Acme lost my parcel for the third time, what a horrible and useless delivery",
    "refund": "I hate how Acme refuses every refund, this is a disgusting way to treat people",
    "fire": "The awful charger of Acme caught fire last night, a dangerous and terrible product",
    "app": "Worst update ever: the Acme app crashes, it is broken garbage and I am furious",
    "door": "Acme ruined my kitchen door, bad installers and an even worse, hateful foreman",
}
"""Texts that are each a story of their own, and angry."""


class Recorder:
    """A channel at the contract that keeps what it is told and what is changed; errors told beforehand are raised."""

    def __init__(self, name: str, *, can_edit: bool = False) -> None:
        self.name, self.kind, self.can_edit = name, "slack", can_edit
        self.limits = Limits(title=150, text=3_000)
        self.seen: list[tuple[str, Message]] = []
        self.answers: list[Exception | None] = []
        self.fails: DeliveryFailed | None = None
        self.standing: dict[str, Message] = {}

    async def send(self, message: Message) -> Receipt:
        self._answer()
        number = str(len(self.seen) + 1)
        self.seen.append(("summary" if message.kind == "summary" else "message", message))
        self.standing[number] = message
        return Receipt(id=number)

    async def edit(self, receipt: Receipt, message: Message) -> Receipt:
        self._answer()
        if receipt.id not in self.standing:
            raise DeliveryFailed("the message is not there any more", gone=True)
        self.seen.append(("edit", message))
        self.standing[receipt.id] = message
        return receipt

    def _answer(self) -> None:
        answer = self.answers.pop(0) if self.answers else self.fails
        if answer is not None:
            raise answer

    async def close(self) -> None:
        pass


class Mute(Recorder):
    """One that cannot change what it told."""

    edit = None  # type: ignore[assignment]


class Timeline:
    """The product under a clock that the test moves: `at` jumps from one due moment to the next."""

    def __init__(self, app: Any, clock: Any, post: Any) -> None:
        self.app, self.clock, self.post = app, clock, post
        self.begin: datetime = clock.now
        self._posts = 0
        self._looked = dict.fromkeys(app.channels, 0)
        self.last: list[Message] = []

    def at(self, moment: str) -> Timeline:
        """Lives up to this long after the beginning."""
        length = parse_duration(moment)
        assert isinstance(length, timedelta)
        until = self.begin + length
        assert until >= self.clock.now, "time goes on, not back"
        self._live()
        for _ in range(2_000):
            following = self._next_due(until)
            if following is None:
                break
            self.clock.now = following
            self._live()
        self.clock.now = until
        self._live()
        return self

    def posts(self, story: str, times: int = 1, **fields: Any) -> Timeline:
        """So many people tell a story now."""
        made = []
        for _ in range(times):
            self._posts += 1
            words = STORIES.get(story, story)
            made.append(self.post(self._posts, words, published_at=self.clock.now, **fields))
        with self.app.store.write() as tx:
            take_in(tx, self.app.engine, "blogs", made, self.clock.now, first_reading=False)
        self._live()
        return self

    def does(self, action: Any, alert: int = 1, by: str = "Ben", **more: Any) -> Timeline:
        """Somebody does something about an alert."""
        with self.app.store.write() as tx:
            handling.change(tx, alert, action, by, "cli", self.clock.now, **more)
            refresh(tx, alert, self.clock.now)
        self._live()
        return self

    def expect(self, *told: str) -> Timeline:
        """What the channels saw since the last look, in no order among channels: "support: message"."""
        found = []
        self.last = []
        for name, channel in self.app.channels.items():
            for what, message in channel.seen[self._looked[name] :]:
                found.append(f"{name}: {what}")
                self.last.append(message)
            self._looked[name] = len(channel.seen)
        assert sorted(found) == sorted(told), [f"{one.title} | {one.text}" for one in self.last]
        return self

    def saying(self, *words: str) -> Timeline:
        """The newest of what was just expected says this."""
        whole = f"{self.last[-1].title}\n{self.last[-1].state}\n{self.last[-1].text}"
        for each in words:
            assert each in whole, whole
        return self

    def saying_not(self, *words: str) -> Timeline:
        whole = f"{self.last[-1].title}\n{self.last[-1].text}"
        for each in words:
            assert each not in whole, whole
        return self

    def ordered(self, *words: str) -> Timeline:
        """The newest says these in this order."""
        places = [self.last[-1].text.find(each) for each in words]
        assert -1 not in places and places == sorted(places), self.last[-1].text
        return self

    def trail(self, alert: int = 1) -> Sequence[str]:
        """What became of an alert, in short."""
        with self.app.store.read() as tx:
            return [f"{one.what} {one.channel}".strip() for one in handling.trail(tx, alert)]

    def _live(self) -> None:
        async def go() -> None:
            for _ in range(30):
                await self.app.tick()
                await self.app.engine.run_until_idle(16)
                if not self._anything_now():
                    return

        asyncio.run(go())

    def _anything_now(self) -> bool:
        with self.app.store.read() as tx:
            telling = self.app.telling
            return bool(telling.due(tx)) or telling.decisions_due(tx)

    def _next_due(self, until: datetime) -> datetime | None:
        """The next moment at which something waits to be done."""
        asked = (
            "SELECT min(due_at) FROM alert_channel WHERE due_at > :now",
            "SELECT min(next_at) FROM delivery WHERE state = 'due' AND next_at > :now",
            "SELECT min(held_until) FROM channel WHERE held_until > :now AND disabled_at IS NULL",
        )
        now = re.sub(r"\+00:00$", "", self.clock.now.isoformat(sep=" ", timespec="microseconds"))
        with self.app.store.read() as tx:
            found = [tx.execute(text(one), {"now": now}).scalar() for one in asked]
        moments = [datetime.fromisoformat(f"{one}+00:00") for one in found if one]
        return min((one for one in moments if one <= until), default=None)
