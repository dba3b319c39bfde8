"""The help desks on this machine, as their documentation has them answer."""

from __future__ import annotations

import base64
import json
import re
import threading
from datetime import UTC, datetime
from typing import Any

from listener.demo.loopback import LoopbackServer, Reply, Request, json_reply
from sources.webhook_signature import check_signature

TOKEN = "decoy-token"
SECRET = "5f0c1e9a7b3d482c6e8f9a0b1c2d3e4f"
TEAM = "11111111-2222-4333-8444-555555555555"
NOW = "2026-11-22T08:00:00Z"


class DeskService(LoopbackServer):
    """Keeps tickets. `loses`: how many of the next changes are kept and answered with a failure all the same.

    `blind`: whether questions find nothing that is new, as a search index that is behind.
    """

    settings: dict[str, Any] = {}

    def __init__(self) -> None:
        super().__init__(self._reply, lambda: datetime.now(UTC))
        self.tickets: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.loses = 0
        self.blind = False
        self.changes = 0
        self.hangs = threading.Event()
        self.let_go = threading.Event()

    def close(self) -> None:
        self.let_go.set()
        super().close()

    def all_text(self) -> str:
        return json.dumps([*self.tickets, *self.notes], ensure_ascii=False)

    def close_ticket(self, number: int) -> None:
        raise NotImplementedError

    def forget(self, number: int) -> None:
        del self.tickets[number]

    def _reply(self, request: Request) -> Reply:
        if not self.allowed(request):
            return json_reply({"error": "Unauthorized"}, 401)
        if self.hangs.is_set():
            self.let_go.wait(5)
        return self.reply(request)

    def allowed(self, request: Request) -> bool:
        return request.headers.get("authorization", "").endswith(TOKEN)

    def reply(self, request: Request) -> Reply:
        raise NotImplementedError

    def kept(self, where: list[dict[str, Any]], row: dict[str, Any], reply: Reply) -> Reply:
        self.changes += 1
        where.append(row)
        if self.loses:
            self.loses -= 1
            return json_reply({"message": "internal"}, 502)
        return reply

    def row(self, **values: Any) -> dict[str, Any] | None:
        return next(
            (one for one in self.tickets if all(one.get(name) == value for name, value in values.items())), None
        )


class ZendeskDesk(DeskService):
    settings = {"email": "agent@example.org", "token": TOKEN}

    def allowed(self, request: Request) -> bool:
        login = base64.b64encode(b"agent@example.org/token:decoy-token").decode()
        return request.headers.get("authorization") == f"Basic {login}"

    def close_ticket(self, number: int) -> None:
        self.tickets[number]["status"] = "solved"

    def reply(self, request: Request) -> Reply:
        if request.path == "/api/v2/tickets.json" and request.method == "GET":
            found = [one for one in self.tickets if one["external_id"] == request.one("external_id")]
            return json_reply({"tickets": found[::-1]})
        if request.path == "/api/v2/tickets.json":
            told = json.loads(request.body)["ticket"]
            assert told["comment"]["public"] is False
            assert told["priority"] in ("urgent", "high", "normal", "low")
            assert request.headers["idempotency-key"] == told["external_id"]
            row = {"id": 40 + len(self.tickets), "status": "new", **told}
            return self.kept(self.tickets, row, json_reply({"ticket": row}, 201))
        if request.path == "/api/v2/tickets/show_many.json":
            asked = request.one("ids").split(",")
            return json_reply({"tickets": [one for one in self.tickets if str(one["id"]) in asked]})
        found = re.fullmatch(r"/api/v2/tickets/(\d+)(/comments)?\.json", request.path)
        ticket = self.row(id=int(found[1])) if found else None
        if found is None or ticket is None:
            return json_reply({"error": "RecordNotFound"}, 404)
        if found[2]:
            its = [one for one in self.notes if one["ticket"] == ticket["id"]]
            return json_reply({"comments": its[::-1], "meta": {"has_more": False}})
        if ticket["status"] == "closed":
            return json_reply({"error": "RecordInvalid", "details": {"status": [{"description": "is closed"}]}}, 422)
        comment = json.loads(request.body)["ticket"]["comment"]
        assert (request.method, comment["public"]) == ("PUT", False)
        return self.kept(self.notes, {"ticket": ticket["id"], **comment}, json_reply({"ticket": ticket}))


