"""Takes recorded answers out of the files that other projects keep them in: cassettes, replays, plain bodies."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def exchanges(path: Path) -> list[tuple[str, bytes]]:
    """Gives the address that was asked and the body of each answer in a file; "" where only the body was kept."""
    raw = path.read_bytes()
    if path.suffix in (".yaml", ".yml"):
        import yaml

        return list(_of_cassette(yaml.load(raw, Loader=yaml.CSafeLoader)))
    if raw.startswith(b"HTTP/"):
        return [("", raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2])]
    lines = raw.splitlines()
    if path.suffix == ".jsonl" or (len(lines) > 1 and lines[0].endswith(b"}") and lines[1].startswith(b"{")):
        return [("", line) for line in lines if line.strip()]
    if "ReplayData" in path.parts:
        return list(_of_replay(raw.decode("utf-8").split("\n")))
    if path.suffix == ".json" and any(name in raw[:20_000] for name in (b'"http_interactions"', b'"interactions"')):
        return list(_of_cassette(json.loads(raw)))
    return [("", raw)]


def _of_cassette(told: Any) -> Iterator[tuple[str, bytes]]:
    """As vcr, vcrpy and betamax write them."""
    for exchange in told.get("http_interactions") or told["interactions"]:
        response = exchange["response"]
        body = response.get("body", response.get("content")) or ""
        if isinstance(body, dict):
            body = base64.b64decode(body["base64_string"]) if "base64_string" in body else body.get("string") or ""
        if isinstance(body, str):
            body = body.encode("utf-8", "surrogateescape")
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        yield exchange["request"].get("uri") or exchange["request"].get("url") or "", body


def _of_replay(lines: list[str]) -> Iterator[tuple[str, bytes]]:
    """As PyGithub writes them: method, host, port, path, headers, what was sent, status, headers, body."""
    for place in range(0, len(lines) - 9, 11):
        yield f"https://{lines[place + 2]}{lines[place + 4]}", lines[place + 9].encode()
