"""Telegram: channels read upwards by the ids of their messages, over Telethon as it is."""

from __future__ import annotations

import asyncio
import base64
import builtins
import logging
import socket
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polling import NOW, START, Reader
from pydantic import ValidationError
from telegram_service import NAME, NUMBER, SESSION, SETTINGS, TelegramService
from telethon.errors import TypeNotFoundError
from telethon.tl import functions, types

import sources.telegram_account
import sources.telegram_walk
from sources.abilities import RecheckingByLink
from sources.contract import Page, SourceBusy, SourceError, SourceRefused, SourceUnavailable
from sources.post import Author, Engagement, Post, PostKey
from sources.query import parse
from sources.telegram import Telegram, TelegramSettings
from sources.telegram_account import Account


def opened(**more: Any) -> Telegram:
    return TelegramSettings(**{"kind": "telegram", "name": "one"} | SETTINGS | more).open()


@pytest.fixture
def service() -> Iterator[TelegramService]:
    service = TelegramService(now=START).start()
    yield service
    service.close()


def read(service: TelegramService, source: Telegram | None = None, cursor: str | None = None, ask: str = NAME) -> Page:
    """One step, and the connection closed after it."""
    source = source or opened()

    async def step() -> Page:
        try:
            return await source.fetch(ask, cursor, datetime.fromtimestamp(service.now, UTC))
        finally:
            await source.close()

    return asyncio.run(step())


def one(service: TelegramService, **told: Any) -> Post:
    """The post of a message."""
    service.add(7, START - 60, **told)
    (post,) = read(service).posts
    return post


def again(service: TelegramService, *numbers: int, name: str = NAME, channel: int = NUMBER) -> Page:
    links = {PostKey("telegram", "t.me", f"{channel}/{one}"): f"https://t.me/{name}/{one}" for one in numbers}
    source = opened()
    assert isinstance(source, RecheckingByLink)

    async def step() -> Page:
        try:
            return await source.recheck_by_link(links, NOW)
        finally:
            await source.close()

    return asyncio.run(step())


# --- What a message becomes ------------------------------------------------------------------------------------


def test_a_message_of_a_channel_becomes_a_post_with_all_that_is_told(service: TelegramService) -> None:
    reactions = [types.ReactionCount(types.ReactionEmoji("👍"), 4), types.ReactionCount(types.ReactionPaid(), 3)]
    told = {
        "post_author": "Ann",
        "replies": types.MessageReplies(replies=5, replies_pts=1),
        "reactions": types.MessageReactions(results=reactions),
        "reply_to": types.MessageReplyHeader(reply_to_msg_id=3),
    }
    assert one(service, text="Acme is down", told=told) == Post(
        source="telegram",
        instance="t.me",
        external_id=f"{NUMBER}/7",
        url="https://t.me/acme/7",
        text="Acme is down",
        published_at=datetime.fromtimestamp(START - 60, UTC),
        author=Author(id=f"-100{NUMBER}", handle="acme", name="Acme News (Ann)", url="https://t.me/acme", followers=50),
        engagement=Engagement(likes=7, replies=5, reposts=2, views=10),
        in_reply_to=f"{NUMBER}/3",
    )


def test_what_a_channel_does_not_count_is_not_told(service: TelegramService) -> None:
    assert one(service, told={"views": None, "forwards": None}).engagement == Engagement()


def test_a_message_of_a_group_is_its_writers(service: TelegramService) -> None:
    service.chats = {"broadcast": None, "megagroup": True}
    service.users = [types.User(id=9, first_name="Jane", last_name="Doe", username="Jane_D", access_hash=1)]
    post = one(service, told={"from_id": types.PeerUser(9), "post": None})
    assert post.author == Author(id="9", handle="jane_d", name="Jane Doe", url="https://t.me/jane_d")
    assert post.kind == "message"


def test_a_writer_of_whom_nothing_is_told_keeps_their_number(service: TelegramService) -> None:
    assert one(service, told={"from_id": types.PeerUser(9)}).author == Author(id="9")
    assert opened().kind == "telegram"


def test_captions_and_polls_are_read(service: TelegramService) -> None:
    words = [types.TextWithEntities(text, []) for text in ("Is Acme good?", "Yes", "No")]
    poll = types.Poll(
        id=1,
        hash=1,
        question=words[0],
        answers=[types.PollAnswer(word, bytes([n])) for n, word in enumerate(words[1:])],
    )
    service.add(5, START - 90, text="a caption", told={"media": types.MessageMediaPhoto()})
    service.add(6, START - 80, text="", told={"media": types.MessageMediaPoll(poll, types.PollResults())})
    assert [post.text for post in read(service).posts] == ["a caption", "Is Acme good?\nYes\nNo"]


