"""Signs in to a Salesforce organisation by the client credentials flow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from sources.contract import SourceRefused, SourceUnavailable
from sources.http import HttpDoor
from sources.loose_json import text_of


async def sign_in(door: HttpDoor, url: str, client_id: str, client_secret: str) -> str:
    """Gives a session's token. Raises SourceRefused where the credentials are not taken, and what the door raises."""
    login = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    answer = await door.post(
        f"{url}/services/oauth2/token",
        content=urlencode(login).encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
        accept=(200, 400, 401),
    )
    if answer.status != 200:
        raise SourceRefused(f"Salesforce does not take the app's credentials ({answer.status})", "credentials")
    told: Any = answer.json()
    session = text_of(told, "access_token") if isinstance(told, Mapping) else ""
    if not session or any(ord(letter) < 33 or ord(letter) > 126 for letter in session):
        raise SourceUnavailable("Salesforce signed us in without a session")
    return session
