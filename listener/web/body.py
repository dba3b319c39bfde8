"""Reads the body of a request as it comes in, within a size and a time."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from listener.web.answer import Answer

MOST_BYTES = 1024 * 1024
BODY_SECONDS = 30.0


async def read_body(request: Request) -> bytes | Answer:
    """The body; or 413 for one that is too large, said or not, and 408 for one that takes too long."""
    too_large = Answer(
        413, {"error": "the body may have 1 MiB at most: send several requests"}, {"Connection": "close"}
    )
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > MOST_BYTES:
        return too_large
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return Answer(415, {"error": "the body must not be compressed"}, {"Accept-Encoding": "identity"})
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size > MOST_BYTES:
                    return too_large
                parts.append(part)
    except TimeoutError:
        return Answer(408, {"error": f"the body did not arrive within {BODY_SECONDS:g} s"}, {"Connection": "close"})
    return b"".join(parts)