def test_what_nobody_wrote_and_pictures_without_a_word_are_passed_over(service: TelegramService) -> None:
    service.add(5, START - 90, service=True)
    service.add(6, START - 80, text="", told={"media": types.MessageMediaPhoto()})
    page = read(service)
    assert (page.posts, page.more) == ([], True)
    assert not read(service, cursor=page.cursor).more


# --- Nothing is skipped ----------------------------------------------------------------------------------------


def reader(service: TelegramService, **more: Any) -> Reader:
    return Reader(opened(**more), service, NAME)  # type: ignore[arg-type]  # its items are messages


def missing(service: TelegramService, kept: Reader, since: int) -> set[str]:
    wanted = {f"{NUMBER}/{said.id}" for said in service.shown() if said.at >= since and not said.service}
    return wanted - kept.ids()


MESSAGES = st.tuples(st.integers(0, 300), st.integers(0, 3_000), st.integers(0, 20_000), st.booleans())


@settings(max_examples=25, deadline=None)
@given(
    said=st.lists(MESSAGES, max_size=40),
    polls=st.lists(st.integers(0, 9_000), min_size=1, max_size=4),
    cap=st.sampled_from([3, 7, 100]),
    clips=st.booleans(),
    crashes=st.sets(st.integers(1, 12), max_size=4),
)  # fmt: skip
def test_whatever_comes_late_goes_or_crashes_nothing_is_skipped(
    said: list[tuple[int, int, int, bool]], polls: list[int], cap: int, clips: bool, crashes: set[int]
) -> None:
    service = TelegramService(cap=cap, clips=clips).start()
    try:
        at = START - 300
        for number, (after, late, stays, nobodys) in enumerate(said, 1):
            at += after
            service.add(number, at, shown_from=at + late, deleted_at=at + late + stays, service=nobodys)
        kept = reader(service)
        for poll in sorted(polls):
            kept.poll(START + poll, crashes=sorted(crashes))
        assert missing(service, kept, START - 3_600) == set()
        assert not kept.gaps
    finally:
        service.close()


def lived_through(service: TelegramService) -> Reader:
    """A burst, a message that is shown late, an edit: three polls."""
    for number in range(1, 41):
        service.add(number, START - 3_000 + number)
    service.add(50, START + 50, shown_from=START + 700)
    for number in range(51, 400):
        service.add(number, START + number)
    service.said[-1].edited_at = START + 900
    kept = reader(service)
    for at in (0, 600, 1_200):
        kept.poll(START + at)
    return kept


def test_a_burst_late_messages_and_edits_are_all_kept(service: TelegramService) -> None:
    kept = lived_through(service)
    assert missing(service, kept, 0) == set()
    assert [post.text for post in kept.kept if post.external_id.endswith("/399")] == ["acme", "acme edited"]
    assert len(kept.kept) == 390 + 1, "nothing else comes twice"


@pytest.mark.parametrize("defect", ["the newest page is all", "no stretch read again", "a short answer is the end"])
def test_seeded_defects_are_noticed(service: TelegramService, monkeypatch: pytest.MonkeyPatch, defect: str) -> None:
    if defect == "the newest page is all":
        newest = {"offset_id": 0, "offset_date": None, "add_offset": 0, "limit": 100}
        monkeypatch.setattr(Account, "above", lambda self, place, _: self._history(place, **newest))
    elif defect == "no stretch read again":
        monkeypatch.setattr(
            sources.telegram_walk, "_settle", lambda settled, traces, _: (max(traces, default=settled), {})
        )
    else:
        service.cap = 60
        advance = sources.telegram_walk.advance

        def too_early(standing: Any, seen: Any, *rest: Any) -> Any:
            step = advance(standing, seen, *rest)
            return step if len(seen) == 100 else sources.telegram_walk.msgspec.structs.replace(step, more=False)

        monkeypatch.setattr("sources.telegram.advance", too_early)
    assert missing(service, lived_through(service), 0)


def test_a_caption_that_is_taken_away_is_an_edit(service: TelegramService) -> None:
    said = service.add(5, START - 90, text="acme", told={"media": types.MessageMediaPhoto()})
    kept = reader(service)
    kept.poll(START)
    said.text = ""
    kept.poll(START + 60)
    assert [post.text for post in kept.kept] == ["acme", ""]


def test_a_busy_group_is_read_again_only_so_far(service: TelegramService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources.telegram_walk, "MOST_AGAIN", 150)
    for number in range(1, 500):
        service.add(number, START - 1_000 + number)
    kept = reader(service)
    kept.poll(START)
    asked = len(service.asked)
    kept.poll(START + 60)
    histories = [one for one in service.asked[asked:] if isinstance(one, functions.messages.GetHistoryRequest)]
    assert len(histories) == 3, "150 messages, and an answer with none"
    assert len(kept.kept) == 499


