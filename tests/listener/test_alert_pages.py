"""The pages behind signed links: looking does nothing, a form does, and only who has the link can do either."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from alerts.acting_page import page_policy
from alerts.language import language
from alerts.people import Person
from listener.handling.acting import Acting
from listener.store import Store, StoreUnavailable, handling
from listener.store.purge import purge_older
from listener.web.alert_links import HOLD, AlertLinks
from listener.web.alert_pages import AlertPages, Asked, Page
from sources.contract import Page as SourcePage
from sources.post import Author

SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
Make = Callable[..., Any]
HOSTILE = "</div><script>alert(1)</script><img src=x onerror=alert(1)>\u202eAcme is terrible and broken, I hate it"


@pytest.fixture
def links() -> AlertLinks:
    return AlertLinks(secret=SECRET, address="https://listener.example.org")


@pytest.fixture
def pages(
    make_app: Make, source: Any, channel: Any, post: Make, store: Store, links: AlertLinks, clock: Any
) -> AlertPages:
    hostile = post(1, HOSTILE, author=Author(handle="x", name='"><b>Eve</b>'), url='https://example.org/"><script>')
    app = make_app([source("blogs", [SourcePage(posts=[hostile], cursor="1")])], [channel("support")])
    asyncio.run(app.poll_once(["blogs"]))
    return AlertPages(
        store=store,
        links=links,
        acting=Acting(),
        people=[Person(name="Ann Li", channels=("ann-mail", "desk")), Person(name="Bob", channels=("desk",))],
        language_of=lambda channel: language("bn" if channel == "bangla" else "en"),
        timezone=UTC,
        clock=clock,
    )


@pytest.fixture
def asked(links: AlertLinks, clock: Any) -> Callable[..., Asked]:
    def ask(action: str = "ack", channel: str = "support", alert: int = 1, **changes: Any) -> Asked:
        query = parse_qs(urlsplit(links.for_alert(alert, channel, clock())(action)).query)
        told = {"alert": alert, "channel": query["channel"][0], "action": action, "token": query["link"][0], **changes}
        return Asked(**told)

    return ask


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def state(store: Store) -> tuple[str, str, str]:
    with store.read() as tx:
        found = handling.states(tx, [1])[1]
    return found.state, found.by, found.via


def test_looking_changes_nothing_however_often(pages: AlertPages, asked: Any, store: Store) -> None:
    for action in ("ack", "resolve", "noise", "reopen", "nonsense"):
        page = pages.look(asked(action))
        assert page.status == 200 and "Nobody looks after it yet." in page.html
    assert state(store) == ("open", "", "")


def test_the_form_does_what_its_button_says_for_the_name_that_was_typed(
    pages: AlertPages, asked: Any, store: Store
) -> None:
    page = pages.act(asked("ack"), form(do="ack", name=" Bob\n"))
    assert page.status == 200 and "Done. Bob (support) looks after this alert." in page.html
    assert state(store) == ("acknowledged", "Bob (support)", "mail")
    assert "Done. This alert is resolved." in pages.act(asked("ack"), form(do="resolve")).html
    assert state(store) == ("resolved", "support", "mail")
    assert "put off until Sun 22 Nov 2026, 09:00 UTC" in pages.act(asked("ack"), form(do="snooze")).html


def test_who_reads_a_channel_of_their_own_is_known_and_not_asked(pages: AlertPages, asked: Any, store: Store) -> None:
    assert "Your name" not in pages.look(asked(channel="ann-mail")).html
    pages.act(asked("assign", channel="ann-mail"), form(do="assign", name="Somebody Else"))
    assert state(store) == ("acknowledged", "Ann Li", "mail")


def test_in_a_channel_that_several_people_share_a_name_is_asked_for(
    pages: AlertPages, asked: Any, store: Store
) -> None:
    assert "Your name" in pages.look(asked(channel="desk")).html
    pages.act(asked(channel="desk"), form(do="ack", name="Cy"))
    assert state(store) == ("acknowledged", "Cy (desk)", "mail")


@pytest.mark.parametrize(
    "changes",
    [
        {"alert": 2},
        {"alert": 0},
        {"channel": "ann-mail"},
        {"channel": ""},
        {"token": ""},
        {"token": "9999999999." + "A" * 43},
        {"token": "x" * 10_000},
    ],
)
def test_a_link_that_was_changed_does_not_hold(pages: AlertPages, asked: Any, store: Store, changes: Any) -> None:
    one = asked(**{"token": None, **changes}) if "token" in changes else asked()
    one = Asked(**{**{key: getattr(one, key) for key in ("alert", "channel", "action", "token")}, **changes})
    assert pages.look(one).status == 403
    page = pages.act(one, form(do="resolve"))
    assert page.status == 403 and "does not hold" in page.html
    assert state(store)[0] == "open"


def test_a_link_ends(pages: AlertPages, asked: Any, store: Store, clock: Any) -> None:
    one = asked()
    clock.now += HOLD - timedelta(seconds=1)
    assert pages.look(one).status == 200
    clock.now += timedelta(seconds=2)
    assert pages.act(one, form(do="ack")).status == 403
    assert state(store)[0] == "open"


def test_a_link_of_another_secret_or_purpose_does_not_hold(pages: AlertPages, store: Store, clock: Any) -> None:
    from listener.web.links import signed_until

    other = AlertLinks(secret=SECRET[::-1], address="").for_alert(1, "support", clock())("ack")
    tokens = [parse_qs(urlsplit(other).query)["link"][0]]
    tokens.append(signed_until(SECRET, "ingest", "1:support", clock() + HOLD))
    for token in tokens:
        assert pages.look(Asked(alert=1, channel="support", action="ack", token=token)).status == 403


@pytest.mark.parametrize("body", [b"", b"do=delete", b"\xff", b"do", b"&".join([b"a=1"] * 100), b"x" * 1_000_000])
def test_a_form_that_is_none_does_nothing(pages: AlertPages, asked: Any, store: Store, body: bytes) -> None:
    assert pages.act(asked(), body).status == 400
    assert state(store)[0] == "open"


def test_nothing_from_outside_can_act_on_the_page(pages: AlertPages, asked: Any) -> None:
    html = pages.act(asked(), form(do="ack", name='"><script>steal()</script>')).html
    assert "<script" not in html and "onerror" not in re.sub(r"&lt;.*?&gt;", "", html)
    assert "<b>Eve" not in html and "\u202e" not in html
    assert " style=" not in html and "on" + "click" not in html
    assert 'href="https://example.org/%22%3E%3Cscript%3E"' in html


def test_the_policy_lets_nothing_in_but_the_style_that_is_on_the_page(pages: AlertPages, asked: Any) -> None:
    import base64
    import hashlib

    (style,) = re.findall(r"<style>(.*?)</style>", pages.look(asked()).html, re.S)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page_policy()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "script" not in policy


def test_the_page_speaks_the_language_of_its_channel(pages: AlertPages, asked: Any) -> None:
    html = pages.look(asked(channel="bangla")).html
    assert '<html lang="bn" dir="ltr">' in html and "আপনার নাম" in html and "Your name" not in html


def test_an_alert_that_is_gone_is_told_so(pages: AlertPages, asked: Any, store: Store, clock: Any) -> None:
    one = asked()
    with store.write() as tx:
        purge_older(tx, clock() + timedelta(days=400))
    assert pages.look(one).status == 404
    page = pages.act(one, form(do="ack"))
    assert page.status == 404 and "no longer kept" in page.html


def test_what_could_not_be_kept_is_told_so(pages: AlertPages, asked: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr(Acting, "act", broken)
    page: Page = pages.act(asked(), form(do="ack"))
    assert page.status == 503 and "Nothing was kept" in page.html


def test_addresses_carry_the_channel_and_nothing_else_that_is_secret(links: AlertLinks, clock: Any) -> None:
    url = links.for_alert(12, "team & co/ü", clock())("resolve")
    assert url.startswith("https://listener.example.org/alerts/12?channel=team+%26+co%2F%C3%BC&do=resolve&link=")
    assert SECRET not in url
