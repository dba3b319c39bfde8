"""What requests that came in were answered, so that one which is repeated is answered the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, delete, select

from listener.store.hashes import bytes_hash, hash_of
from listener.store.source_tables import REQUEST
from listener.store.statements import insert_new

KEPT = timedelta(days=7)
"""How long an answer is kept: whoever has not repeated a request by then will not."""


class Given(Struct, frozen=True):
    """The answer that a request of the same key was given; `same_body`: whether it was the same request."""

    answer: str
    same_body: bool


def put_answer(tx: Connection, source: str, key: str, body: bytes, answer: str, now: datetime) -> Given | None:
    """Keeps the answer to the first request of this key, None then; gives the answer kept before otherwise.

    Two at once: the second waits for the first one's transaction, and finds its answer.
    """
    row = {"source": source, "key_hash": hash_of(key), "body_hash": bytes_hash(body)}
    if insert_new(tx, REQUEST, [{**row, "answer_json": answer, "answered_at": now}], REQUEST.c.key_hash):
        return None
    its = REQUEST.c.source == source, REQUEST.c.key_hash == row["key_hash"]
    kept = tx.execute(select(REQUEST.c.answer_json, REQUEST.c.body_hash).where(*its)).one()
    return Given(kept.answer_json, kept.body_hash == row["body_hash"])


def forget_answers(tx: Connection, before: datetime) -> int:
    """Forgets what was answered before then; gives how many."""
    return tx.execute(delete(REQUEST).where(REQUEST.c.answered_at < before)).rowcount
