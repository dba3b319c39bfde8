"""One step through a folder of mail: which mails are read next, and where that leaves us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Literal

import msgspec
from msgspec import Struct

from sources.contract import Cursor, Gap, Page, SourceUnavailable
from sources.http_words import shown_bytes
from sources.imap_connection import Folder, MailConnection
from sources.imap_fetched import Fetched
from sources.imap_mail import AUTOMATIC, post_of_mail
from sources.imap_words import on_day
from sources.post import Post

MAILS = 100
"""Read in one step."""

TAKING_APART = timedelta(seconds=20)
"""Of one step. Mails beyond are left to the next one: people can write mails that take long, and send many."""

MOST_BYTES = 256 * 1024
"""Of one mail: its headers, and the text before its attachments."""


class Taste(Struct, frozen=True, kw_only=True):
    """Which mails are wanted. automatic: bounces and automatic replies, too."""

    account: str
    backfill: timedelta
    automatic: bool


class Standing(Struct, frozen=True, kw_only=True):
    """Where one folder stands: the cursor's content.

    All mails up to the number `last` are read. Those below `floor` were there before the first reading; of them only
    the ones of the day `since` and later are read.
    """

    uid_validity: int
    last: int
    floor: int
    since: date
    version: Literal[1] = 1


def read_folder(connection: MailConnection, folder: str, cursor: Cursor | None, now: datetime, taste: Taste) -> Page:
    """Reads the next mails of a folder, those with the lowest numbers first, and signs out. Blocking.

    A mail that the server lists and does not show is a gap, where it shows others. Raises SourceError's kinds.
    """
    try:
        numbering = connection.examine(folder)
        standing, gaps = _resume(cursor, numbering, connection, now, taste.backfill)
        unread = _unread(connection, standing)
        taken = unread[:MAILS]
        mails = connection.mails(taken, MOST_BYTES) if taken else {}
        hidden = _still_there(connection, [uid for uid in taken if uid not in mails])
    finally:
        connection.close()
    if hidden and not mails:
        raise SourceUnavailable(f"the mail server shows none of the {len(hidden)} mails that it lists in {folder!a}")
    posts = _taken_apart(mails, taste, now)
    if len(posts) < len(mails):
        taken = taken[: taken.index(list(mails)[len(posts)])]
        mails = {uid: mail for uid, mail in mails.items() if uid in taken}
        hidden = [uid for uid in hidden if uid in taken]
    if hidden:
        why = f"the mail server lists {len(hidden)} mails in {folder!a} that it does not show"
        gaps = [*gaps, Gap(since=None, until=now, why=why)]
    kept = [post for post in posts if taste.automatic or post.kind != AUTOMATIC]
    more = len(unread) > len(taken)
    last = taken[-1] if more else max([standing.last, standing.floor - 1, *taken])
    return Page(
        posts=kept,
        gaps=gaps,
        cursor=msgspec.json.encode(msgspec.structs.replace(standing, last=last)).decode(),
        more=more,
        notes=_notes(list(mails.values()), posts, kept),
    )


def _taken_apart(mails: Mapping[int, Fetched], taste: Taste, now: datetime) -> list[Post]:
    """Gives the posts for the first of the mails: for one at least, and for as many as TAKING_APART allows."""
    began = monotonic()
    posts: list[Post] = []
    for mail in mails.values():
        if posts and monotonic() - began > TAKING_APART.total_seconds():
            break
        posts.append(post_of_mail(mail.raw, mail.received_at, taste.account, now))
    return posts


def _resume(
    cursor: Cursor | None, numbering: Folder, connection: MailConnection, now: datetime, backfill: timedelta
) -> tuple[Standing, Sequence[Gap]]:
    """Gives the standing to read on from.

    Where the server has numbered the folder anew, reading begins anew with the mails since the first reading; they
    come again under the same Message-ID, which is harmless.
    """
    try:
        since = (now - backfill - timedelta(days=1)).date()  # a day more: a server tells days by its own clock
    except OverflowError:
        since = date(1970, 1, 1)
    try:
        known = msgspec.json.decode(cursor, type=Standing) if cursor else None
    except (msgspec.DecodeError, UnicodeEncodeError):
        why = "the stored position in this folder could not be read; reading begins anew"
        return _begin(numbering, connection, since), (Gap(since=None, until=_morning(since), why=why),)
    if known is None:
        return _begin(numbering, connection, since), ()
    goes_on = numbering.uid_next is None or known.last < numbering.uid_next
    if known.uid_validity == numbering.uid_validity and goes_on:
        return known, ()
    since = min(known.since, since)
    why = "the mail server has numbered this folder anew; older mails that came in since the last reading are not seen"
    return _begin(numbering, connection, since), (Gap(since=None, until=_morning(since), why=why),)


def _begin(numbering: Folder, connection: MailConnection, since: date) -> Standing:
    floor = numbering.uid_next
    if floor is None:  # RFC 3501 lets a server keep silent about it
        floor = max(connection.uids("ALL"), default=0) + 1
    return Standing(uid_validity=numbering.uid_validity, last=0, floor=floor, since=since)


def _unread(connection: MailConnection, standing: Standing) -> list[int]:
    """Gives the numbers of all mails that are not read, ascending.

    `n:*` names the newest mail even where its number is below n (RFC 3501, 6.4.8), so what is read is sorted out.
    """
    found: list[int] = []
    if standing.last + 1 < standing.floor:
        window = f"{standing.last + 1}:{standing.floor - 1}"
        older = connection.uids("SINCE", on_day(standing.since), "UID", window)
        found = [uid for uid in older if standing.last < uid < standing.floor]
    start = max(standing.last + 1, standing.floor)
    return found + [uid for uid in connection.uids("UID", f"{start}:*") if uid >= start]


def _still_there(connection: MailConnection, uids: Sequence[int]) -> list[int]:
    """Gives those that the server still lists: the others were deleted a moment ago."""
    return [uid for uid in connection.uids("UID", ",".join(map(str, uids))) if uid in set(uids)] if uids else []


def _notes(mails: Sequence[Fetched], posts: Sequence[Post], kept: Sequence[Post]) -> list[str]:
    notes: list[str] = []
    long = sum(1 for mail in mails if len(mail.raw) >= MOST_BYTES and mail.size > MOST_BYTES)
    if long:
        notes.append(f"of {long} mails only the first {shown_bytes(MOST_BYTES)} were read")
    if len(posts) > len(kept):
        notes.append(f"{len(posts) - len(kept)} bounces and automatic replies were left out")
    return notes


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
