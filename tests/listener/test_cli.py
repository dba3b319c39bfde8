"""Every command and verb of the contract, through the real command line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from listener.cli import main
from listener.demo.slack_sink import SlackSink

FINE, SOMETHING_TO_TELL, WRONG_USE = 0, 1, 2
ESCAPES = "\x1b[31mred\x1b[2J\x9b5A\x07\x08\u202egnp.exe"


class Said(NamedTuple):
    code: int
    out: str
    err: str

    def array(self) -> list[dict[str, Any]]:
        assert self.code in (FINE, SOMETHING_TO_TELL), self.err
        rows = json.loads(self.out)
        assert isinstance(rows, list)
        return rows


Command = Callable[..., Said]


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], home: Path) -> Iterator[Command]:
    """The command line as a shell calls it, with its configuration in `home`."""
    handlers = list(logging.getLogger().handlers)
    monkeypatch.setenv("COLUMNS", "240")

    def call(*words: str) -> Said:
        monkeypatch.setattr("sys.argv", ["listener", *words])
        monkeypatch.setenv("LISTENER_CONFIG", str(home / "config.toml"))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Said(code if isinstance(code, int) else int(code is not None), out, err)

    yield call
    logging.getLogger().handlers[:] = handlers


CONFIG = """
[listener]
timezone = "Europe/Berlin"

[[brands]]
name = "Acme"
query = "acme NOT coyote"

[[brands]]
name = "Roadrunner"
query = "roadrunner"

[[sources]]
kind = "file"
name = "drop"
path = "drop"

[[customers]]
path = "customers.csv"

[[channels]]
kind = "slack"
name = "support"
webhook_url = "http://127.0.0.1:9/nobody-listens-there"
allow_private = true
timeout = "1s"

[[rules]]
name = "angry"
when = "sentiment.score <= -0.4"
severity = "high"
notify = ["support"]
ticket = "builtin"

[[rules]]
name = "gold"
when = 'customer.tier == "gold"'
severity = "low"

[digest]
notify = ["support"]
"""


def post(number: int, text: str, **fields: Any) -> dict[str, Any]:
    at = datetime.now(UTC) - timedelta(hours=20 - 2 * min(number, 8))
    told = {"external_id": str(number), "url": f"https://example.org/{number}", "published_at": at.isoformat()}
    return {**told, "text": text, "author": {"handle": f"user{number}"}, **fields}


POSTS = (
    post(1, "Acme is terrible, my kettle broke and I hate it", author={"handle": "jane", "name": "Jane"}),
    post(2, "Acme is wonderful and I love my lamp"),
    post(3, "The roadrunner was seen, and acme too"),
    post(4, f"Acme {ESCAPES}", title=f"Title {ESCAPES}", author={"handle": f"eve{ESCAPES}", "name": ESCAPES}),
    post(5, '=HYPERLINK("http://evil.example","acme")', author={"handle": "@SUM(A1)", "name": "+1"}),
    post(6, "Nothing to see here"),
)


def as_lines(*posts: dict[str, Any]) -> str:
    return "".join(json.dumps(one) + "\n" for one in posts)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration's folder with a database in which the posts have been read."""
    import asyncio

    from listener.config import load
    from listener.rounds import poll_round

    folder = tmp_path_factory.mktemp("filled")
    (folder / "config.toml").write_text(CONFIG)
    (folder / "customers.csv").write_text("id,name,tier,handles\nc1,Jane Doe,gold,file:jane\nc2,Bob,silver,file:bob\n")
    (folder / "drop").mkdir()
    (folder / "drop" / "posts.jsonl").write_text(as_lines(*POSTS))
    asyncio.run(poll_round(load(folder / "config.toml"), ["drop"], as_json=True))
    return folder


@pytest.fixture
def home(tmp_path: Path, filled: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "home"))


# Lists ---------------------------------------------------------------------------------------------------------