class JiraDesk(DeskService):
    settings = {"email": "agent@example.org", "token": TOKEN, "project": "SUP"}

    def allowed(self, request: Request) -> bool:
        login = base64.b64encode(b"agent@example.org:decoy-token").decode()
        return request.headers.get("authorization") == f"Basic {login}"

    def close_ticket(self, number: int) -> None:
        self.tickets[number]["fields"]["status"] = {"name": "Done", "statusCategory": {"key": "done"}}

    def reply(self, request: Request) -> Reply:
        told = json.loads(request.body) if request.body else {}
        if request.path == "/rest/api/3/search/jql":
            asked = re.fullmatch(r'labels = "(\w+)" ORDER BY created ASC', told["jql"])
            assert asked is not None
            found = [] if self.blind else [one for one in self.tickets if asked[1] in one["fields"]["labels"]]
            return json_reply({"issues": found})
        if request.path == "/rest/api/3/issue":
            fields = told["fields"]
            if len(fields["summary"]) > 255 or "\n" in fields["summary"]:
                return json_reply({"errors": {"summary": "too long"}}, 400)
            if (
                len(json.dumps(fields["description"], ensure_ascii=False)) > 60_000
                or fields["description"]["type"] != "doc"
            ):
                return json_reply({"errors": {"description": "too long"}}, 400)
            number = 10_000 + len(self.tickets)
            row = {"id": str(number), "key": f"SUP-{number - 9_999}", "fields": fields}
            answer = {"id": row["id"], "key": row["key"], "self": f"{self.url}/rest/api/3/issue/{number}"}
            return self.kept(self.tickets, row, json_reply(answer, 201))
        if request.path == "/rest/api/3/issue/bulkfetch":
            found = [one for one in self.tickets if one["id"] in told["issueIdsOrKeys"]]
            return json_reply({"issues": found, "issueErrors": []})
        place = re.fullmatch(r"/rest/api/3/issue/(\w+)/comment", request.path)
        if place is None or self.row(id=place[1]) is None:
            return json_reply({"errorMessages": ["Issue does not exist"]}, 404)
        if request.method == "GET":
            return json_reply({"comments": [one for one in self.notes if one["issue"] == place[1]]})
        return self.kept(self.notes, {"issue": place[1], **told}, json_reply({"id": "1"}, 201))


class GithubDesk(DeskService):
    settings = {"token": TOKEN, "repository": "acme/support"}

    def close_ticket(self, number: int) -> None:
        self.tickets[number] |= {"state": "closed", "state_reason": "completed"}

    def reply(self, request: Request) -> Reply:
        told = json.loads(request.body) if request.body else {}
        base = "/repos/acme/support/issues"
        if request.path == "/search/issues":
            word = request.one("q").split()[0]
            return json_reply({"items": [] if self.blind else [one for one in self.tickets if word in one["body"]]})
        if request.path == base and request.method == "GET":
            datetime.fromisoformat(request.one("since"))
            return json_reply(self.tickets[::-1])
        if request.path == base:
            if len(told["title"]) > 256 or len(told["body"]) > 65_536:
                return json_reply({"message": "Validation Failed"}, 422)
            number = len(self.tickets) + 1
            url = f"https://github.com/acme/support/issues/{number}"
            row = {"number": number, "state": "open", "html_url": url, "created_at": NOW, **told}
            return self.kept(self.tickets, row, json_reply(row, 201))
        place = re.fullmatch(rf"{base}/(\d+)(/comments)?", request.path)
        issue = self.row(number=int(place[1])) if place else None
        if place is None or issue is None:
            return json_reply({"message": "Not Found"}, 404)
        if not place[2]:
            return json_reply(issue)
        if request.method == "GET":
            return json_reply([one for one in self.notes if one["issue"] == issue["number"]])
        return self.kept(self.notes, {"issue": issue["number"], **told}, json_reply({"id": 1}, 201))


