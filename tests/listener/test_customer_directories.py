"""Customers from HubSpot, Salesforce and Zendesk: every one once, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[1] / "sources")]

from crm_services import CrmService, HubspotService, SalesforceService, ZendeskService

from listener.cli.tree import app as command
from listener.configuration.words import keys_of
from listener.directories.reading import DirectoryReader
from listener.directories.registry import kinds, settings_class
from listener.directories.settings import DirectorySettings
from listener.health import Health
from listener.store import Store, outbox
from listener.store import directory_states as states
from listener.store.customers import all_customers, get_customer
from rules.directory import Identity
from sources.contract import SourceBusy, SourceRefused, SourceUnavailable

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
START = NOW.timestamp() - 86_400
SERVICES: dict[str, type[CrmService]] = {
    "hubspot": HubspotService, "salesforce": SalesforceService, "zendesk": ZendeskService,
}  # fmt: skip
OPENED_BY = {
    "hubspot": {"token": "decoy-token"},
    "salesforce": {"client_id": "app", "client_secret": "decoy-secret"},
    "zendesk": {"email": "agent@example.org", "token": "decoy-token"},
}


@pytest.fixture(params=sorted(SERVICES))
def service(request: pytest.FixtureRequest) -> Iterator[CrmService]:
    with SERVICES[request.param]() as running:
        yield running


def settings(service: CrmService, **more: Any) -> DirectorySettings:
    kind = service.kind
    told = {"kind": kind, "base_url": service.url, "allow_private": True, **OPENED_BY[kind], **more}
    return settings_class(kind).model_validate(told)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def reader(service: CrmService, store: Store, clock: Clock, **more: Any) -> DirectoryReader:
    made = DirectoryReader(
        [settings(service, **more)], store=store, health=Health(["ops"]), clock=clock, jitter=Random(1)
    )
    made.start()
    return made


def turn(made: DirectoryReader, clock: Clock, **later: float) -> None:
    clock.now += timedelta(**later)
    asyncio.run(made.read_due())


def known(store: Store) -> set[str]:
    with store.read() as tx:
        return {customer.id.partition(":")[2] for customer in all_customers(tx)}


def fill(service: CrmService, count: int, at: float = START, step: float = 1.0) -> None:
    for number in range(count):
        service.put(str(1000 + number), at + number * step, email=f"u{number}@x.example", Email=f"u{number}@x.example")


@pytest.mark.parametrize("step", [1.0, 0.0])
def test_every_contact_is_read_once_however_many_changed_in_one_moment(
    service: CrmService, store: Store, step: float
) -> None:
    fill(service, 450, step=step)
    clock = Clock()
    made = reader(service, store, clock)
    turn(made, clock)
    assert len(known(store)) == 450
    asked = len(service.questions)
    turn(made, clock, minutes=5)
    assert len(service.questions) == asked, "it is not due yet"


def test_what_changed_is_read_and_nothing_from_the_beginning(service: CrmService, store: Store) -> None:
    fill(service, 250)
    clock = Clock()
    made = reader(service, store, clock)
    turn(made, clock)
    asked = len(service.questions)
    service.put(
        "5000", NOW.timestamp(), name="New", firstname="New", Name="New", email="new@x.example", Email="new@x.example"
    )
    service.put("1003", NOW.timestamp(), email="moved@x.example", Email="moved@x.example")
    turn(made, clock, minutes=20)
    with store.read() as tx:
        new = get_customer(tx, f"{service.kind}:5000")
        moved = get_customer(tx, f"{service.kind}:1003")
    assert new is not None and (new.name, new.identities) == ("New", (Identity("email", "new@x.example"),))
    assert moved is not None and moved.identities == (Identity("email", "moved@x.example"),)
    assert len(service.questions) - asked <= 5


def test_a_service_that_stops_half_way_goes_on_where_it_was(service: CrmService, store: Store) -> None:
    fill(service, 450)
    clock = Clock()
    service.breaks_every = 3
    turns = 0
    while len(known(store)) < 450 and turns < 10:
        turns += 1
        turn(reader(service, store, clock), clock, hours=1)  # the program is started anew each time
        with store.read() as tx:
            (state,) = states.list_states(tx)
        assert state.cursor or not known(store)
    assert len(known(store)) == 450
    assert 1 < turns < 10


def test_a_page_that_was_killed_while_it_was_kept_is_read_again(
    service: CrmService, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(service, 250)
    clock = Clock()
    keep, pages = states.update_customers, iter(range(100))

    def killed(*words: Any) -> Any:
        kept = keep(*words)
        if next(pages) == 1:
            raise RuntimeError("killed")
        return kept

    monkeypatch.setattr(states, "update_customers", killed)
    with pytest.raises(RuntimeError):
        turn(reader(service, store, clock), clock)
    assert 0 < len(known(store)) < 250
    turn(reader(service, store, clock), clock, hours=1)
    assert len(known(store)) == 250


def test_patience_is_waited_for_and_is_no_failure(service: CrmService, store: Store) -> None:
    fill(service, 3)
    clock = Clock()
    made = reader(service, store, clock)
    service.fail(429, times=1, retry_after=120)
    turn(made, clock)
    with store.read() as tx:
        (state,) = states.list_states(tx)
    assert (state.failures, state.error) == (0, "")
    assert state.next_at == NOW + timedelta(seconds=121)
    turn(made, clock, seconds=100)
    assert known(store) == set()
    turn(made, clock, seconds=30)
    assert len(known(store)) == 3


def test_a_failure_keeps_what_is_known_and_is_told_once_at_its_beginning_and_once_at_its_end(
    service: CrmService, store: Store
) -> None:
    fill(service, 3)
    clock = Clock()
    made = reader(service, store, clock)
    turn(made, clock)
    service.fail(500)
    for _ in range(6):
        turn(made, clock, hours=1)
    with store.read() as tx:
        told = [row.key for row in outbox.list_deliveries(tx, None, 50)]
    assert len(told) == 1 and ":failing:" in told[0]
    assert len(known(store)) == 3
    service.mend()
    turn(made, clock, hours=1)
    with store.read() as tx:
        told = sorted(row.key for row in outbox.list_deliveries(tx, None, 50))
        (state,) = states.list_states(tx)
    assert len(told) == 2 and any(":recovered" in key for key in told)
    assert (state.failures, state.failing_since) == (0, None)


def test_wrong_credentials_are_asked_about_once_until_the_program_starts_anew(
    service: CrmService, store: Store
) -> None:
    wrong = {"token": "wrong"} if service.kind != "salesforce" else {"client_secret": "wrong"}
    clock = Clock()
    made = reader(service, store, clock, **wrong)
    turn(made, clock)
    turn(made, clock, days=1)
    with store.read() as tx:
        (state,) = states.list_states(tx)
        told = outbox.list_deliveries(tx, None, 50)
    assert state.refused and len(told) == 1
    assert "wrong" not in state.error and "decoy" not in state.error
    fill(service, 1)
    mended = reader(service, store, clock)
    turn(mended, clock)
    assert len(known(store)) == 1


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", '{"results": 7, "users": 7, "records": 7}', "<html>", "\xff"])
def test_an_answer_that_is_none_is_no_empty_list(service: CrmService, body: str) -> None:
    directory = settings(service).open()
    if service.kind == "salesforce":
        asyncio.run(directory.fetch("", NOW))  # it is signed in
    service.fail(200, body=body)
    with pytest.raises(SourceUnavailable):
        asyncio.run(directory.fetch("", NOW))


ODD = ("null", "7", "{}", '{"id": null}', '{"id": "9", "Id": "9", "properties": 3, "email": [1]}')


@pytest.mark.parametrize("item", ODD)
def test_a_contact_that_is_none_stops_no_other(service: CrmService, item: str) -> None:
    directory = settings(service).open()
    if service.kind == "salesforce":
        asyncio.run(directory.fetch("", NOW))
    good = json.dumps({"id": "12", "Id": "12", "properties": {"email": "a@x.example"}, "email": "a@x.example"})
    listed = f"[{item}, {good}]"
    service.fail(200, body=f'{{"results": {listed}, "users": {listed}, "records": {listed}, "after_cursor": "x"}}')
    page = asyncio.run(directory.fetch("", NOW))
    assert f"{service.kind}:12" in {customer.id for customer in page.customers}


def test_properties_become_columns_handles_and_custom_fields() -> None:
    told = {
        "firstname": "Ann", "lastname": "Lee", "email": "ann@lee.example",
        "hs_additional_emails": "a@l.example;b@l.example", "phone": "+49 30 123456", "company": "Lee Ltd",
        "website": "lee.example", "city": "Berlin", "country": "DE",
        "customer_tier": "gold", "twitterhandle": "https://twitter.com/@annlee", "Renewal": "2026-12-01", "odd": None,
    }  # fmt: skip
    with HubspotService() as service:
        service.put("7", START, **told)
        more = {"columns": {"tier": "customer_tier"}, "handles": {"x": "twitterhandle"}, "fields": ["Renewal", "odd"]}
        page = asyncio.run(settings(service, name="crm", **more).open().fetch("", NOW))
        assert {"customer_tier", "twitterhandle", "Renewal", "odd"} <= set(service.questions[0]["properties"])
    (ann,) = page.customers
    assert (ann.id, ann.name, ann.tier, ann.company, ann.city) == ("crm:7", "Ann Lee", "gold", "Lee Ltd", "Berlin")
    assert ann.phones == ("+4930123456",) and ann.urls == ("https://lee.example",)
    assert [str(identity) for identity in ann.identities] == [
        "email:ann@lee.example", "email:a@l.example", "email:b@l.example", "x:annlee",
    ]  # fmt: skip
    assert ann.fields == {"renewal": "2026-12-01"}
    assert page.mistakes == ()


@pytest.mark.parametrize(
    ("network", "written", "known"),
    [
        ("x", "annlee", ["x:annlee"]),
        ("x", "https://x.com/AnnLee?lang=en", ["x:annlee"]),
        ("mastodon", "https://social.example/@ann", ["mastodon:ann@social.example"]),
        ("mastodon", "@ann@social.example", ["mastodon:ann@social.example"]),
        ("bluesky", "https://bsky.app/profile/ann.example/", ["bluesky:ann.example"]),
        ("x", "ann;email:boss@bank.example", []),
        ("x", "ann, mastodon:boss@social.example", []),
        ("x", "ann hackernews:boss", []),
        ("x", "boss[..2030-01-01]", []),
    ],
)
def test_a_contact_tells_one_handle_on_one_network(network: str, written: str, known: list[str]) -> None:
    with HubspotService() as service:
        service.put("7", START, firstname="Ann", social=written)
        page = asyncio.run(settings(service, handles={network: "social"}).open().fetch("", NOW))
    (ann,) = page.customers
    assert [str(identity) for identity in ann.identities] == known
    assert bool(page.mistakes) == (not known)


def test_a_property_that_is_asked_for_later_is_read_of_everybody(store: Store) -> None:
    with HubspotService() as service:
        service.put("7", START, firstname="Ann", plan="gold")
        service.put("8", START + 3600, firstname="Ben", plan="free")
        clock = Clock()
        turn(reader(service, store, clock), clock)
        turn(reader(service, store, clock, fields=["plan"]), clock, hours=1)
        with store.read() as tx:
            assert [one.fields for one in all_customers(tx)] == [{"plan": "gold"}, {"plan": "free"}]
            cursor = states.list_states(tx)[0].cursor
        reader(service, store, clock, fields=["plan"])
        with store.read() as tx:
            assert states.list_states(tx)[0].cursor == cursor, "nothing is read again for a start alone"


def test_who_was_deleted_at_the_service_goes_here_too(store: Store) -> None:
    for service_class, gone in ((ZendeskService, {"active": False}), (SalesforceService, {"IsDeleted": True})):
        with service_class() as service:
            fill(service, 3)
            clock = Clock()
            made = reader(service, store, clock)
            turn(made, clock)
            service.put("1001", NOW.timestamp(), **gone)
            turn(made, clock, hours=1)
            assert known(store) == {"1000", "1002"}


def test_a_session_that_ended_is_opened_again_by_the_next_try() -> None:
    with SalesforceService() as service:
        fill(service, 2)
        directory = settings(service).open()
        asyncio.run(directory.fetch("", NOW))
        service.fail(401, times=1)
        with pytest.raises(SourceUnavailable):
            asyncio.run(directory.fetch("", NOW))
        assert len(asyncio.run(directory.fetch("", NOW)).customers) == 2
        for body, error in (("REQUEST_LIMIT_EXCEEDED", SourceBusy), ("INSUFFICIENT_ACCESS", SourceRefused)):
            service.fail(403, times=1, body=body)
            with pytest.raises(error):
                asyncio.run(directory.fetch("", NOW))


def test_a_property_cannot_smuggle_anything_into_a_question() -> None:
    for odd in ("Name FROM User", "x'", "a,b", "a.b.c", ""):
        with pytest.raises(ValueError, match="fields"):
            settings_class("salesforce").model_validate(
                {"kind": "salesforce", "base_url": "https://x.example", "client_id": "a", "client_secret": "b",
                 "fields": [odd]}
            )  # fmt: skip
    for wrong in ({"handles": {"reddit": "x"}}, {"columns": {"id": "x"}}, {"columns": {"odd": "x"}}):
        with pytest.raises(ValueError, match=r"must be one of|terms"):
            settings_class("hubspot").model_validate({"kind": "hubspot", "token": "x", **wrong})


def test_a_directory_that_is_no_longer_configured_is_forgotten(store: Store) -> None:
    with HubspotService() as service:
        fill(service, 2)
        clock = Clock()
        turn(reader(service, store, clock), clock)
        assert len(known(store)) == 2
        DirectoryReader([], store=store, health=Health([]), clock=clock, jitter=Random(1)).start()
        assert known(store) == set()


def test_how_each_directory_fares_is_shown_by_the_documented_keys(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[brands]]\nname = "Acme"\nquery = "acme"\n')
    with Store.open(f"sqlite:///{tmp_path / 'listener.db'}").write() as tx:
        states.sync_directories(tx, ["crm"], NOW)
        (state,) = states.list_states(tx)
        states.fail(tx, state, "HubSpot said \x1b[31mno", True, NOW, NOW)
    options = ["--config", str(tmp_path / "config.toml")]
    shown = CliRunner().invoke(command, ["customers", "directories", *options])
    assert shown.exit_code == 1 and "refused" in shown.output and "\x1b" not in shown.output
    (row,) = json.loads(CliRunner().invoke(command, ["customers", "directories", "--json", *options]).stdout)
    page = (Path(__file__).resolve().parents[2] / "docs" / "json.md").read_text("utf-8")
    section = page.split("\n## directory\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.M)
    assert set(row) == {key for cell in cells for key in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("kind", kinds())
def test_every_key_of_every_kind_of_directory_is_documented(kind: str) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "customers.md").read_text("utf-8")
    assert f'`kind = "{kind}"`' in page
    own = set(keys_of(settings_class(kind))) - {"kind"}
    assert {key for key in own if f"`{key}`" not in page} == set()


RECORDINGS = os.environ.get("LISTENER_RECORDINGS")


@pytest.mark.skipif(not RECORDINGS, reason="LISTENER_RECORDINGS names no folder of recorded answers")
def test_recorded_users_of_zendesk_become_customers() -> None:
    users = list(_recorded_users())
    with ZendeskService() as service:
        service.fail(200, body=json.dumps({"users": users, "after_cursor": "x", "end_of_stream": True}))
        page = asyncio.run(settings(service).open().fetch("", NOW))
    told = {f"zendesk:{user['id']}" for user in users}
    assert told and {*page.gone, *(customer.id for customer in page.customers)} == told
    assert all(customer.name for customer in page.customers)


def _recorded_users() -> Iterator[dict[str, Any]]:
    from recorded_files import exchanges

    for path in sorted((Path(str(RECORDINGS)) / "helpdesk-zendesk").glob("*.json")):
        for _, body in exchanges(path):
            try:
                told = json.loads(body)
            except ValueError:
                continue
            if isinstance(told, dict) and isinstance(told.get("user"), dict):
                yield told["user"]
