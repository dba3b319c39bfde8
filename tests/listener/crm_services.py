"""HubSpot, Salesforce and Zendesk on this machine, as their documentation has them answer."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply

Contact = dict[str, Any]
DENIED = json_reply({"message": "credentials"}, 401)


class CrmService(LoopbackServer):
    """A list of contacts, each with its `id`, its time of change `at` in seconds, and what else it tells."""

    kind = ""

    def __init__(self) -> None:
        super().__init__(self._answer_or_break, lambda: datetime.now(UTC))
        self.breaks_every = 0  # questions; 0: never
        self._asked = 0
        self.contacts: dict[str, Contact] = {}
        self.questions: list[Any] = []

    def put(self, number: str, at: float, **told: Any) -> None:
        self.contacts[number] = {"id": number, "at": at, **told}

    def _changed(self, since: float = 0) -> list[Contact]:
        return sorted(
            (one for one in self.contacts.values() if one["at"] >= since), key=lambda one: (one["at"], one["id"])
        )

    def _answer_or_break(self, request: Request) -> Reply:
        self._asked += 1
        if self.breaks_every and self._asked % self.breaks_every == 0:
            return json_reply({"message": "broken"}, 500)
        return self._replies(request)

    def _replies(self, request: Request) -> Reply:
        raise NotImplementedError


class HubspotService(CrmService):
    kind = "hubspot"

    def _replies(self, request: Request) -> Reply:
        if request.headers.get("authorization") != "Bearer decoy-token":
            return DENIED
        asked = json.loads(request.body)
        self.questions.append(asked)
        (filters,) = asked["filterGroups"][0]["filters"]
        assert (filters["propertyName"], filters["operator"]) == ("lastmodifieddate", "GTE")
        found = self._changed(int(filters["value"]) / 1000)
        start = int(asked.get("after", 0))
        if start + asked["limit"] > 10_000:
            return json_reply({"message": "paging past 10,000"}, 400)
        shown, more = found[start : start + asked["limit"]], len(found) > start + asked["limit"]
        results = [{"id": one["id"], "properties": {**one, "lastmodifieddate": _iso(one["at"])}} for one in shown]
        paging = {"paging": {"next": {"after": str(start + asked["limit"])}}} if more else {}
        return json_reply({"total": len(found), "results": results, **paging})


class SalesforceService(CrmService):
    kind = "salesforce"

    def _replies(self, request: Request) -> Reply:
        if request.path == "/services/oauth2/token":
            told = parse_qs(request.body.decode())
            right = (told["client_id"], told["client_secret"]) == (["app"], ["decoy-secret"])
            return json_reply({"access_token": "session-1"}) if right else json_reply({"error": "invalid_client"}, 400)
        if request.headers.get("authorization") != "Bearer session-1":
            return DENIED
        question = request.one("q")
        self.questions.append(question)
        since = re.search(r"WHERE SystemModstamp >=? (\S+)(?: OR \(SystemModstamp = \S+ AND Id > '(\w+)'\))?", question)
        found = self._changed()
        if since is not None:
            behind = datetime.fromisoformat(since[1]).timestamp(), since[2] or ""
            found = [one for one in found if (one["at"], one["id"]) > behind]
        records = [
            {**one, "Id": one["id"], "SystemModstamp": _iso(one["at"])} for one in found[: int(question.split()[-1])]
        ]
        return json_reply({"totalSize": len(records), "done": True, "records": records})


class ZendeskService(CrmService):
    kind = "zendesk"

    def _replies(self, request: Request) -> Reply:
        login = base64.b64encode(b"agent@example.org/token:decoy-token").decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return DENIED
        self.questions.append(request.query)
        since, _, after = (request.one("cursor") or "0|").partition("|")
        size = min(int(request.one("per_page")), 100)
        found = [one for one in self._changed() if (one["at"], one["id"]) > (float(since), after)]
        shown = found[:size]
        users = [{"role": "end-user", "active": True, **one, "id": int(one["id"])} for one in shown]
        last = f"{shown[-1]['at']}|{shown[-1]['id']}" if shown else f"{since}|{after}"
        return json_reply({"users": users, "after_cursor": last, "end_of_stream": len(shown) == len(found)})


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{round(at % 1 * 1000):03d}Z"
