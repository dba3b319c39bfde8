"""Reads the body of a request as it comes in, within a size and a time."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.requests import Request

from listener.web.answer import Answer

MOST_BYTES = 1024 * 1024
MOST_PASSED_OVER = 8 * MOST_BYTES
"""Of a body that is too large: read and thrown away, since a sender that is cut off while it sends sees no answer."""

BODY_SECONDS = 30.0

TOO_LARGE = Answer(413, {"error": "the body may have 1 MiB at most: send several requests"}, {"Connection": "close"})


async def read_body(request: Request) -> bytes | Answer:
    """The body; or 413 for one that is too large, said or not, and 408 for one that takes too long."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and int(said[:20]) > MOST_BYTES and "expect" in request.headers:
        return TOO_LARGE  # its sender waits for leave, and has sent nothing yet
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return Answer(415, {"error": "the body must not be compressed"}, {"Accept-Encoding": "identity"})
    body = bytearray()
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            async for part in request.stream():
                size += len(part)
                if size <= MOST_BYTES:
                    body += part
                elif size > MOST_PASSED_OVER:
                    return TOO_LARGE
            return bytes(body) if size <= MOST_BYTES else TOO_LARGE
    if size > MOST_BYTES:
        return TOO_LARGE
    return Answer(408, {"error": f"the body did not arrive within {BODY_SECONDS:g} s"}, {"Connection": "close"})