NOUNS = ("mentions", "alerts", "tickets", "customers", "query", "rules", "channels")


@pytest.mark.parametrize("noun", NOUNS)
def test_a_bare_noun_lists_and_json_is_one_array_of_it(listener: Command, noun: str) -> None:
    assert listener(noun).code == FINE
    rows = listener(noun, "--json").array()
    assert rows
    assert listener(noun, "--json", "--limit", "1").array() == rows[:1]


def test_lists_hold_what_was_heard(listener: Command) -> None:
    mentions = listener("mentions", "--json").array()
    assert sorted((one["external_id"], one["brand"]) for one in mentions) == [
        ("1", "Acme"), ("2", "Acme"), ("3", "Acme"), ("3", "Roadrunner"), ("4", "Acme"), ("5", "Acme"),
    ]  # fmt: skip
    (alert,) = listener("alerts", "--json").array()
    assert (alert["severity"], alert["url"], alert["ticket"]) == ("high", "https://example.org/1", 1)
    (ticket,) = listener("tickets", "--json").array()
    assert (ticket["number"], ticket["customer"], ticket["status"]) == (1, "Jane Doe", "new")


def test_mentions_can_be_narrowed_by_brand_feeling_words_and_time(listener: Command) -> None:
    def numbers(*narrowing: str) -> list[str]:
        return sorted(one["external_id"] for one in listener("mentions", "--json", *narrowing).array())

    assert numbers("--brand", "Roadrunner") == ["3"]
    assert numbers("--label", "negative") == ["1"]
    assert numbers("--search", "kettle broke") == ["1"]
    assert numbers("--source", "drop", "--since", "13h") == ["4", "5"]
    assert numbers("--source", "mastodon") == []


def test_status_shows_each_source_and_ends_with_1_when_one_fails(listener: Command, home: Path) -> None:
    assert listener("status").code == FINE
    (source,) = listener("status", "--json").array()
    assert (source["name"], source["state"], source["posts_seen"]) == ("drop", "fine", len(POSTS))
    shutil.rmtree(home / "drop")
    assert listener("poll").code == SOMETHING_TO_TELL
    failing = listener("status")
    assert failing.code == SOMETHING_TO_TELL
    assert "failing" in failing.out or "refused" in failing.out


def test_status_names_the_channel_that_is_configured_no_more_while_messages_wait_for_it(
    listener: Command, home: Path
) -> None:
    from listener.store import Store, outbox

    store = Store.open(f"sqlite:///{home / 'listener.db'}")
    with store.write() as tx:
        outbox.put_delivery(tx, key="a", channel="gone", kind="report", payload={}, now=datetime.now(UTC))
    store.close()
    said = listener("status")
    assert said.code == SOMETHING_TO_TELL and "'gone' (1): it is not configured any more" in said.out


@pytest.mark.parametrize("noun", [*NOUNS, "status"])
def test_nothing_that_a_post_holds_reaches_the_terminal_raw(listener: Command, noun: str) -> None:
    for said in (listener(noun), listener(noun, "--json")):
        assert not set(said.out + said.err) & set("\x1b\x9b\x07\x08")
        assert "\u202e" not in said.out


# Exit codes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "nonsense", "mentions --limit 0", "mentions mark 1 lovely", "mentions --since yesterday",
        "mentions --label odd", "tickets --status odd", "rules test nobody --text x", "channels test nobody",
        "digest --last long", "export --format xml", "import nowhere.jsonl", "customers import nowhere.csv",
        "marks import nowhere.csv", "customers link jane c1", "customers links --state odd",
        "poll --source nobody", "purge --author jane --yes", "query explain acme(", "query test acme( --text x",
        "train --use --back", "train --anyway",
        "rules preview nobody", "rules preview gold", "poll --config nowhere.toml", "init --config {home}/config.toml",
    ],
)  # fmt: skip
def test_wrong_use_is_told_in_a_sentence_and_ends_with_2(listener: Command, home: Path, words: str) -> None:
    said = listener(*words.format(home=home).split())
    assert (said.code, said.out) == (WRONG_USE, "")
    assert said.err.strip()


