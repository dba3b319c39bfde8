"""Serves the pages on which surveys are answered: looking does nothing, sending the form does."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from alerts.acting_page import notice_page, page_policy
from alerts.escape import readable
from alerts.language import Language, language
from alerts.survey import LONGEST_COMMENT, SCORES, survey_page
from listener.store import Store, StoreUnavailable, surveys
from listener.store.surveys import Survey
from listener.surveys.asking import Surveys
from listener.web.answer import Answer
from listener.web.application import HEADERS
from listener.web.body import read_body
from listener.web.pace import Pace
from listener.web.survey_links import SURVEYS
from listener.web.threads import Threads

log = logging.getLogger("listener.web")

MOST_FIELDS = 10
_NUMBER = re.compile(r"[1-9][0-9]{0,17}")
_SCORE = re.compile(r"[0-9]{1,2}")


class Page(Struct, frozen=True):
    """A status (RFC 9110) and a page."""

    status: int
    html: str


class Asked(Struct, frozen=True, kw_only=True):
    """What a link asks for: the survey, its token, whether to refuse, and the answer that was clicked."""

    number: int
    token: str
    refusing: bool = False
    score: str = ""


class SurveyPages:
    """The room at SURVEYS; safe to use from several threads."""

    def __init__(self, surveys: Surveys, *, store: Store, usual: Language, clock: Callable[[], datetime]) -> None:
        """`usual`: in which language those are told whose own is not known."""
        self._surveys = surveys
        self._store = store
        self._usual = usual
        self._clock = clock
        self._pace = Pace()

    def routes(self, threads: Threads) -> Sequence[Route]:
        async def serve(request: Request) -> HTMLResponse:
            number, query = request.path_params["number"], request.query_params
            asked = Asked(
                number=int(number) if _NUMBER.fullmatch(number) else 0,  # no survey has this number
                token=query.get("link", ""),
                refusing=query.get("do", "") == "never",
                score=query.get("score", ""),
            )
            if request.method != "POST":
                return _html(await threads.run(self.look, asked))
            body = await read_body(request)
            if isinstance(body, Answer):
                return _html(Page(body.status, notice_page(str(body.content["error"]), self._usual)))
            return _html(await threads.run(self.take, asked, body))

        return [Route(SURVEYS + "{number}", serve, methods=["GET", "POST"])]

    def look(self, asked: Asked) -> Page:
        """The page. Changes nothing, whoever follows the link: programs that check mails do."""
        found = self._found(asked)
        if isinstance(found, Page):
            return found
        words = self._words(found)
        return Page(200, self._page(found, words, chosen=_score(found, asked.score), refusing=asked.refusing))

    def take(self, asked: Asked, body: bytes) -> Page:
        """Keeps what the form says, and shows it."""
        found = self._found(asked)
        if isinstance(found, Page):
            return found
        words = self._words(found)
        fields = _fields(body)
        try:
            if fields.get("do") == "never":
                with self._store.write() as tx:
                    surveys.put_refused(tx, asked.number, self._clock())
                return Page(200, notice_page(words.say("You will not be asked again."), words))
            score = _score(found, fields.get("score", ""))
            if fields.get("do") != "answer" or score is None:
                return Page(400, notice_page(words.say("Choose an answer. Go back and try again."), words))
            comment = readable(fields.get("comment", ""))[:LONGEST_COMMENT]
            kept = self._surveys.answer(asked.number, score, comment, self._clock())
        except StoreUnavailable as error:
            log.error("an answer could not be kept; its sender was told so", extra={"error": str(error)})
            return Page(503, notice_page(words.say("Nothing was kept. Try again in a minute."), words))
        if kept is None:
            return self._over(words)
        thanks = words.say("Thank you. You can change your answer until this link ends.")
        return Page(200, self._page(kept, words, chosen=kept.score, said=thanks))

    def _found(self, asked: Asked) -> Survey | Page:
        """The survey that can be answered, or the page that says why none can."""
        now = self._clock()
        if not self._surveys.links.holds(asked.number, asked.token, now):
            return self._over(self._usual, 403)
        if self._pace.wait_seconds(now):
            return Page(429, notice_page(self._usual.say("Too many requests. Try again in a minute."), self._usual))
        try:
            with self._store.read() as tx:
                found = surveys.get_survey(tx, asked.number)
        except StoreUnavailable:
            says = self._usual.say("Nothing can be read now. Try again in a minute.")
            return Page(503, notice_page(says, self._usual))
        if found is None or not found.is_open(now):
            return self._over(self._usual if found is None else self._words(found))
        return found

    def _words(self, survey: Survey) -> Language:
        return language(survey.lang) if survey.lang else self._usual

    @staticmethod
    def _page(survey: Survey, words: Language, *, chosen: int | None, said: str = "", refusing: bool = False) -> str:
        score = survey.score if chosen is None else chosen
        return survey_page(
            survey.kind, survey.brand, words, chosen=score, comment=survey.comment, said=said, refusing=refusing
        )

    @staticmethod
    def _over(words: Language, status: int = 410) -> Page:
        return Page(status, notice_page(words.say("This link does not hold, or no longer."), words))


def _score(survey: Survey, told: str) -> int | None:
    """The answer that a form or a link names, None where it is none."""
    if not _SCORE.fullmatch(told) or int(told) not in SCORES[survey.kind]:
        return None
    return int(told)


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def _html(page: Page) -> HTMLResponse:
    return HTMLResponse(page.html, page.status, {**HEADERS, "Content-Security-Policy": page_policy()})
