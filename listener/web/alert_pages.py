"""Serves the pages that signed links lead to: looking does nothing, sending the form does."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from alerts.acting_page import acting_page, done_words, notice_page, page_policy
from alerts.actions import SNOOZE_HOURS
from alerts.escape import one_line
from alerts.handling import ACTIONS
from alerts.language import Language
from alerts.people import Person
from listener.handling.acting import Acting
from listener.store import Store, StoreUnavailable, handling
from listener.store.alerts import get_alert
from listener.web.alert_links import ALERTS, AlertLinks
from listener.web.answer import Answer
from listener.web.application import HEADERS
from listener.web.body import read_body
from listener.web.pace import Pace
from listener.web.threads import Threads
from sources.post import storable

log = logging.getLogger("listener.web")

LONGEST_NAME = 80
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
MOST_FIELDS = 10


class Asked(Struct, frozen=True, kw_only=True):
    """What a link asks for: the alert, the channel that its message stood in, the action, the token."""

    alert: int
    channel: str
    action: str
    token: str


class Page(Struct, frozen=True):
    """A status (RFC 9110) and a page."""

    status: int
    html: str


class AlertPages:
    """The room at ALERTS; safe to use from several threads."""

    def __init__(
        self,
        *,
        store: Store,
        links: AlertLinks,
        acting: Acting,
        people: Sequence[Person],
        language_of: Callable[[str], Language],
        timezone: tzinfo,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._links = links
        self._acting = acting
        shared = Counter(channel for one in people for channel in one.channels)
        self._owners = {channel: one.name for one in people for channel in one.channels if shared[channel] == 1}
        self._language_of = language_of
        self._timezone = timezone
        self._clock = clock
        self._pace = Pace()

    def routes(self, threads: Threads) -> Sequence[Route]:
        async def serve(request: Request) -> HTMLResponse:
            number = request.path_params["number"]
            asked = Asked(
                alert=int(number) if _NUMBER.fullmatch(number) else 0,  # no alert has this number
                channel=request.query_params.get("channel", ""),
                action=request.query_params.get("do", ""),
                token=request.query_params.get("link", ""),
            )
            if request.method != "POST":
                return _html(await threads.run(self.look, asked))
            body = await read_body(request)
            if isinstance(body, Answer):
                return _html(Page(body.status, notice_page(str(body.content["error"]), self._language_of(""))))
            return _html(await threads.run(self.act, asked, body))

        return [Route(ALERTS + "{number}", serve, methods=["GET", "POST"])]

    def look(self, asked: Asked) -> Page:
        """The alert's page. Changes nothing, whoever follows the link: programs that check mails do."""
        return self._refused(asked) or self._told(asked, "")

    def act(self, asked: Asked, body: bytes) -> Page:
        """Does what the form says and shows what came of it."""
        words = self._language_of(asked.channel)
        refused = self._refused(asked)
        if refused is not None:
            return refused
        try:
            fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError:
            fields = {}
        action = fields.get("do", "")
        if action not in ACTIONS:
            return Page(400, notice_page(words.say("The form did not say what to do. Go back and try again."), words))
        now = self._clock()
        by = self._who(asked.channel, fields)
        try:
            with self._store.write() as tx:
                changed = self._acting.act(
                    tx,
                    asked.alert,
                    action,
                    by,
                    "mail",
                    now,
                    until=now + timedelta(hours=SNOOZE_HOURS) if action == "snooze" else None,
                    assignee=by if action == "assign" else None,
                )
        except StoreUnavailable as error:
            log.error("what a person did by a link could not be kept; they were told so", extra={"error": str(error)})
            return Page(503, notice_page(words.say("Nothing was kept. Try again in a minute."), words))
        if changed is None:
            return self._gone(words)
        return self._told(asked, done_words(changed, self._timezone, words))

    def _refused(self, asked: Asked) -> Page | None:
        now = self._clock()
        words = self._language_of(asked.channel)
        if not self._links.holds(asked.alert, asked.channel, asked.token, now):
            says = words.say(
                "This link does not hold, or no longer. A newer message about the alert has one that does."
            )
            return Page(403, notice_page(says, words))
        if self._pace.wait_seconds(now):
            return Page(429, notice_page(words.say("Too many requests. Try again in a minute."), words))
        return None

    def _told(self, asked: Asked, said: str) -> Page:
        words = self._language_of(asked.channel)
        try:
            with self._store.read() as tx:
                alert = get_alert(tx, asked.alert)
                stands = handling.states(tx, [asked.alert])[asked.alert]
        except StoreUnavailable:
            return Page(503, notice_page(words.say("The alert cannot be read now. Try again in a minute."), words))
        if alert is None:
            return self._gone(words)
        html = acting_page(
            alert,
            stands,
            chosen=asked.action,
            ask_name=asked.channel not in self._owners,
            said=said,
            words=words,
            timezone=self._timezone,
            now=self._clock(),
        )
        return Page(200, html)

    @staticmethod
    def _gone(words: Language) -> Page:
        return Page(404, notice_page(words.say("This alert is no longer kept."), words))

    def _who(self, channel: str, fields: Mapping[str, str]) -> str:
        """The person whose own channel it is; else the name that was typed, with the channel, which is proven."""
        if channel in self._owners:
            return self._owners[channel]
        name = one_line(storable(fields.get("name", ""), LONGEST_NAME))
        return f"{name} ({channel})" if name else channel


def _html(page: Page) -> HTMLResponse:
    return HTMLResponse(page.html, page.status, {**HEADERS, "Content-Security-Policy": page_policy()})