def test_the_first_reading_goes_back_as_far_as_told(service: TelegramService) -> None:
    for number, hours in enumerate((50, 30, 20, 1), 1):
        service.add(number, START - hours * 3_600)
    for backfill, expected in (("2d", {2, 3, 4}), ("1d", {3, 4}), ("0s", set())):
        page = read(service, opened(backfill=backfill))
        assert {int(post.external_id.partition("/")[2]) for post in page.posts} == expected


def test_a_channel_is_looked_up_once(service: TelegramService) -> None:
    service.add(1, START - 60)
    cursor = None
    for _ in range(3):
        cursor = read(service, cursor=cursor).cursor
    looked_up = [one for one in service.asked if isinstance(one, functions.contacts.ResolveUsernameRequest)]
    assert len(looked_up) == 1


def test_one_connection_serves_a_walk(service: TelegramService) -> None:
    for number in range(1, 301):
        service.add(number, START - 1_000 + number)
    reader(service).poll(START)
    assert service.connections == 1


def test_a_name_that_is_another_channels_by_now_is_read_anew_and_the_rest_is_a_gap(service: TelegramService) -> None:
    service.add(5, START - 90)
    page = read(service)
    service.number, service.said = 42, []
    service.add(1, START - 30)
    after = read(service, cursor=page.cursor)
    assert [post.external_id for post in after.posts] == ["42/1"]
    assert [(gap.since, gap.until) for gap in after.gaps] == [(datetime.fromtimestamp(START - 90, UTC), NOW)]


def test_a_channel_that_gave_its_name_up_is_not_read_under_another_one(service: TelegramService) -> None:
    service.add(5, START - 90)
    page = read(service)
    service.name = "private_by_now"
    with pytest.raises(SourceRefused, match="no public channel or group @acme") as refused:
        read(service, cursor=page.cursor)
    assert refused.value.why == "settings"


# --- What goes wrong -------------------------------------------------------------------------------------------


def refusing(service: TelegramService, word: str | Exception) -> None:
    service.refuse = lambda request: word if isinstance(request, functions.messages.GetHistoryRequest) else None


@pytest.mark.parametrize(("word", "seconds"), [("FLOOD_WAIT_77", 77), ("FLOOD_WAIT_1", 1), ("FLOOD_PREMIUM_WAIT_9", 9),
                                               ("FLOOD_WAIT_99999999", 7 * 86_400), ("FLOOD", 60)])  # fmt: skip
def test_a_flood_wait_is_told_and_never_waited_out(service: TelegramService, word: str, seconds: int) -> None:
    refusing(service, word)
    with pytest.raises(SourceBusy) as busy:
        read(service)
    assert busy.value.retry_after == timedelta(seconds=seconds)


@pytest.mark.parametrize("word", ["SESSION_REVOKED", "AUTH_KEY_UNREGISTERED", "AUTH_KEY_DUPLICATED", "API_ID_INVALID"])
def test_a_session_that_is_no_good_asks_for_a_person(service: TelegramService, word: str) -> None:
    refusing(service, word)
    with pytest.raises(SourceRefused) as refused:
        read(service)
    assert refused.value.why == "credentials"


@pytest.mark.parametrize("word", ["CHANNEL_PRIVATE", "CHANNEL_INVALID"])
def test_a_channel_that_may_not_be_read_is_named(service: TelegramService, word: str) -> None:
    refusing(service, word)
    with pytest.raises(SourceRefused, match="@acme"):
        read(service)
    service.refuse = lambda request: None
    with pytest.raises(SourceRefused, match="@nobody_here"):
        read(service, ask="nobody_here")


BROKEN = ["PEER_ID_INVALID", "SOMETHING_NEW", ConnectionError(SESSION), TypeNotFoundError(1, b""), ValueError(SESSION),
          struct.error(SESSION)]  # fmt: skip


@pytest.mark.parametrize("word", BROKEN, ids=repr)
def test_other_failures_are_unavailable_and_say_no_secret(service: TelegramService, word: str | Exception) -> None:
    refusing(service, word)
    source = opened()
    with pytest.raises(SourceUnavailable) as error:
        read(service, source)
    assert SESSION not in str(error.value) and str(error.value).isprintable()
    service.refuse = lambda request: None
    service.add(1, START - 60)
    assert len(read(service, source).posts) == 1, "the next try connects anew"


def test_an_answer_to_something_else_is_unavailable(service: TelegramService) -> None:
    service.answer = lambda request: (  # type: ignore[method-assign]
        types.messages.MessagesNotModified(1)
        if isinstance(request, functions.messages.GetHistoryRequest)
        else TelegramService.answer(service, request)
    )
    with pytest.raises(SourceUnavailable, match="no list of messages"):
        read(service)