@pytest.mark.parametrize(
    "words",
    [
        "mentions mark 999 noise", "mentions unmark 999", "alerts explain 999", "tickets assign 999 ann",
        "tickets close 999",
        "customers show nobody", "channels test support", "query test acme --text nothing", "digest --send",
        "rules test angry --text lovely",
    ],
)  # fmt: skip
def test_what_could_not_be_done_is_told_and_ends_with_1(listener: Command, words: str) -> None:
    said = listener(*words.split())
    assert said.code == SOMETHING_TO_TELL
    assert (said.out + said.err).strip()


# Verbs ---------------------------------------------------------------------------------------------------------


def test_init_writes_a_configuration_that_check_finds_fine(listener: Command, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    assert listener("init", "--config", str(fresh / "config.toml"), "--brand", "Acme").code == FINE
    checked = listener("check", "--config", str(fresh / "config.toml"))
    assert checked.code == FINE
    assert "is fine" in checked.out
    assert [path.name for path in fresh.iterdir()] == ["config.toml"], "nothing else is made"


@pytest.mark.parametrize("mark", ["noise", "negative", "neutral", "positive", "wrong-customer"])
def test_a_mention_can_be_marked(listener: Command, mark: str) -> None:
    number = listener("mentions", "--json", "--search", "kettle").array()[0]["id"]
    assert listener("mentions", "mark", str(number), mark).code == FINE
    assert [one["mark"] for one in listener("mentions", "--json", "--search", "kettle").array()] == [mark]


def test_a_mark_is_explained_listed_and_taken_back(listener: Command) -> None:
    number = str(listener("mentions", "--json", "--search", "kettle").array()[0]["id"])
    assert listener("mentions", "mark", number, "neutral", "--by", "ann").code == FINE
    explained = listener("mentions", "explain", number).out
    assert "neutral, by ann, " in explained and "; read: negative -" in explained
    (mark,) = listener("marks", "--json").array()
    assert (str(mark["mention"]), mark["mark"], mark["by"], mark["said"]) == (number, "neutral", "ann", "negative")
    assert "neutral" in listener("marks").out
    assert listener("mentions", "unmark", number).code == FINE
    assert listener("mentions", "unmark", number).code == SOMETHING_TO_TELL
    assert listener("marks", "--json").array() == []


def test_a_file_of_labels_is_brought_in_again_and_forgotten(listener: Command, home: Path) -> None:
    number = listener("mentions", "--json", "--search", "kettle").array()[0]["id"]
    labels = home / "labels.csv"
    labels.write_text(f"mention,text,label,brand\n{number},,noise,\n,so slow,negative,Acme\n999999,,noise,\n")
    for _ in range(2):
        said = listener("marks", "import", str(labels))
        assert (said.code, "there is no mention 999999" in said.err) == (SOMETHING_TO_TELL, True)
        assert {one["mention"] for one in listener("marks", "--json").array()} == {number, None}
    assert "1 mention and 1 text are marked, in the place of 2 marks." in said.out
    labels.unlink()
    assert listener("marks", "forget", str(labels)).code == FINE
    assert listener("marks", "forget", str(labels)).code == SOMETHING_TO_TELL
    assert listener("marks", "--json").array() == []


def test_marks_teach_only_when_asked_and_are_taken_back(listener: Command, home: Path) -> None:
    said = listener("train", "--use")
    assert said.code == SOMETHING_TO_TELL and "Nothing was switched on. 0 marks" in said.err
    words = ("zorped", "negative"), ("blimmed", "positive"), ("stands", "neutral")
    rows = [f"the lamp {words[n % 3][0]} on day {n},{words[n % 3][1]},Acme" for n in range(45)]
    (home / "labels.csv").write_text("\n".join(["text,label,brand", *rows]))
    assert listener("marks", "import", str(home / "labels.csv")).code == FINE
    shown = listener("train")
    assert shown.code == FINE and "It helps: " in shown.out and "Alerts a week" in shown.out
    assert listener("train", "--list", "--json").array() == []
    assert "with what your marks teach" in listener("rules", "preview", "angry").out
    (lesson,) = listener("train", "--use", "--json", "--by", "ann").array()
    assert (lesson["helps"], lesson["marks"], lesson["switched_on"]) == (True, 45, 1)
    (kept,) = listener("train", "--list", "--json").array()
    assert (kept["id"], kept["by"], kept["marks"], kept["in_use"]) == (1, "ann", 45, True)
    assert "in use" in listener("train", "--list").out
    (preview,) = listener("rules", "preview", "angry", "--json").array()
    assert (preview["score"], preview["correction"]) == ("sentiment.score", "in use")
    assert [row["threshold"] for row in preview["rows"] if row["own"]] == [-0.4]
    assert "none is in use" in listener("train", "--back").out
    assert listener("train", "--back").code == SOMETHING_TO_TELL


def test_what_does_not_help_is_not_switched_on_unless_it_must(listener: Command, home: Path) -> None:
    labels = ("negative", "neutral", "positive")
    rows = [f"the lamp stands on day {n * 7919 % 101},{labels[n % 3]}" for n in range(60)]
    (home / "labels.csv").write_text("\n".join(["text,label", *rows]))
    listener("marks", "import", str(home / "labels.csv"))
    said = listener("train", "--use")
    assert said.code == SOMETHING_TO_TELL and "It does not help" in said.err
    assert listener("train", "--list", "--json").array() == []
    assert listener("train", "--use", "--anyway").code == FINE
    assert len(listener("train", "--list", "--json").array()) == 1


def test_a_ticket_is_assigned_and_closed_and_then_no_longer_open(listener: Command) -> None:
    assert listener("tickets", "assign", "1", "ann").code == FINE
    assert [one["assignee"] for one in listener("tickets", "--json", "--assignee", "ann").array()] == ["ann"]
    assert listener("tickets", "close", "1", "--note", "refunded").code == FINE
    assert listener("tickets", "--json").array() == []
    assert [one["number"] for one in listener("tickets", "--json", "--status", "closed").array()] == [1]
    assert listener("tickets", "close", "1").code == SOMETHING_TO_TELL


def test_an_alert_is_explained_by_post_reading_rule_and_who_was_told(listener: Command) -> None:
    explained = listener("alerts", "explain", "1")
    assert explained.code == FINE
    for words in (
        "https://example.org/1",
        "terrible",
        "angry (high)",
        "sentiment.score <= -0.4",
        "Ticket #1",
        "support",
    ):
        assert words in explained.out


@pytest.mark.parametrize("written", ["", "\n\n", "name,tier\nAnn,gold\n"])
def test_a_customer_file_that_cannot_be_read_makes_strangers_of_nobody(
    listener: Command, home: Path, written: str
) -> None:
    file = home / "more.csv"
    file.write_text("id,name,handles\nc7,Zoe,x:zoe\n")
    assert listener("customers", "import", str(file), "--yes").code == FINE
    file.write_text(written)
    refused = listener("customers", "import", str(file), "--yes")
    assert refused.code == SOMETHING_TO_TELL and "nothing was changed" in refused.err
    listed = home / "customers.csv"
    before = listed.read_text()
    listener("poll")
    known = listener("customers", "--json").out
    listed.write_text(written)
    listener("poll")
    assert listener("customers", "--json").out == known
    assert "Zoe" in known and before.splitlines()[1].partition(",")[0] in known


def test_customers_are_imported_and_shown_with_what_they_wrote(listener: Command, home: Path) -> None:
    (home / "more.csv").write_text(f"id,name,tier,Renewal Date\nc7,Zoe{ESCAPES},silver,2026-12-01\n,nobody,gold,\n")
    shown = listener("customers", "import", str(home / "more.csv"))
    assert shown.code == SOMETHING_TO_TELL, "a row was left out"
    assert "more.csv line 3" in shown.err
    assert "1 customer to add" in shown.out and "+ c7 Zoe" in shown.out and "a dry run" in shown.out
    assert "Custom fields: customer.fields.renewal_date" in shown.out
    assert {one["id"] for one in listener("customers", "--json").array()} == {"c1", "c2"}
    imported = listener("customers", "import", str(home / "more.csv"), "--yes")
    assert (imported.code, "Done: 1 added" in imported.out) == (SOMETHING_TO_TELL, True)
    again = listener("customers", "import", str(home / "more.csv"), "--yes")
    assert "0 customers to add" in again.out and "Done" not in again.out
    (zoe,) = [one for one in listener("customers", "--json").array() if one["id"] == "c7"]
    assert zoe["fields"] == {"renewal_date": "2026-12-01"}
    assert "renewal_date: 2026-12-01" in listener("customers", "show", "c7").out
    assert {one["id"] for one in listener("customers", "--json").array()} == {"c1", "c2", "c7"}
    shown = listener("customers", "show", "c1")
    assert shown.code == FINE
    assert "Jane Doe" in shown.out
    assert "kettle" in shown.out
    (jane,) = listener("customers", "show", "c1", "--json").array()
    assert [one["external_id"] for one in jane["mentions"]] == ["1"]


def test_an_author_is_linked_refused_and_left_to_the_evidence_again(listener: Command) -> None:
    def customer() -> str | None:
        (one,) = listener("mentions", "--json", "--search", "kettle").array()
        return one["customer"] and str(one["customer"]["id"])

    assert customer() == "c1"
    assert listener("customers", "refuse", "file:jane", "c1", "--by", "ann").code == FINE
    assert customer() is None
    (link,) = listener("customers", "link", "file:jane", "c2", "--by", "ann", "--json").array()
    assert (link["author"], link["state"], link["made_by"]) == ("file:jane", "linked", "ann")
    assert customer() == "c2"
    assert {one["state"] for one in listener("customers", "links", "--json").array()} == {"linked", "refused"}
    assert "linked" in listener("customers", "links", "--customer", "c2").out
    for one in ("c1", "c2"):
        assert "is taken back; 1 kept mention" in listener("customers", "unlink", "file:jane", one).out
    assert customer() == "c1"
    undone = listener("customers", "unlink", "file:jane", "c1")
    assert "not taken for c1 again" in undone.out
    assert customer() is None
    assert listener("customers", "review").code == FINE
    assert listener("customers", "review", "--json").array() == []


@pytest.mark.parametrize(
    "words", ["link file:jane nobody", "link reddit:jane c1", "link x:jane c1", "unlink file:user2 c1"]
)
def test_what_cannot_be_linked_is_told(listener: Command, words: str) -> None:
    said = listener("customers", *words.split())
    assert (said.code, bool(said.err.strip())) == (SOMETHING_TO_TELL, True)
    assert listener("customers", "links", "--json").array() == []


def test_a_name_that_anybody_may_bear_is_linked_to_nobody(listener: Command, home: Path) -> None:
    named = post(7, "Acme again", author={"name": "Ann Lee"})
    (home / "drop" / "named.jsonl").write_text(as_lines(named))
    assert "1 new mention" in listener("poll").out
    said = listener("customers", "link", "file:ann lee", "c1")
    assert (said.code, "a name, which anybody may bear" in said.err) == (SOMETHING_TO_TELL, True)
    assert listener("customers", "refuse", "file:ann lee", "c1").code == FINE
    assert listener("customers", "unlink", "file:ann lee", "c1").code == FINE


def test_a_purged_customer_is_gone_from_lists_and_does_not_come_back(listener: Command, home: Path) -> None:
    assert listener("purge", "--customer", "nobody", "--yes").code == SOMETHING_TO_TELL
    assert listener("purge", "--customer", "c1", "--author", "file:jane", "--yes").code == WRONG_USE
    assert listener("purge", "--customer", "c1", "--yes").code == FINE
    assert [one["external_id"] for one in listener("mentions", "--json", "--search", "kettle").array()] == []
    back = listener("customers", "import", str(home / "customers.csv"), "--yes")
    assert "1 customer of the file asked to be forgotten" in back.out
    assert {one["id"] for one in listener("customers", "--json").array()} == {"c2"}


def test_a_query_is_explained_and_tested_by_name_or_by_its_words(listener: Command) -> None:
    assert listener("query", "explain", "Acme").code == FINE
    pointed = listener("query", "explain", "acme AND (")
    assert "^" in pointed.err, "it points at the column"
    assert listener("query", "test", "Acme", "--text", "my acme lamp").code == FINE
    refused = listener("query", "test", "Acme", "--text", "acme and the coyote")
    assert refused.code == SOMETHING_TO_TELL
    assert "coyote" in refused.out


def test_a_rule_is_tested_on_a_text_and_says_why(listener: Command) -> None:
    about = listener("rules", "test", "angry", "--text", "Bolt is wonderful, lovely and great. Acme broke my parcel.")
    assert about.code == FINE, "what is felt for another is not felt for the brand, here as elsewhere"
    spoke = listener("rules", "test", "angry", "--text", "Acme is terrible and I hate it")
    assert spoke.code == FINE
    assert "terrible" in spoke.out
    assert listener("rules", "test", "gold", "--text", "Acme", "--author", "file:jane").code == FINE
    assert listener("rules", "test", "gold", "--text", "Acme", "--author", "file:bob").code == SOMETHING_TO_TELL


def test_the_digest_is_printed_and_written_as_a_page(listener: Command, home: Path) -> None:
    printed = listener("digest", "--print", "--html", str(home / "digest.html"))
    assert printed.code == FINE
    assert "Acme" in printed.out
    assert "\x1b" not in printed.out
    page = (home / "digest.html").read_text("utf-8")
    assert "data:image/png;base64," in page
    assert "<script" not in page


def test_a_channel_is_tried_and_told_what_waits_and_the_digest(listener: Command, home: Path) -> None:
    for database in home.glob("listener.db*"):
        database.unlink()
    with SlackSink(lambda: datetime.now(UTC)) as slack:
        config = (home / "config.toml").read_text()
        (home / "config.toml").write_text(config.replace("http://127.0.0.1:9/nobody-listens-there", slack.webhook_url))
        assert listener("channels", "test", "support").code == FINE
        assert listener("poll").code == FINE
        assert listener("digest", "--send").code == FINE
        test, alert, digest = slack.messages
    assert "This channel works" in str(test.payload)
    assert "https://example.org/1" in alert.text
    assert "mentions" in digest.text
    (channel,) = listener("channels", "--json").array()
    assert (channel["sent"], channel["pending"], channel["dead"]) == (2, 0, 0)


def test_a_dry_run_shows_what_would_be_kept_and_keeps_nothing(listener: Command, home: Path) -> None:
    for file in home.glob("listener.db*"):
        file.unlink()
    shown = listener("poll", "--dry-run")
    assert shown.code == FINE
    assert "terrible" in shown.out
    assert "\x1b" not in shown.out
    assert not list(home.glob("listener.db*"))


def test_poll_asks_only_the_source_that_is_named(listener: Command, home: Path) -> None:
    (home / "other.jsonl").write_text(as_lines(post(50, "Acme from another file")))
    more = '[[sources]]\nkind = "file"\nname = "other"\npath = "other.jsonl"\n\n[digest]'
    (home / "config.toml").write_text((home / "config.toml").read_text().replace("[digest]", more))
    (home / "drop" / "new.jsonl").write_text(as_lines(post(51, "Acme from the folder")))
    assert [one["source"] for one in listener("poll", "--source", "drop", "--json").array()] == ["drop"]
    kept = {one["external_id"] for one in listener("mentions", "--json").array()}
    assert "51" in kept
    assert "50" not in kept


# Bringing in, writing out, erasing -----------------------------------------------------------------------------


def test_an_export_can_be_imported_again_as_what_it_was(listener: Command, home: Path) -> None:
    file = home / "out.jsonl"
    assert listener("export", "--output", str(file)).code == FINE
    before = {(one["external_id"], one["brand"], one["text"]) for one in map(json.loads, file.read_text().splitlines())}
    for database in home.glob("listener.db*"):
        database.unlink()
    assert listener("import", str(file)).code == FINE
    after = {(one["external_id"], one["brand"], one["text"]) for one in listener("mentions", "--json").array()}
    assert after == before


@pytest.mark.parametrize("form", ["posts.jsonl", "posts.csv", "posts.jsonl.gz", "posts.csv.gz"])
def test_import_reads_lines_and_rows_gzipped_or_not_and_tells_the_bad_ones(
    listener: Command, home: Path, form: str
) -> None:
    if ".csv" in form:
        content = b"external_id,text,likes\n71,Acme is fine,3\n72,Acme is odd,many\n73,Acme is back,4\n"
    else:
        content = b'{"external_id": "71", "text": "Acme is fine"}\n{}\n{"external_id": "73", "text": "Acme is back"}\n'
    (home / form).write_bytes(gzip.compress(content) if form.endswith(".gz") else content)
    imported = listener("import", str(home / form))
    assert imported.code == SOMETHING_TO_TELL
    assert f"{form} line {3 if '.csv' in form else 2}: " in imported.out + imported.err
    assert {"71", "73"} < {one["external_id"] for one in listener("mentions", "--json").array()}


def test_no_cell_of_a_csv_export_is_a_formula_or_moves_a_terminal(listener: Command) -> None:
    exported = listener("export", "--format", "csv")
    assert exported.code == FINE
    rows = list(csv.DictReader(io.StringIO(exported.out.lstrip("\ufeff"))))
    assert len(rows) == 6
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell and cell[0] in "=+@\t\r＝＋－＠"]
    assert any("HYPERLINK" in cell for cell in cells), "nothing was left out"
    assert not set(exported.out) & set("\x1b\x9b\x07\x08")
    as_jsonl = listener("export")
    assert len(as_jsonl.out.splitlines()) == 6
    assert not set(as_jsonl.out) & set("\x1b\x9b\x07\x08")


