"""A model elsewhere reads sentiment: over a real connection, within a day's money, and never holding anything up."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from listener.cli.tree import app as command
from listener.config import ConfigError, load
from listener.endpoint import Endpoint
from listener.endpoint_settings import EndpointSettings
from listener.endpoint_words import Question, Unfit, heard
from listener.status import print_status
from listener.store import mentions, reading_costs
from listener.store.purge import erase_author
from sources.contract import Page
from sources.post import Author

Make = Callable[..., Any]
KEY = "sk-decoy-0123456789"


class Service:
    """An OpenAI-compatible service on this machine: `answer` is what it says about the posts that it is asked about."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.hangs = Event()
        self.answer: Callable[[list[dict[str, Any]]], bytes] = completed
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                service.asked.append(body)
                service.keys.append(self.headers.get("authorization", ""))
                if service.hangs.is_set():
                    Event().wait(3)
                    return
                answer = service.answer(posts_of(body))
                self.send_response(service.status)
                for name, value in {"content-type": "application/json", **service.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def posts_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    posts: list[dict[str, Any]] = json.loads(body["messages"][1]["content"])["posts"]
    return posts


def completed(posts: list[dict[str, Any]], **changes: Any) -> bytes:
    """All posts are positive, whatever the built-in reader says."""
    answers = [
        {
            "id": one["id"],
            "negative": 0.1,
            "neutral": 0.1,
            "positive": 0.8,
            "words": [one["text"].split()[0]],
            **changes,
        }
        for one in posts
    ]
    return said(json.dumps({"answers": answers}))


def said(content: str, **changes: int) -> bytes:
    usage = {"prompt_tokens": 100, "completion_tokens": 40, **changes}
    return json.dumps({"choices": [{"message": {"content": content}}], "usage": usage}).encode()


@pytest.fixture
def service() -> Iterator[Service]:
    opened = Service()
    yield opened
    opened.close()


def settings(service: Service, **changes: Any) -> EndpointSettings:
    told = {
        "base_url": service.url,
        "model": "tiny",
        "key": KEY,
        "usd_per_million_read": "1",
        "usd_per_million_written": "2",
        "most_per_day": "1",
        "allow_private": True,
        "timeout": "1s",
    }
    return EndpointSettings.model_validate({**told, **changes})


def polled(make_app: Make, source: Any, posts: list[Any], reading: EndpointSettings) -> Any:
    app = make_app([source("blogs", [Page(posts=posts, cursor="1")])], reading=reading)
    asyncio.run(app.poll_once(["blogs"]))
    return app


def kept(app: Any) -> list[Any]:
    with app.store.read() as tx:
        return sorted(mentions.list_mentions(tx, mentions.MentionFilter(limit=1_000)), key=lambda one: one.id)


def cost(app: Any) -> reading_costs.DayCost:
    with app.store.read() as tx:
        found = reading_costs.cost_of(tx, reading_costs.day_of(app.clock()))
    assert found is not None
    return found


def test_streams_go_through_the_inbox_where_somebody_is_asked_who_may_take_long(
    make_app: Make, service: Service
) -> None:
    assert make_app([]).streams._at_once is not None
    assert make_app([], reading=settings(service)).streams._at_once is None


def test_what_the_model_says_is_kept_with_its_words_and_the_rules_see_it(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    app = polled(make_app, source, [post(1), post(2, "Acme kettles: awful, again")], settings(service))
    assert [one.sentiment.label for one in kept(app)] == ["positive", "positive"]
    assert kept(app)[0].sentiment.why == "read by tiny"
    assert [reason.text for reason in kept(app)[0].sentiment.reasons] == ["Acme"]
    assert not any(one.rules for one in kept(app))  # the rule speaks of what is negative
    assert len(service.asked) == 1
    assert service.keys == [f"Bearer {KEY}"]
    assert service.asked[0]["model"] == "tiny"


def test_a_rule_that_the_built_in_reading_would_not_wake_is_woken(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    service.answer = lambda posts: completed(posts, negative=0.9, positive=0.0)
    app = polled(make_app, source, [post(1, "Acme did its thing")], settings(service))
    assert [one.rules[0].name for one in kept(app)] == ["angry"]


def test_nothing_that_tells_who_somebody_is_leaves_this_machine(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    text = "Acme broke it. I am Jane Roe, jane@roe.example, +49 30 12345678, @jane, card 4111 1111 1111 1111"
    polled(
        make_app, source, [post(1, text, author=Author(handle="jane@host.example", name="Jane Roe"))], settings(service)
    )
    sent = json.dumps(service.asked)
    for secret in ("Jane", "Roe", "jane", "12345678", "4111", KEY):
        assert secret not in sent
    assert "[email]" in sent


def test_a_post_that_is_known_is_asked_about_again_only_where_it_was_edited(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    edited = post(1, "Acme is terrible, still")
    pages = [Page(posts=[one], cursor=str(at)) for at, one in enumerate([post(1), post(1), edited, edited])]
    app = make_app([source("blogs", pages)], reading=settings(service))
    for requests in (1, 1, 2, 2):
        asyncio.run(app.poll_once(["blogs"]))
        assert len(service.asked) == requests
        assert [one.sentiment.why for one in kept(app)] == ["read by tiny"]


def test_what_somebody_who_was_erased_writes_does_not_leave_this_machine(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    jane = Author(id="7", handle="jane")
    pages = [Page(posts=[post(1, author=jane)], cursor="1"), Page(posts=[post(1), post(2, author=jane)], cursor="2")]
    app = make_app([source("blogs", pages)], reading=settings(service))
    asyncio.run(app.poll_once(["blogs"]))
    with app.store.write() as tx:
        mentions.tombstone_posts(tx, [post(1).key], app.clock())
        erase_author(tx, post(1).source, "7", app.clock())
    asyncio.run(app.poll_once(["blogs"]))
    assert [len(posts_of(one)) for one in service.asked] == [1]


def test_half_an_address_at_the_end_of_what_is_read_does_not_leave_this_machine(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    links = "Acme broke it, see https://shop.example/" + "o" * 4_800
    text = f"{links} and write to {'roe.' * 40}jane@roe.example"
    polled(make_app, source, [post(1, text)], settings(service))
    assert "[link] and write to" in json.dumps(service.asked)
    assert "roe" not in json.dumps(service.asked)


@pytest.mark.parametrize("tokens", [2**40, 2**63, 2**80])
def test_tokens_that_no_answer_can_have_are_not_counted(
    make_app: Make, source: Any, post: Make, service: Service, tokens: int
) -> None:
    service.answer = lambda posts: said(
        json.loads(completed(posts))["choices"][0]["message"]["content"], prompt_tokens=tokens
    )
    app = polled(make_app, source, [post(1)], settings(service))
    assert [one.sentiment.label for one in kept(app)] == ["positive"]
    assert cost(app).read_tokens < 10_000


def test_a_text_is_asked_about_once_and_many_in_few_requests(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    posts = [post(number, f"Acme number {number % 25}") for number in range(50)]
    app = polled(make_app, source, posts, settings(service, together=10))
    assert [len(posts_of(one)) for one in service.asked] == [10, 10, 5]
    assert {one.sentiment.label for one in kept(app)} == {"positive"}
    assert (cost(app).requests, cost(app).posts, cost(app).read_tokens, cost(app).written_tokens) == (3, 25, 300, 120)
    assert cost(app).usd == Decimal("0.00054")


def test_only_what_is_unsure_is_asked_about_where_that_is_wanted(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    posts = [post(1), post(2, "oh great, Acme is late")]
    app = polled(make_app, source, posts, settings(service, asks="unsure"))
    assert [posts_of(one)[0]["text"] for one in service.asked] == ["oh great, Acme is late"]
    assert [one.sentiment.label for one in kept(app)] == ["negative", "positive"]


@pytest.mark.parametrize(
    ("status", "answer", "says", "settled"),
    [
        (429, b"{}", "429", True),
        (500, b"oops", "500", False),
        (401, b"{}", "401", True),
        (200, b"not json", "is not the JSON that was asked for", False),
        (200, b"\xff\xfe[[[[", "is not the JSON that was asked for", False),
        (200, said("I think it is positive"), "is not the JSON that was asked for", True),
        (
            200,
            said('{"answers": [{"id": 7, "negative": 0, "neutral": 0, "positive": 1}]}'),
            "was not asked about",
            True,
        ),
        (200, said('{"answers": [{"id": 1, "negative": 5, "neutral": -4, "positive": 0}]}'), "that are none", True),
        (200, said('{"answers": []}'), "gave no answer for it", True),
        (
            200,
            said('{"answers": [{"id": "1", "negative": "0", "neutral": 0, "positive": 1}]}'),
            "is not the JSON",
            True,
        ),
    ],
)
def test_where_the_model_fails_the_built_in_reading_stays_and_says_why(
    make_app: Make, source: Any, post: Make, service: Service, status: int, answer: bytes, says: str, settled: bool
) -> None:
    service.status, service.answer = status, lambda _: answer
    app = polled(make_app, source, [post(1)], settings(service))
    (one,) = kept(app)
    assert one.sentiment.label == "negative"
    assert one.sentiment.why.startswith("read by the built-in reader: ")
    assert says in one.sentiment.why
    assert KEY not in one.sentiment.why
    assert [rule.name for rule in one.rules] == ["angry"]
    assert len(service.asked) == 1  # tried once
    assert (cost(app).left, says in cost(app).trouble) == (1, True)
    assert (cost(app).usd < Decimal("0.0005")) == settled  # what may have been charged stays set aside


def test_a_service_that_hangs_holds_up_one_batch_for_its_time_limit_and_no_other(
    make_app: Make, source: Any, post: Make, service: Service, clock: Any
) -> None:
    service.hangs.set()
    pages = [Page(posts=[post(number)], cursor=str(number)) for number in (1, 2, 3)]
    app = make_app([source("blogs", pages)], reading=settings(service))
    for _ in range(2):
        asyncio.run(app.poll_once(["blogs"]))
    assert [one.sentiment.label for one in kept(app)] == ["negative", "negative"]
    assert len(service.asked) == 1  # the second batch did not wait for it again
    service.hangs.clear()
    clock.forward(minutes=2)
    asyncio.run(app.poll_once(["blogs"]))
    assert kept(app)[2].sentiment.label == "positive"


def test_a_service_that_asks_for_patience_is_left_alone_for_that_long(
    make_app: Make, source: Any, post: Make, service: Service, clock: Any
) -> None:
    service.status, service.headers = 429, {"retry-after": "600"}
    app = make_app(
        [source("blogs", [Page(posts=[post(number)], cursor=str(number)) for number in range(3)])],
        reading=settings(service),
    )
    asyncio.run(app.poll_once(["blogs"]))
    service.status, service.headers = 200, {}
    clock.forward(minutes=5)
    asyncio.run(app.poll_once(["blogs"]))
    assert len(service.asked) == 1
    clock.forward(minutes=6)
    asyncio.run(app.poll_once(["blogs"]))
    assert len(service.asked) == 2


def test_the_days_limit_is_never_passed_and_ends_with_the_day(
    make_app: Make, source: Any, post: Make, service: Service, clock: Any
) -> None:
    pages = [
        Page(posts=[post(number, f"Acme is terrible, thing {number} broke")], cursor=str(number)) for number in range(4)
    ]
    most = Endpoint(settings(service), clock).most([Question("Acme", "Acme is terrible, thing 1 broke")])
    limit = most + Decimal("0.00030")  # a request may cost `most`, and costs 0.00018
    app = make_app([source("blogs", pages)], reading=settings(service, most_per_day=limit))
    for _ in range(3):
        asyncio.run(app.poll_once(["blogs"]))
    assert len(service.asked) == 2
    assert cost(app).usd == Decimal("0.00036") <= limit
    assert "reading.most_per_day" in kept(app)[2].sentiment.why
    assert kept(app)[2].sentiment.label == "negative"
    clock.forward(days=1)
    before = len(service.asked)
    asyncio.run(app.poll_once(["blogs"]))
    assert len(service.asked) == before + 1


def test_an_address_on_a_private_network_is_asked_only_where_that_is_meant(
    make_app: Make, source: Any, post: Make, service: Service
) -> None:
    app = polled(make_app, source, [post(1)], settings(service, allow_private=False))
    assert service.asked == []
    assert "allow_private" in kept(app)[0].sentiment.why


def test_status_tells_what_was_spent_and_what_was_left(
    make_app: Make, source: Any, post: Make, service: Service, capsys: Any, monkeypatch: Any
) -> None:
    app = polled(make_app, source, [post(1)], settings(service))
    monkeypatch.setattr("listener.status.wall_clock", app.clock)
    with app.store.read() as tx:
        print_status(tx, app.config, json=False, limit=10)
    told = " ".join(capsys.readouterr().out.split())
    assert "Reading by tiny: 1 posts today in 1 requests, 100 tokens read and 40 written, $0.0002 of $1.00." in told


CONFIG = """
[[brands]]
name = "Acme"
query = "acme"
[reading]
"""


FREE = 'model = "m"\nusd_per_million_read = 0\nusd_per_million_written = 0\nmost_per_day = 1\n'


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        ('analyzer = "wader"', "reading.analyzer is 'wader', must be one of: built-in, huggingface, openai, vader"),
        ('analyzer = "openai"', "reading.model is missing"),
        (
            'analyzer = "openai"\nbase_url = "https://u:p@h.example/v1"\n' + FREE,
            "reading.base_url must be a web address",
        ),
        ('analyzer = "openai"\nkey = "${NO_SUCH_KEY}"\n' + FREE, "NO_SUCH_KEY"),
        ('analyzer = "vader"\nmodel = "m"', "reading.model: unknown key"),
    ],
)
def test_the_configuration_says_what_is_wrong(tmp_path: Path, reading: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(CONFIG + reading + "\n")
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path / "config.toml")
    assert told in str(wrong.value)
    assert "u:p" not in str(wrong.value)


@pytest.mark.parametrize("reading", ['analyzer = "vader"', "", 'analyzer = "openai"\nkey = "${NO_SUCH_KEY}"\n' + FREE])
def test_the_configuration_is_shown_without_the_key(tmp_path: Path, reading: str) -> None:
    (tmp_path / "config.toml").write_text(CONFIG + reading + "\n")
    config = load(tmp_path / "config.toml", secrets="optional")
    assert config.setup(()).analyzer.name == ("vader" if "vader" in reading else "built-in")


@pytest.mark.parametrize(
    "words", [("analyze", "--explain", "Acme broke it"), ("rules", "test", "r", "--text", "Acme broke it")]
)
def test_commands_that_ask_nobody_say_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    reading = (
        'analyzer = "openai"\nmodel = "m"\nusd_per_million_read = 0\nusd_per_million_written = 0\nmost_per_day = 1\n'
    )
    rule = '[[rules]]\nname = "r"\nwhen = "true"\nseverity = "low"\n'
    (tmp_path / "config.toml").write_text(CONFIG + reading + rule)
    ended = CliRunner().invoke(command, [*words, "--config", str(tmp_path / "config.toml")])
    assert "which only `poll` and `run` do" in ended.output


@given(st.binary(max_size=200) | st.text(max_size=200).map(said))
def test_no_answer_is_an_error_of_another_kind(body: bytes) -> None:
    with contextlib.suppress(Unfit):
        heard(body, [Question("Acme", "text")], "tiny")