class LinearDesk(DeskService):
    settings = {"token": TOKEN, "team": TEAM}

    def close_ticket(self, number: int) -> None:
        self.tickets[number]["state"] = {"name": "Done", "type": "completed"}

    def allowed(self, request: Request) -> bool:
        return request.headers.get("authorization") == TOKEN

    def reply(self, request: Request) -> Reply:
        assert request.path == "/graphql"
        told = json.loads(request.body)
        query, given = told["query"], told["variables"]
        if "issues(" in query:
            nodes = [one for one in self.tickets if one["id"] in given["ids"]]
            return json_reply({"data": {"issues": {"nodes": nodes}}})
        if "comments(" in query:
            nodes = [{"id": one["id"]} for one in self.notes if one["id"] == given["id"]]
            return json_reply({"data": {"comments": {"nodes": nodes}}})
        put = given["input"]
        if any(one["id"] == put["id"] for one in [*self.tickets, *self.notes]):
            return json_reply(
                {"errors": [{"message": "conflict on insert", "extensions": {"code": "INPUT_ERROR"}}]}, 400
            )
        if "issueCreate" in query:
            assert (put["teamId"], 1 <= put["priority"] <= 4) == (TEAM, True)
            number = len(self.tickets) + 1
            state = {"name": "Triage", "type": "triage"}
            url = f"https://linear.app/acme/issue/SUP-{number}"
            row = {**put, "identifier": f"SUP-{number}", "url": url, "trashed": None, "state": state}
            answer = {"data": {"issueCreate": {"success": True, "issue": row}}}
            return self.kept(self.tickets, row, json_reply(answer))
        if self.row(id=put["issueId"]) is None:
            error = {"message": "Entity not found: Issue", "extensions": {"code": "INPUT_ERROR"}}
            return json_reply({"data": None, "errors": [error]})
        return self.kept(self.notes, put, json_reply({"data": {"commentCreate": {"success": True}}}))


class ZammadDesk(DeskService):
    settings = {"token": TOKEN, "group": "Support", "customer": "listener@example.org"}

    def close_ticket(self, number: int) -> None:
        self.tickets[number]["state"] = "closed"

    def reply(self, request: Request) -> Reply:
        told = json.loads(request.body) if request.body else {}
        if request.path == "/api/v1/tickets/search":
            assert request.one("condition[ticket.tags][operator]") == "contains all"
            word = request.one("condition[ticket.tags][value]")
            return json_reply([one for one in self.tickets if word in one["tags"].split(",")])
        if request.path == "/api/v1/tickets":
            assert told["customer_id"].startswith("guess:")
            assert (told["article"]["internal"], told["article"]["content_type"]) == (True, "text/plain")
            number = len(self.tickets) + 1
            row = {"id": number, "number": f"3300{number}", "state": "new", **told}
            return self.kept(self.tickets, row, json_reply(row, 201))
        if request.path == "/api/v1/ticket_articles":
            if self.row(id=told["ticket_id"]) is None:
                return json_reply({"error": "No such ticket"}, 404)
            return self.kept(self.notes, told, json_reply({"id": 1}, 201))
        listed = re.fullmatch(r"/api/v1/ticket_articles/by_ticket/(\d+)", request.path)
        shown = re.fullmatch(r"/api/v1/tickets/(\d+)", request.path)
        number = int((listed or shown)[1])  # type: ignore[index]
        if self.row(id=number) is None:
            return json_reply({"error": "No such ticket"}, 404)
        if listed:
            return json_reply([one for one in self.notes if one["ticket_id"] == number])
        return json_reply(self.row(id=number))


