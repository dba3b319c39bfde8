"""Discussions of GitHub, which only its GraphQL interface shows, and only to people with a token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from sources.allowance import wait_if_nearly_used_up
from sources.contract import Change, Page, SourceRefused, SourceUnavailable
from sources.github_post import post_of_discussion, span_of_change
from sources.github_refusals import is_impatient, patience, refuse
from sources.http import Answer, HttpDoor
from sources.loose_json import ItemUnreadable, count_of, inner, items_of, text_of, unreadable_note
from sources.post import Post, PostKey
from sources.shown_items import shown_items
from sources.window_walk import Shown

DISCUSSIONS = 100
"""The most that one answer holds."""

REACHED = 1_000
"""The most of one search that can be reached, however it is paged."""

TIMES_IN_ORDER = 10
"""That a search of discussions heeds `sort:` is not documented. So many different times fall by chance once in millions
of answers; fewer of them say nothing about the order."""

UNFINISHED = "GitHub did not finish a search of discussions and showed a part of it; narrower ones follow"

_WITHHELD = ("FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES")
_ALLOWANCE = "rateLimit { limit remaining resetAt }"
_TOLD = (
    "... on Discussion { id title body bodyText url createdAt updatedAt upvoteCount comments { totalCount } author "
    "{ login url ... on User { databaseId } ... on Bot { databaseId } ... on Organization { databaseId } } }"
)
_SEARCH = (
    f"query($q: String!, $first: Int!, $after: String) {{ {_ALLOWANCE} search(type: DISCUSSION, query: $q, "
    f"first: $first, after: $after) {{ discussionCount pageInfo {{ hasNextPage endCursor }} nodes {{ {_TOLD} }} }} }}"
)
_NODES = f"query($ids: [ID!]!) {{ {_ALLOWANCE} nodes(ids: $ids) {{ {_TOLD} }} }}"


class Found(Struct, frozen=True, kw_only=True):
    """What a search of discussions brought. `pause`: how long to make no other one."""

    shown: Shown
    notes: Sequence[str]
    pause: timedelta | None


class Discussions:
    """Asks one server for discussions (docs.github.com/graphql/reference/queries: search, nodes)."""

    def __init__(self, door: HttpDoor, base_url: str, host: str) -> None:
        self._door = door
        self._url = base_url.removesuffix("/v3") + "/graphql"  # an Enterprise Server has both under /api
        self._host = host

    async def search(self, words: str, onward: str, now: datetime) -> Found:
        """Makes one search; `onward` as the page before told it. Raises SourceError's kinds."""
        variables = {"q": words, "first": DISCUSSIONS, "after": onward or None}
        told, headers = await self._ask(_SEARCH, variables, now)
        shown, notes = read_answer(told, self._host, now, onward)
        return Found(shown=shown, notes=notes, pause=wait_if_nearly_used_up(headers, "x-ratelimit", now))

    async def look(self, keys: Sequence[PostKey], now: datetime) -> Page:
        """Looks at discussions again by their node ids: one request. Raises SourceError's kinds."""
        told, headers = await self._ask(_NODES, {"ids": [key.external_id for key in keys]}, now)
        page = what_became_of(keys, told, self._host, now)
        return replace(page, next_check=wait_if_nearly_used_up(headers, "x-ratelimit", now))

    async def _ask(self, query: str, variables: Mapping[str, Any], now: datetime) -> tuple[Any, Mapping[str, str]]:
        """Gives the answer, and its headers with what the answer itself tells of the allowance."""
        content = msgspec.json.encode({"query": query, "variables": variables})
        answer = await self._door.post(self._url, content=content, accept=(200, 403, 429))
        if answer.status != 200:
            refuse(answer, "this search of discussions", now)
        told = answer.json()
        if not isinstance(told, Mapping):
            raise SourceUnavailable("the GraphQL interface of GitHub answered something that is no answer of its")
        headers = _allowance_of(told, answer)
        if not inner(told, "data", "search") and not isinstance(inner(told, "data").get("nodes"), list):
            _refuse(told, headers, now)
        return told, headers


