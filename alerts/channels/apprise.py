"""Tells people through any service that the Apprise library reaches; an extra, `listener[apprise]`.

Source: appriseit.com for the addresses, and the library's own docstrings (Apprise.notify, AppriseAsset). The one door
of that library. It makes its own connections, so the guard against private networks cannot see them.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, SecretStr, model_validator

from alerts.contract import DeliveryFailed, Limits, Message, Rate, Receipt
from alerts.escape import one_line, slack_plain, unpinged
from alerts.excerpt import cut
from alerts.settings import ChannelSettings

if TYPE_CHECKING:
    from apprise import AppriseAsset, AppriseResult, NotifyBase

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]{1,40}://\S+")
_STATUS = re.compile(r"\berror=(\d{3})\b")  # as the services of the library tell of an answer
_OF_THE_CHANNEL = (401, 402, 403, 404, 405, 407, 410)
_SHORT = 1_000  # a service that takes less, such as SMS, gets a short title
_MOST_TEXT = 20_000
MISSING = "the library 'apprise' is not installed: pip install 'listener[apprise]'"


def _address(value: SecretStr) -> SecretStr:
    if not _ADDRESS.fullmatch(value.get_secret_value().strip()):
        raise ValueError("must be an address as Apprise has it, such as ntfy://topic: see appriseit.com")
    return value


class AppriseSettings(ChannelSettings):
    """Which service tells: one address of Apprise's, which is a secret."""

    kind: Literal["apprise"] = "apprise"
    url: Annotated[SecretStr, AfterValidator(_address)]
    allow_private: bool = False

    @model_validator(mode="after")
    def _unguarded(self) -> Self:
        if not self.allow_private:
            raise ValueError(
                "needs allow_private = true: Apprise makes its own connections, which nothing here keeps from "
                "reaching into private networks"
            )
        return self

    def warnings(self) -> Sequence[str]:
        """Says that the library is not installed."""
        return () if find_spec("apprise") is not None else (MISSING,)

    def open(self) -> AppriseChannel:
        """Gives the channel; the library is loaded when it is first needed."""
        return AppriseChannel(self)


class AppriseChannel:
    """One address. Apprise names no message that it told, so nothing can be edited."""

    kind = "apprise"
    can_edit = False

    def __init__(self, settings: AppriseSettings) -> None:
        self.name = settings.name
        self._url = settings.url
        self._timeout = settings.timeout.total_seconds()
        self._who = f"Apprise ({settings.name})"
        self._telling: asyncio.Task[AppriseResult] | None = None

    @functools.cached_property
    def limits(self) -> Limits:
        """What the service behind the address takes, as Apprise has it."""
        service = self._service
        if service is None:
            return Limits(title=150, text=_SHORT)
        most, titled = int(service.body_maxlen), int(service.title_maxlen)
        title = 150 if most >= _SHORT else 60
        if titled:
            title = max(40, min(title, titled))
        text = max(60, min(_MOST_TEXT, most - (0 if titled else title + 2)))
        seconds = max(1.0, float(service.request_rate_per_sec))  # despite its name: seconds between two requests
        return Limits(title=title, text=text, rate=Rate(messages=1, window=timedelta(seconds=seconds)))

    async def send(self, message: Message) -> Receipt:
        """Tells once, in a thread of its own. Raises only DeliveryFailed.

        Apprise does not say how far a try that failed has come: it may always have been told.
        """
        if find_spec("apprise") is None:
            raise DeliveryFailed(f"{self._who} cannot tell anybody: {MISSING}", disables=True)
        service = self._service
        if service is None:
            raise DeliveryFailed(f"{self._who} does not know such an address: check url", disables=True)
        if self._telling is not None and not self._telling.done():
            raise DeliveryFailed(f"{self._who} is still busy with an earlier message")
        title = _harmless(cut(one_line(message.title), self.limits.title))
        body = _harmless(cut(message.text, self.limits.text))
        self._telling = asyncio.create_task(asyncio.to_thread(self._tell, service, title, body))
        done, _ = await asyncio.wait([self._telling], timeout=self._timeout)
        if not done:
            self._telling.add_done_callback(_forget)
            raise DeliveryFailed(f"{self._who} did not answer within {self._timeout:g} s", ambiguous=True)
        self._check(self._telling.result())
        return Receipt(detail="Apprise took it")

    async def close(self) -> None:
        """Frees nothing: a try that is under way ends by the library's own time limits. Safe to call twice."""

    @functools.cached_property
    def _service(self) -> NotifyBase | None:
        if find_spec("apprise") is None:
            return None
        _keep_addresses_out_of_the_log()
        from apprise import Apprise

        return Apprise.instantiate(self._url.get_secret_value().strip(), asset=_asset())

    def _tell(self, service: NotifyBase, title: str, body: str) -> AppriseResult:
        from apprise import Apprise

        teller = Apprise(asset=_asset())
        teller.add(service)
        return teller.notify(body=body or "\u2013", title=title, body_format="text", timeout=self._timeout)

    def _check(self, result: AppriseResult) -> None:
        if result:
            return
        found = [_STATUS.search(entry.message) for entry in result.logs()]
        status = next((int(one[1]) for one in found if one), 0)
        told = f" ({status})" if status else ""
        if status == 429:
            raise DeliveryFailed(f"{self._who} is asked for patience{told}")
        if 300 <= status < 500:
            raise DeliveryFailed(
                f"{self._who} was refused by the service{told}: check url",
                permanent=True,
                disables=status < 400 or status in _OF_THE_CHANNEL,
            )
        raise DeliveryFailed(f"{self._who} could not tell it{told}", ambiguous=True)


def _harmless(text: str) -> str:
    """Apprise finds @names and <!groups> for some services in what it is given, and pings them."""
    return slack_plain(unpinged(text))


def _asset() -> AppriseAsset:
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="listener",
        app_desc="listener",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        http_redirects=False,
        interpret_escapes=False,
        allow_templates=False,
        storage_mode="memory",
    )


def _forget(task: asyncio.Task[AppriseResult]) -> None:
    """Takes note of how a try ended that nobody waits for any more."""
    if not task.cancelled():
        task.exception()


@functools.cache
def _keep_addresses_out_of_the_log() -> None:
    """The library logs addresses, and those are passwords; what it connects by does so when all is logged."""
    logging.getLogger("apprise").propagate = False
    logging.getLogger("urllib3.connectionpool").addFilter(lambda record: record.levelno > logging.DEBUG)