def test_a_service_that_says_nothing_is_left_in_time(service: TelegramService) -> None:
    service.silent = True
    source = opened()
    source._account._timeout = 0.05
    with pytest.raises(SourceUnavailable, match=r"within 0\.05 s"):
        read(service, source)


def with_session_at(port: int) -> Telegram:
    closed = struct.pack(">B4sH256s", 2, bytes([127, 0, 0, 1]), port, b"secret k" * 32)
    return opened(session=f"1{base64.urlsafe_b64encode(closed).decode()}")


def test_nobody_at_the_address_is_unavailable_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SourceUnavailable, match="cannot be reached"):
        asyncio.run(with_session_at(port).fetch(NAME, None, NOW))


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", bytes(range(256)) * 20, b"\x10\0\0\0" * 90])
def test_somebody_else_at_the_address_is_unavailable(said: bytes) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()
        writer.close()

    async def step() -> None:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        source = with_session_at(server.sockets[0].getsockname()[1])
        source._account._timeout = 0.5
        async with server:
            with pytest.raises(SourceUnavailable) as error:
                await source.fetch(NAME, None, NOW)
            assert str(error.value).isprintable()
            assert source._account._client is None

    asyncio.run(step())


def test_without_the_extra_check_and_the_poll_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def missing_library(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "telethon":
            raise ImportError(name)
        return imported(name, *rest)

    found = TelegramSettings(kind="telegram", name="one", **SETTINGS)
    assert found.warnings() == ()
    monkeypatch.setattr(builtins, "__import__", missing_library)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (warning,) = found.warnings()
    with pytest.raises(SourceRefused, match=r"pip install 'listener\[telegram\]'") as refused:
        asyncio.run(found.open().fetch(NAME, None, NOW))
    assert refused.value.why == "settings"
    assert str(refused.value) == warning


def test_secrets_reach_neither_cursor_nor_credential_nor_log(
    service: TelegramService, caplog: pytest.LogCaptureFixture
) -> None:
    service.add(1, START - 60)
    with caplog.at_level(logging.DEBUG):
        source = opened()
        page = read(service, source)
    told = f"{page!r} {source.credential} {caplog.text} {TelegramSettings(kind='telegram', name='one', **SETTINGS)!r}"
    for secret in (SESSION, SETTINGS["api_hash"]):
        assert secret not in told


# --- Looking again ---------------------------------------------------------------------------------------------


def test_kept_messages_are_looked_at_again_by_their_ids(service: TelegramService) -> None:
    service.add(1, START - 90)
    service.add(2, START - 80, deleted_at=START - 10)
    service.add(3, START - 70, edited_at=START - 10)
    page = again(service, 1, 2, 3)
    assert [post.text for post in page.posts] == ["acme", "acme edited"]
    assert [change.key.external_id for change in page.changes] == [f"{NUMBER}/2"]


def test_what_cannot_be_told_stays_as_it_is(service: TelegramService) -> None:
    service.add(1, START - 90)
    another = again(service, 1, channel=42)
    assert (another.posts, another.changes, another.notes) == ([], [], []), "the name is another channel's by now"
    page = again(service, 1, name="gone_away")
    assert (page.posts, page.changes) == ([], [])
    assert page.notes == ["@gone_away cannot be read any more: its messages stay as they are"]
    assert again(service, 2**40).changes == []


def test_that_all_are_gone_without_a_word_is_not_believed(service: TelegramService) -> None:
    service._these = lambda ids: service._told([], 0)  # type: ignore[method-assign]
    with pytest.raises(SourceUnavailable, match="hard to believe"):
        again(service, 1, 2)
    refusing_ids = "MSG_ID_INVALID"
    service.refuse = lambda request: (
        refusing_ids if isinstance(request, functions.channels.GetMessagesRequest) else None
    )
    with pytest.raises(SourceError):
        again(service, 1)


# --- Settings --------------------------------------------------------------------------------------------------


def test_channels_are_named_as_people_write_them() -> None:
    names = ["@Acme_News", "https://t.me/acme", "t.me/s/acme_3/", "ACME"]
    source = opened(channels=names)
    assert source.plan(parse("acme")).asks == ("acme_news", "acme", "acme_3")
    assert opened(channels="@acme").plan(parse("acme source:hackernews")).asks == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"channels": []}, {"channels": ["https://t.me/+AbCdEf"]}, {"channels": ["a b c d"]}, {"channels": ["-1001234"]},
        {"session": "1abc"}, {"session": "my.session"}, {"session": "2" + SESSION[1:]}, {"session": ""},
        {"api_hash": "short"}, {"api_id": 0}, {"every": "10s"}, {"phone": "+1"}, {"allow_private": True},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused_without_their_secrets(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        opened(**wrong)
    assert SESSION[1:] not in str(error.value)
