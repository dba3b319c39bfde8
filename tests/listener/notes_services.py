"""HubSpot, Salesforce and Zendesk on this machine, with the notes that they keep on contacts."""

from __future__ import annotations

import json
import re
from typing import Any

from crm_services import DENIED, CrmService, HubspotService, SalesforceService, ZendeskService

from listener.demo.loopback import Reply, Request, json_reply

Note = dict[str, Any]


class _Notes(CrmService):
    """Keeps `written`; `loses`: how many of the next notes are kept and answered with a failure all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[Note] = []
        self.looked = 0
        self.loses = 0

    def text(self, number: int = 0) -> str:
        """All that a note says, as it was sent."""
        return "\n".join(str(value) for value in self.written[number].values())

    def _keep(self, note: Note, reply: Reply) -> Reply:
        self.written.append(note)
        if self.loses:
            self.loses -= 1
            return json_reply({"message": "internal"}, 502)
        return reply


class HubspotWithNotes(_Notes, HubspotService):
    def _replies(self, request: Request) -> Reply:
        if not request.path.startswith("/crm/v3/objects/notes"):
            return super()._replies(request)
        if request.headers.get("authorization") != "Bearer decoy-token":
            return DENIED
        told = json.loads(request.body)
        if request.path.endswith("/search"):
            self.looked += 1
            contact, marker = (one["value"] for one in told["filterGroups"][0]["filters"])
            found = [
                one for one in self.written if one["contact"] == contact and marker in re.split(r"\W", one["body"])
            ]
            return json_reply({"results": [{"id": one["id"]} for one in found]})
        (association,) = told["associations"]
        assert association["types"] == [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 202}]
        body = told["properties"]["hs_note_body"]
        if len(body) > 65_536:
            return json_reply({"category": "VALIDATION_ERROR"}, 400)
        note = {"id": str(len(self.written) + 1), "contact": association["to"]["id"], "body": body}
        return self._keep(note, json_reply({"id": note["id"]}, 201))


class SalesforceWithNotes(_Notes, SalesforceService):
    def _replies(self, request: Request) -> Reply:
        if request.path.endswith("/query"):
            self.looked += 1
            asked = re.fullmatch(
                r"SELECT Id FROM Task WHERE WhoId = '(\w+)' AND Subject LIKE '%(\w+)%' LIMIT 1", request.one("q")
            )
            assert asked is not None
            found = [one for one in self.written if one["WhoId"] == asked[1] and asked[2] in one["Subject"]]
            return json_reply({"records": [{"Id": one["Id"]} for one in found]})
        if not request.path.endswith("/sobjects/Task"):
            return super()._replies(request)
        if request.headers.get("authorization") != "Bearer session-1":
            return json_reply([{"errorCode": "INVALID_SESSION_ID"}], 401)
        told = json.loads(request.body)
        if len(told["Subject"]) > 255 or len(told["Description"]) > 32_000:
            return json_reply([{"errorCode": "STRING_TOO_LONG"}], 400)
        assert told["Status"] == "Completed"
        note = {"Id": f"00T{len(self.written) + 1}", **told}
        return self._keep(note, json_reply({"id": note["Id"], "success": True, "errors": []}, 201))


class ZendeskWithNotes(_Notes, ZendeskService):
    def _replies(self, request: Request) -> Reply:
        place = re.fullmatch(r"/api/v2/users/(\d+)/events", request.path)
        if place is None:
            return super()._replies(request)
        if not request.headers.get("authorization", "").startswith("Basic "):
            return DENIED
        if request.method == "GET":
            self.looked += 1
            assert (request.one("filter[source]"), request.one("filter[type]")) == ("listener", "mention")
            found = [one for one in self.written if one["user"] == place[1]]
            return json_reply({"events": [{"id": "e1", **one["event"]} for one in found]})
        told = json.loads(request.body)
        assert told["profile"]["identifiers"] == [{"type": "external_id", "value": place[1]}]
        return self._keep({"user": place[1], "event": told["event"]}, Reply(status=202))
