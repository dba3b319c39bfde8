"""What every kind of channel keeps, whichever it is."""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from alerts.contract import AlertChannel, DeliveryFailed, EditingChannel, Limits
from alerts.registry import kinds, settings_class
from alerts.rendering.render import render_test
from alerts.settings import ChannelSettings

SECRET = "s3cr3t-value"
KEY = "whsec_" + base64.b64encode(SECRET.encode() * 2).decode()

SETTINGS: dict[str, dict[str, Any]] = {
    "email": {"host": "127.0.0.1", "tls": "none", "from": "l@example.org", "to": ["a@example.org"]}
    | {"username": "u", "password": SECRET},
    "slack": {"webhook_url": "http://127.0.0.1:{port}/" + SECRET, "allow_private": True},
    "discord": {"webhook_url": "http://127.0.0.1:{port}/api/webhooks/1/" + SECRET, "allow_private": True},
    "telegram": {"bot_token": "1:" + SECRET, "chat": "7", "base_url": "http://127.0.0.1:{port}", "allow_private": True},
    "teams": {"webhook_url": "http://127.0.0.1:{port}/?sig=" + SECRET, "allow_private": True},
    "webhook": {"url": "http://127.0.0.1:{port}/" + SECRET, "secrets": [KEY], "allow_private": True},
    "apprise": {"url": "json://u:" + SECRET + "@127.0.0.1:{port}/x", "allow_private": True},
}
"""One line for each kind: settings that lead to a port where nobody answers."""


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


@pytest.fixture(params=kinds())
def settings(request: pytest.FixtureRequest, closed_port: int) -> Iterator[ChannelSettings]:
    if request.param == "apprise" and not importlib.util.find_spec("apprise"):
        pytest.skip("the extra apprise is not installed")
    values = {
        key: value.format(port=closed_port) if isinstance(value, str) else value
        for key, value in SETTINGS[request.param].items()
    }
    if request.param == "email":
        values["port"] = closed_port
    yield settings_class(request.param)(name="one", kind=request.param, timeout=timedelta(seconds=2), **values)


def test_settings_open_a_channel_that_keeps_the_contract(settings):
    channel = settings.open()
    assert isinstance(channel, AlertChannel)
    assert (channel.name, channel.kind) == ("one", settings.kind)
    assert isinstance(channel.limits, Limits)
    assert channel.limits.title >= 40
    assert channel.limits.text >= 60
    assert channel.limits.rate is None or channel.limits.rate.messages > 0
    assert isinstance(channel, EditingChannel) or not channel.can_edit


def test_a_receiver_that_is_away_is_a_failure_to_try_again(settings):
    async def once() -> None:
        channel = settings.open()
        try:
            with pytest.raises(DeliveryFailed) as caught:
                await channel.send(render_test("k", "one"))
        finally:
            await channel.close()
            await channel.close()
        assert not caught.value.permanent
        assert caught.value.ambiguous == (settings.kind == "apprise")  # which does not say how far it came
        assert SECRET not in str(caught.value)

    asyncio.run(once())


def test_settings_show_no_secret_and_take_no_unknown_key(settings):
    assert SECRET not in repr(settings)
    assert KEY not in repr(settings)
    with pytest.raises(ValueError, match="extra_forbidden"):
        type(settings)(**settings.model_dump(by_alias=True), speling="wrong")


def test_an_unknown_kind_is_a_key_error():
    with pytest.raises(KeyError):
        settings_class("carrier-pigeon")