def read_answer(answer: Mapping[str, Any], host: str, now: datetime, onward: str = "") -> tuple[Shown, Sequence[str]]:
    """Reads an answer of `search`, and notes for the operator. Raises SourceUnavailable where it is none.

    Errors may stand beside what was found: what the token may not see is left out and told; with any other error the
    answer is a part of who knows what, and tells nothing of where the rest stands.
    """
    search = inner(answer, "data", "search")
    nodes = search.get("nodes")
    if not isinstance(nodes, list):
        raise SourceUnavailable("the search of GitHub answered without a list of discussions")
    count, page = count_of(search, "discussionCount") or 0, inner(search, "pageInfo")
    errors = [error for error in _errors(answer) if _is_about(error, "search")]
    more = page.get("hasNextPage") is True
    beyond = bool(count and not nodes and not errors)
    if beyond and not onward:
        raise SourceUnavailable(f"the search of GitHub counted {count} discussions and showed none")
    # Behind other pages an empty one may be the end, where something was deleted meanwhile, or a part left out.
    unfinished = beyond or any(text_of(error, "type") not in _WITHHELD for error in errors)
    full = unfinished or more or count > REACHED
    shown = shown_items(
        [node for node in nodes if node is not None],
        span_of_change,
        lambda node: post_of_discussion(node, host, now),
        full=full,
    )
    notes = [UNFINISHED] if unfinished else []
    if errors and not unfinished:
        notes.append(f"{len(errors)} discussions are withheld from this token: {text_of(errors[0], 'message')[:200]!a}")
    onward = text_of(page, "endCursor") if more else ""
    spans = () if unfinished else shown.spans
    in_order = len({low for low, _ in spans}) >= TIMES_IN_ORDER
    return replace(shown, onward="" if unfinished else onward, spans=spans, sorted=in_order), notes


def what_became_of(keys: Sequence[PostKey], answer: Mapping[str, Any], host: str, now: datetime) -> Page:
    """Reads an answer of `nodes`: one for each id in its order, null with an error NOT_FOUND for what is gone."""
    nodes = items_of(inner(answer, "data"), "nodes")
    if len(nodes) != len(keys):
        raise SourceUnavailable("GitHub did not answer with one discussion for each that was asked for")
    gone = {
        path[1]
        for error in _errors(answer)
        if text_of(error, "type") == "NOT_FOUND" and len(path := items_of(error, "path")) == 2 and path[0] == "nodes"
        if isinstance(path[1], int)
    }
    posts: list[Post] = []
    changes: list[Change] = []
    unreadable: list[str] = []
    for place, (key, node) in enumerate(zip(keys, nodes, strict=True)):
        if node is None:
            changes += [Change(key=key)] if place in gone else []
            continue
        try:
            post = post_of_discussion(node, host, now)
        except ItemUnreadable as error:
            unreadable.append(str(error))
            continue
        posts += [post] if post.key == key else []
    return Page(posts=posts, changes=changes, notes=unreadable_note(unreadable))


def _refuse(told: Mapping[str, Any], headers: Mapping[str, str], now: datetime) -> NoReturn:
    """Raises what an answer without data means; its status is 200 whatever it is."""
    errors = _errors(told)
    said = text_of(errors[0], "message") if errors else text_of(told, "message")
    kinds = {text_of(error, "type") for error in errors}
    words = f"GitHub refuses this search of discussions: {said[:200]!a}"
    if any(is_impatient(kind) for kind in kinds) or is_impatient(said) or "retry-after" in headers:
        raise patience(words, headers, now)
    if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES", "UNAUTHENTICATED"}:
        raise SourceRefused(f"{words}; check the token", "credentials")
    if any(text_of(inner(error, "extensions"), "code") for error in errors):
        raise SourceRefused(f'{words}; this server shows no discussions: leave "discussions" out of `what`', "settings")
    raise SourceUnavailable(words if errors else "the GraphQL interface of GitHub answered without data")


def _allowance_of(told: Mapping[str, Any], answer: Answer) -> dict[str, str]:
    allowance = inner(told, "data", "rateLimit")
    names = {"limit": "limit", "remaining": "remaining", "resetAt": "reset"}
    own = {f"x-ratelimit-{name}": text_of(allowance, key) for key, name in names.items() if text_of(allowance, key)}
    return {**own, **answer.headers}


def _errors(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [error for error in items_of(answer, "errors") if isinstance(error, Mapping)]


def _is_about(error: Mapping[str, Any], field: str) -> bool:
    path = items_of(error, "path")
    return not path or path[0] == field