class RequestTrackerDesk(DeskService):
    """As RT 5.0.3 was seen to answer."""

    settings = {"token": TOKEN, "queue": "General"}

    def close_ticket(self, number: int) -> None:
        self.tickets[number]["Status"] = "resolved"

    def reply(self, request: Request) -> Reply:
        told = json.loads(request.body) if request.body else {}
        if request.path == "/REST/2.0/tickets":
            word = re.fullmatch(r"Subject LIKE '(\w+)'", request.one("query"))
            ids = re.findall(r"id = (\d+)", request.one("query"))
            found = [
                one for one in self.tickets if (word is not None and word[1] in one["Subject"]) or one["id"] in ids
            ]
            return json_reply({"items": found, "count": len(found), "total": len(found), "page": 1, "pages": 1})
        if request.path == "/REST/2.0/ticket":
            if told["Queue"] != "General":
                return json_reply({"message": "No permission to create tickets in the queue"}, 403)
            number = str(len(self.tickets) + 1)
            row = {"id": number, "type": "ticket", "Status": "new", **told}
            answer = {"type": "ticket", "id": number, "_url": f"{self.url}/REST/2.0/ticket/{number}"}
            return self.kept(self.tickets, row, json_reply(answer, 201))
        place = re.fullmatch(r"/REST/2.0/ticket/(\d+)/(comment|history)", request.path)
        assert place is not None
        if place[2] == "history":
            if self.row(id=place[1]) is None:
                return json_reply({"message": "Not Found"}, 404)
            its = [one for one in self.notes if one["ticket"] == place[1]]
            items = [
                {"Type": "Create", "Data": ""},
                *({"Type": "Comment", "Data": one["Subject"] + "\n"} for one in its),
            ]
            return json_reply({"items": items, "pages": 1})
        if self.row(id=place[1]) is None:
            return json_reply({"message": "Message could not be recorded"}, 400)
        return self.kept(self.notes, {"ticket": place[1], **told}, json_reply(["Comments added"], 201))


class WebhookDesk(DeskService):
    """A receiver that knows a repeat by its key, as the documentation asks of it."""

    settings = {"secret": SECRET, "answers": True}

    def __init__(self) -> None:
        super().__init__()
        self.known: dict[str, Reply] = {}

    def close_ticket(self, number: int) -> None:
        self.tickets[number]["status"] = "closed"

    def allowed(self, request: Request) -> bool:
        check_signature(SECRET, request.headers, request.body, datetime.now(UTC))
        return True

    def reply(self, request: Request) -> Reply:
        told = json.loads(request.body)
        key = request.headers["idempotency-key"]
        if told["event"] == "ticket.find":
            return json_reply({"tickets": [one for one in self.tickets if one["key"] == told["key"]]})
        if told["event"] == "ticket.status":
            return json_reply(
                {"statuses": {one["id"]: one["status"] for one in self.tickets if one["id"] in told["ids"]}}
            )
        if key in self.known:
            return self.known[key]
        if told["event"] == "ticket.open":
            number = len(self.tickets) + 1
            row = {**told, "id": f"T{number}", "status": "open", "url": f"https://desk.example/T{number}"}
            self.known[key] = json_reply({"id": row["id"], "url": row["url"], "status": "open"}, 201)
            return self.kept(self.tickets, row, self.known[key])
        assert told["event"] == "ticket.append"
        if self.row(id=told["id"]) is None:
            return json_reply({"error": "no such ticket"}, 404)
        self.known[key] = Reply(status=204)
        return self.kept(self.notes, told, self.known[key])


SERVICES: dict[str, type[DeskService]] = {
    "github": GithubDesk,
    "jira": JiraDesk,
    "linear": LinearDesk,
    "request-tracker": RequestTrackerDesk,
    "webhook": WebhookDesk,
    "zammad": ZammadDesk,
    "zendesk": ZendeskDesk,
}


def told_of(service: DeskService, kind: str, **more: Any) -> dict[str, Any]:
    """The settings of a desk that leads to a service."""
    where = "url" if kind == "webhook" else "base_url"
    return {"kind": kind, "name": "desk", where: service.url, "allow_private": True, **service.settings, **more}
