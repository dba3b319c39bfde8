"""The fuzzer's targets take what they start from, and every kind that asks over HTTP is among them."""

from __future__ import annotations

import importlib.util
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sources.registry import kinds

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def fuzzing() -> Iterator[dict[str, ModuleType]]:
    sys.path.insert(0, str(HERE))
    try:
        yield {name: _module(name) for name in ("seeds", "targets", "__main__")}
    finally:
        sys.path.remove(str(HERE))


def _module(name: str) -> ModuleType:
    told = importlib.util.spec_from_file_location("fuzz_" + name.strip("_"), HERE / f"{name}.py")
    assert told is not None and told.loader is not None
    module = importlib.util.module_from_spec(told)
    told.loader.exec_module(module)
    return module


def test_every_target_reads_its_own_seeds(fuzzing: dict[str, ModuleType]) -> None:
    targets, seeds = fuzzing["targets"], fuzzing["seeds"]
    for name in targets.TARGETS:
        bodies = list(seeds.seeds(name))
        assert bodies, f"{name} starts from nothing"
        for body in bodies:
            targets.run(name, body)


def test_the_seed_of_an_answer_holds_a_post(fuzzing: dict[str, ModuleType]) -> None:
    targets, seeds = fuzzing["targets"], fuzzing["seeds"]
    for name in targets.ANSWERS:
        page = targets.read_answer(name, next(seeds.seeds(f"answer-{name}")))
        assert page is not None and page.posts, name
    for name in targets.AGAIN:
        page = targets.look_again(name, next(seeds.seeds(f"again-{name}")))
        assert page is not None and page.posts, name


def test_changed_messages_are_read_or_refused(fuzzing: dict[str, ModuleType]) -> None:
    """A sample, too, of what lies behind a client of another's; its seed holds both posts."""
    run, seed = fuzzing["targets"].run, next(fuzzing["seeds"].seeds("history"))
    assert [post.text for post in fuzzing["targets"].read_messages(seed).posts] == ["acme?\nyes", "acme"]
    chance = random.Random(7)
    for _ in range(300):
        changed = bytearray(seed)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        run("history", bytes(changed))


def test_the_seeds_of_the_server_are_let_in(fuzzing: dict[str, ModuleType]) -> None:
    fuzzing["targets"].run("server", b"/")
    statuses = [sys.modules["server"].read_http(body) for body in fuzzing["seeds"].seeds("server")]
    assert statuses == [503, 503], "they prove who sent them, and are read; only then the database is missed"


def test_every_kind_that_reads_answers_is_fuzzed(fuzzing: dict[str, ModuleType]) -> None:
    other_doors = {
        "bluesky-jetstream": "frames",
        "file": "rows",
        "imap": "mailbox",
        "telegram": "history",
        "webhook": "request",
    }
    asked = {kind for kind, *_ in fuzzing["targets"].ANSWERS.values()}
    assert asked | set(other_doors) == set(kinds())
    assert set(other_doors.values()) <= set(fuzzing["targets"].TARGETS)


def test_changed_answers_are_read_or_refused(fuzzing: dict[str, ModuleType]) -> None:
    """A sample of what `python tests/fuzz` does for an hour."""
    targets, seeds, changed = fuzzing["targets"], fuzzing["seeds"], fuzzing["__main__"].changed
    chance = random.Random(7)
    for kind in targets.ANSWERS:
        body = next(seeds.seeds(f"answer-{kind}"))
        for _ in range(25):
            document = fuzzing["__main__"].json.loads(body) if body[:1] in b"{[" else None
            if document is not None:
                body = fuzzing["__main__"].json.dumps(changed(document, chance)).encode()
            targets.read_answer(kind, body)
