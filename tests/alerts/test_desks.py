"""What every kind of help desk keeps, through its real client on this machine."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path += [str(Path(__file__).parent)]

from desk_services import SECRET, SERVICES, TOKEN, DeskService, told_of

from alerts.contract import DeliveryFailed
from alerts.desks.contract import Addition, DeskTicket, NewTicket, TicketDesk, TicketGone
from alerts.desks.linear import issue_id
from alerts.desks.markdown import fenced, linked
from alerts.desks.registry import kinds, settings_class
from listener.demo.loopback import Reply

SINCE = datetime(2026, 11, 22, 7, tzinfo=UTC)
MARKER, NOTE = "listener" + "0123456789ab" * 2, "listener" + "ba9876543210" * 2
TICKET = NewTicket(
    marker=MARKER,
    title="Acme: Jane Doe wrote on Mastodon",
    text="My Acme rocket exploded again.\n\nWhy: angry customer",
    link="https://mastodon.social/@jane/1?a=1&b=2",
    severity="high",
)
ADDITION = Addition(marker=NOTE, text="2 more posts tell the same", links=("https://example.org/1",))


@pytest.fixture(params=sorted(SERVICES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def service(kind: str) -> Iterator[DeskService]:
    with SERVICES[kind]() as running:
        yield running


@pytest.fixture
def desk(kind: str, service: DeskService) -> TicketDesk:
    return settings_class(kind).model_validate(told_of(service, kind)).open()


def run(desk: TicketDesk, call: Callable[[], Awaitable[Any]]) -> Any:
    async def once() -> Any:
        try:
            return await call()
        finally:
            await desk.close()
            await desk.close()

    return asyncio.run(once())


def failed(desk: TicketDesk, call: Callable[[], Awaitable[Any]]) -> DeliveryFailed:
    with pytest.raises(DeliveryFailed) as caught:
        run(desk, call)
    assert TOKEN not in str(caught.value) and SECRET not in str(caught.value)
    return caught.value


def opened(desk: TicketDesk) -> DeskTicket:
    ticket: DeskTicket = run(desk, lambda: desk.open(TICKET))
    return ticket


def test_every_built_in_kind_is_tested_here() -> None:
    assert sorted(SERVICES) == list(kinds())


def test_settings_open_a_desk_that_keeps_the_contract_and_show_no_secret(kind: str, service: DeskService) -> None:
    settings = settings_class(kind).model_validate(told_of(service, kind))
    assert TOKEN not in repr(settings) and SECRET not in repr(settings)
    desk = settings.open()
    assert isinstance(desk, TicketDesk)
    assert (desk.name, desk.kind) == ("desk", kind)
    with pytest.raises(ValueError, match="extra_forbidden"):
        settings_class(kind).model_validate(told_of(service, kind, speling="wrong"))


def test_a_ticket_that_was_opened_is_found_by_its_marker_and_is_open(desk: TicketDesk, service: DeskService) -> None:
    assert list(run(desk, lambda: desk.find(MARKER, SINCE))) == []
    made = opened(desk)
    assert (made.status.state, bool(made.id), bool(made.shown)) == ("open", True, True)
    (found,) = run(desk, lambda: desk.find(MARKER, SINCE))
    assert (found.id, found.shown, found.url) == (made.id, made.shown, made.url)
    assert made.url.startswith("http")
    assert list(run(desk, lambda: desk.find(NOTE, SINCE))) == []
    text = service.all_text()
    assert "rocket exploded" in text and "mastodon.social/@jane/1" in text


def test_of_several_tickets_with_a_marker_the_oldest_comes_first(desk: TicketDesk, service: DeskService) -> None:
    if desk.kind in ("linear", "webhook"):
        pytest.skip("the receiver takes a second one for the first")
    opened(desk)
    opened(desk)
    found = run(desk, lambda: desk.find(MARKER, SINCE))
    assert [int(one.id) for one in found] == sorted(int(one.id) for one in found)
    assert len(found) == 2


def test_what_is_added_stands_in_the_ticket_and_is_known_again(desk: TicketDesk, service: DeskService) -> None:
    made = opened(desk)
    assert not run(desk, lambda: desk.holds(made.id, NOTE, SINCE))
    run(desk, lambda: desk.append(made.id, ADDITION))
    (note,) = service.notes
    assert "2 more posts" in str(note) and "example.org/1" in str(note)
    if desk.kind == "webhook":
        run(desk, lambda: desk.append(made.id, ADDITION))  # the receiver knows the key
        assert len(service.notes) == 1
        return
    assert run(desk, lambda: desk.holds(made.id, NOTE, SINCE))
    assert not run(desk, lambda: desk.holds(made.id, MARKER[:-1] + "z", SINCE))


def test_the_status_of_a_ticket_is_mirrored(desk: TicketDesk, service: DeskService) -> None:
    made = opened(desk)
    assert run(desk, lambda: desk.status([made.id]))[made.id].state == "open"
    service.close_ticket(0)
    told = run(desk, lambda: desk.status([made.id]))[made.id]
    assert (told.state, bool(told.said)) == ("closed", True)


def test_a_ticket_that_was_deleted_is_gone(desk: TicketDesk, service: DeskService) -> None:
    made = opened(desk)
    service.forget(0)
    assert run(desk, lambda: desk.find(MARKER, SINCE)) in ([], ())
    told = run(desk, lambda: desk.status([made.id]))
    assert [one.state for one in told.values()] == ([] if desk.kind == "webhook" else ["gone"])
    with pytest.raises(TicketGone) as caught:
        run(desk, lambda: desk.append(made.id, ADDITION))
    assert caught.value.gone and not caught.value.disables


def test_patience_is_asked_for_and_nothing_was_opened(desk: TicketDesk, service: DeskService) -> None:
    service.fail(429, times=1, retry_after=120)
    error = failed(desk, lambda: desk.open(TICKET))
    assert (error.permanent, error.ambiguous, error.retry_after) == (False, False, timedelta(seconds=120))
    service.fail(429, times=1, retry_after=90)
    error = failed(desk, lambda: desk.status(["1"]))
    assert (error.permanent, error.retry_after) == (False, timedelta(seconds=90))
    assert service.tickets == []


def test_what_is_lost_on_the_way_back_may_have_gone_through(desk: TicketDesk, service: DeskService) -> None:
    service.loses = 1
    error = failed(desk, lambda: desk.open(TICKET))
    assert (error.permanent, error.ambiguous) == (False, True)
    assert error.retry_after is not None and error.retry_after >= timedelta(minutes=1)
    (found,) = run(desk, lambda: desk.find(MARKER, SINCE))
    service.loses = 1
    assert failed(desk, lambda: desk.append(found.id, ADDITION)).ambiguous
    assert desk.kind == "webhook" or run(desk, lambda: desk.holds(found.id, NOTE, SINCE))


def test_a_desk_in_trouble_is_tried_again_and_a_question_leaves_no_doubt(
    desk: TicketDesk, service: DeskService
) -> None:
    service.fail(500, times=1)
    error = failed(desk, lambda: desk.open(TICKET))
    assert (error.permanent, error.ambiguous, error.disables) == (False, True, False)
    if desk.kind == "webhook":
        return
    service.fail(500, times=1)
    error = failed(desk, lambda: desk.find(MARKER, SINCE))
    assert (error.permanent, error.ambiguous) == (False, False)


def test_a_desk_that_hangs_is_left_after_its_time(kind: str, service: DeskService) -> None:
    settings = settings_class(kind).model_validate(told_of(service, kind))
    desk = settings.model_copy(update={"timeout": timedelta(seconds=0.2)}).open()
    service.hangs.set()
    error = failed(desk, lambda: desk.open(TICKET))
    service.let_go.set()
    assert (error.permanent, error.ambiguous) == (False, True)
    assert "did not answer within 0.2 s" in str(error)


def test_withdrawn_credentials_switch_the_desk_off(kind: str, service: DeskService) -> None:
    if kind == "webhook":
        pytest.skip("its receiver knows a signature")
    wrong = settings_class(kind).model_validate(told_of(service, kind, token="withdrawn")).open()
    for call in (lambda: wrong.open(TICKET), lambda: wrong.find(MARKER, SINCE), lambda: wrong.status(["1"])):
        error = failed(wrong, call)
        assert (error.permanent, error.disables) == (True, True)
        assert "credentials" in str(error) or "API key" in str(error)
    assert service.changes == 0


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[]", b'{"ticket":7}', b'{"id":{}}', b"\xff\xfe", b"[" * 9_000]
)
def test_an_answer_that_is_not_the_desks_own_form_is_a_failure_and_never_a_crash(
    desk: TicketDesk, service: DeskService, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "reply", lambda _: Reply(status=200, body=body))
    for call in (
        lambda: desk.find(MARKER, SINCE),
        lambda: desk.open(TICKET),
        lambda: desk.holds("1", NOTE, SINCE),
        lambda: desk.status(["1"]),
    ):
        try:
            answer = run(desk, call)
        except DeliveryFailed as error:
            assert not error.permanent
        else:
            assert not answer or desk.kind == "webhook" or body == b"[]"


def test_an_answer_without_end_is_cut_and_looked_for_later(desk: TicketDesk, service: DeskService) -> None:
    real = service.reply

    def endless(request: Any) -> Reply:
        answer = real(request)
        return Reply(status=answer.status or 200, body=b'{"x":"' + b"a" * 2_000_000 + b'"}')

    service.reply = endless  # type: ignore[method-assign]
    assert failed(desk, lambda: desk.open(TICKET)).ambiguous
    service.reply = real  # type: ignore[method-assign]
    assert len(run(desk, lambda: desk.find(MARKER, SINCE))) == 1


def test_the_longest_text_is_taken(desk: TicketDesk, service: DeskService) -> None:
    words = "awful 'broken' <b>\"horrible\"</b> আবার ভেঙে গেছে 🚀\n"
    long = NewTicket(
        marker=MARKER,
        title=("বাংলা title " * 50)[: desk.longest_title],
        text=(words * 3_000)[: desk.longest_text],
        link=TICKET.link,
        severity="critical",
    )
    run(desk, lambda: desk.open(long))
    assert len(service.tickets) == 1


def test_a_private_address_is_asked_only_where_that_is_allowed(kind: str, service: DeskService) -> None:
    desk = settings_class(kind).model_validate(told_of(service, kind, allow_private=False)).open()
    error = failed(desk, lambda: desk.open(TICKET))
    assert error.permanent and "allow_private" in str(error)
    assert service.tickets == []


def test_words_from_outside_call_nobody_and_close_nothing_in_markdown() -> None:
    hostile = "@acme/everyone fixes #1 ```\n</details> ![x](https://evil.example/x.png) [click](javascript:alert(1))"
    body = fenced(hostile)
    assert body.startswith("````text\n") and body.endswith("\n````")
    assert fenced("a ````` b").startswith("``````text")
    assert linked(["https://example.org/a_(b)>", "javascript:alert(1)", ""]) == "<https://example.org/a_(b)%3E>"
    assert linked(["https://github.com/acme/other/issues/1"]) == "`https://github.com/acme/other/issues/1`"


def test_a_limit_that_github_and_linear_tell_in_their_own_way_is_patience(
    service: DeskService, desk: TicketDesk
) -> None:
    if desk.kind == "github":
        service.fail(403, times=2, body='{"message": "You have exceeded a secondary rate limit"}', retry_after=60)
    elif desk.kind == "linear":
        limited = b'{"errors":[{"message":"Rate limit","extensions":{"code":"RATELIMITED"}}]}'
        service.reply = lambda _: Reply(status=400, body=limited)  # type: ignore[method-assign]
    else:
        pytest.skip("tells it with 429")
    for call in (lambda: desk.open(TICKET), lambda: desk.find(MARKER, SINCE)):
        error = failed(desk, call)
        assert (error.permanent, error.ambiguous) == (False, False)
        assert error.retry_after is not None


def test_an_issue_of_linear_has_one_id_for_one_marker() -> None:
    assert issue_id(MARKER) == issue_id(MARKER) != issue_id(NOTE)
    assert issue_id(MARKER)[14] == "4"


def test_an_unknown_kind_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        settings_class("carrier-pigeon")