def test_an_export_can_be_narrowed_by_brand(listener: Command) -> None:
    assert len(listener("export", "--brand", "Roadrunner").out.splitlines()) == 1


def test_an_author_who_is_erased_is_gone_and_no_poll_brings_them_back(listener: Command, home: Path) -> None:
    assert listener("purge", "--author", "file:jane", "--yes").code == FINE
    assert listener("mentions", "--json", "--search", "kettle").array() == []
    assert listener("alerts", "--json").array() == []
    assert "kettle" not in listener("tickets", "--json", "--status", "all").out
    again = post(77, "Acme is still terrible, says my kettle", author={"handle": "Jane"})
    (home / "drop" / "again.jsonl").write_text(as_lines(POSTS[0], again))
    listener("poll")
    listener("import", str(home / "drop" / "again.jsonl"))
    assert listener("mentions", "--json", "--search", "kettle").array() == []
    assert {one["external_id"] for one in listener("mentions", "--json").array()} == {"2", "3", "4", "5"}


def test_a_purge_asks_first_and_does_nothing_without_a_yes(listener: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert listener("purge").code == SOMETHING_TO_TELL
    assert len(listener("mentions", "--json").array()) == 6
    assert listener("purge", "--yes").code == FINE
    assert len(listener("mentions", "--json").array()) == 6, "all of it is younger than the retention"
