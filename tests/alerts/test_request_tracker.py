"""The desk against a real Request Tracker 5, where the system's packages bring one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path += [str(Path(__file__).parent)]

from request_tracker import missing, request_tracker

from alerts.contract import DeliveryFailed
from alerts.desks.contract import Addition, NewTicket, TicketGone
from alerts.desks.registry import settings_class

pytestmark = [pytest.mark.soak, pytest.mark.skipif(bool(missing()), reason=missing())]

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
MARKER, NOTE = "listener" + "0123456789ab" * 2, "listener" + "ba9876543210" * 2


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    with request_tracker(tmp_path_factory.mktemp("rt")) as running:
        yield running


def desk(tracker: tuple[str, str], **more: Any) -> Any:
    url, token = tracker
    told = {"kind": "request-tracker", "name": "rt", "base_url": url, "token": token, "queue": "General"}
    return settings_class("request-tracker").model_validate({**told, "allow_private": True, **more}).open()


def test_a_ticket_is_opened_found_added_to_closed_and_reopened(tracker: tuple[str, str]) -> None:
    async def whole_life() -> None:
        rt = desk(tracker)
        assert list(await rt.find(MARKER, SINCE)) == []
        hostile = "it broke <script>alert(1)</script> ' OR 1=1 -- \u0986\u09ac\u09be\u09b0 \U0001f680\n" * 300
        told = NewTicket(
            marker=MARKER, title="Acme: 'Jane' wrote \u0986\u09ac\u09be\u09b0 " * 3, text=hostile, link="https://example.org/1",
            severity="high",
        )  # fmt: skip
        made = await rt.open(told)
        (found,) = await rt.find(MARKER, SINCE)
        assert (found.id, found.url) == (made.id, made.url)
        assert (await rt.status([made.id]))[made.id].said == "new"
        assert not await rt.holds(made.id, NOTE, SINCE)
        await rt.append(made.id, Addition(marker=NOTE, text=hostile, links=("https://example.org/2",)))
        assert await rt.holds(made.id, NOTE, SINCE)

        url, token = tracker
        headers = {"authorization": f"token {token}"}
        shown = httpx.get(f"{url}/REST/2.0/ticket/{made.id}", headers=headers, timeout=30).json()
        assert (shown["Priority"], shown["Requestor"]) == ("100", [])
        for status, state in (("resolved", "closed"), ("open", "open"), ("deleted", "gone")):
            httpx.put(f"{url}/REST/2.0/ticket/{made.id}", json={"Status": status}, headers=headers, timeout=30)
            assert (await rt.status([made.id]))[made.id].state == state
        assert list(await rt.find(MARKER, SINCE)) == []
        await rt.close()

    asyncio.run(whole_life())


def test_what_is_wrong_is_told_by_what_to_do_next(tracker: tuple[str, str]) -> None:
    async def failures() -> None:
        told = NewTicket(marker=NOTE, title="a", text="b", link="", severity="low")
        with pytest.raises(DeliveryFailed, match="403") as no_queue:
            await desk(tracker, queue="Nowhere").open(told)
        assert no_queue.value.permanent and not no_queue.value.disables
        with pytest.raises(DeliveryFailed, match="401") as withdrawn:
            await desk(tracker, token="1-14-withdrawn").open(told)
        assert withdrawn.value.disables
        with pytest.raises(TicketGone):
            await desk(tracker).append("99999", Addition(marker=NOTE, text="b"))
        assert (await desk(tracker).status(["99999"]))["99999"].state == "gone"

    asyncio.run(failures())
