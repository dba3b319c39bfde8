"""Rules are tested from the configuration: a post, whom it must reach, and a difference that explains itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from listener.cli.tree import app as command

BEGUN = """
[[brands]]
name = "Acme"
query = "acme"
own = ["mastodon:acmehelp@mastodon.example"]
[[rules]]
name = "angry"
when = 'sentiment.score <= -0.4 && customer.tier in ["gold", "platinum"]'
severity = "high"
[[rules]]
name = "danger"
when = '"safety" in intent'
severity = "critical"
[[rules]]
name = "in Bengali"
when = 'lang.startsWith("bn") && sentiment.score <= -0.3'
severity = "medium"
[[rules]]
name = "careful"
when = 'customer.recent_complaints >= 3 || "battery" in topics || "vip" in customer.tags || customer.health < 40.0'
severity = "low"
"""


def _run(folder: Path, written: str, *arguments: str) -> Result:
    path = folder / "config.toml"
    path.write_text(BEGUN + written, "utf-8")
    return CliRunner().invoke(command, [*arguments, "--config", str(path)])


def _test(name: str, more: str, text: str = "my Acme kettle broke, this is terrible and I am furious") -> str:
    return f'[[rule_tests]]\nname = "{name}"\npost.text = "{text}"\n{more}\n'


def test_tests_that_hold_pass_in_each_language(tmp_path: Path) -> None:
    written = (
        _test("gold", 'customer.tier = "gold"\nexpect = ["angry"]\nseverity = "high"\nsentiment = "negative"')
        + _test("stranger", "expect = []")
        + _test("bn", 'expect = ["in Bengali"]\nlang = "bn"', "অ্যাকমি কেটলিটা তিনবার নষ্ট হয়েছে, খুব খারাপ, টাকা ফেরত চাই")
        + _test("vip", 'customer.tags = ["VIP"]\nexpect = ["careful"]\nbecause = ["VIP"]', "hello Acme")
        + _test("often", 'customer.recent_complaints = 3\nexpect = ["careful"]', "hello Acme")
        + _test("battery", 'topics = ["Battery"]\nexpect = ["careful"]', "hello Acme")
        + _test("ill", 'customer.health = 30\nexpect = ["careful"]', "hello Acme")
    )  # fmt: skip
    result = _run(tmp_path, written, "rules", "test")
    assert result.exit_code == 0, result.output
    assert "7 tests, none failed" in result.output
    assert "ok     gold  ->  angry\n" in result.output and "ok     stranger  ->  nobody is told\n" in result.output
    checked = _run(tmp_path, written, "check")
    assert checked.exit_code == 0 and "7 rule tests passed" in checked.output


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ('expect = ["danger"]', "'danger' does not speak: intent is [\""),
        ('customer.tier = "gold"\nexpect = []', "'angry' speaks and is not expected: test (gold) wrote -"),
        ('expect = ["angry"]\ncustomer.tier = "gold"\nbecause = ["refund"]', "no reason holds 'refund': test (gold)"),
        ('expect = ["angry"]\ncustomer.tier = "gold"\nseverity = "low"', "severity is high, expected low"),
        ('expect = []\nsentiment = "positive"', "sentiment is negative (-"),
        ('expect = []\nintents = ["praise"]', "intent 'praise' is not read; read: "),
        ('expect = []\nlang = "bn"', "language is en, expected bn"),
        ('expect = []\nurgency = "critical"', "expected critical"),
        (
            'customer.tier = "gold"\nexpect = ["angry"]\npost.age = "3d"',
            "'angry' speaks, but nobody is told: published 3 days ago, older than max_age",
        ),
        (
            'customer.tier = "gold"\nexpect = ["angry"]\npost.source = "mastodon"\n'
            'post.author = "acmehelp@mastodon.example"',
            "nobody is told: written by one of the brand's own accounts",
        ),
    ],
)
def test_a_test_that_fails_says_what_differs(tmp_path: Path, more: str, says: str) -> None:
    result = _run(tmp_path, _test("x", more), "rules", "test")
    assert result.exit_code == 1 and says in result.output, result.output
    checked = _run(tmp_path, _test("x", more), "check")
    assert checked.exit_code == 1 and says in checked.output and "1 of 1 rule test failed" in checked.output


def test_one_test_or_those_of_one_rule_are_run(tmp_path: Path) -> None:
    written = _test("one", "expect = []") + _test("two", 'customer.tier = "gold"\nexpect = ["angry"]')
    rows = json.loads(_run(tmp_path, written, "rules", "test", "angry", "--json").stdout)
    assert rows == [{"name": "two", "expected": ["angry"], "told": ["angry"], "differences": [], "passed": True}]
    assert "1 test, none failed" in _run(tmp_path, written, "rules", "test", "one").output
    assert _run(tmp_path, written, "rules", "test", "danger").exit_code == 1
    unknown = _run(tmp_path, written, "rules", "test", "none such")
    assert unknown.exit_code == 2 and "no test and no rule is named 'none such'" in unknown.output
    assert _run(tmp_path, written, "rules", "test", "--text", "x").exit_code == 2
    assert _run(tmp_path, written, "rules", "test", "angry", "--brand", "Acme").exit_code == 2
    assert "there is no test" in _run(tmp_path, "", "rules", "test").output


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (_test("x", 'expect = ["angri"]'), "rule_tests[0].expect[0] is 'angri', must be one of: "),
        (_test("x", 'expect = []\nbrand = "Akme"'), "rule_tests[0].brand is 'Akme', must be one of: Acme"),
        (_test("x", "expect = []") * 2, "rule_tests[1].name is 'x', which is the name of rule_tests[0] already"),
        (_test("x", 'expect = []\nbecause = ["y"]'), "`because` needs a rule in `expect`"),
        (_test("x", 'expect = []\npost.autor = "y"'), "rule_tests[0].post.autor: unknown key, did you mean 'author'?"),
        (_test("x", "expect = []", ""), "needs a `text` or a `title`"),
        (_test("x", ""), "rule_tests[0].expect is missing"),
    ],
)
def test_a_mistake_in_a_test_is_told_by_its_place(tmp_path: Path, written: str, says: str) -> None:
    assert says in str(_run(tmp_path, written, "check").exception)


def test_what_a_test_holds_cannot_move_the_terminal(tmp_path: Path) -> None:
    result = _run(
        tmp_path, _test("x", 'post.author = "\\u001b[2J"\ncustomer.tier = "gold"\nexpect = []'), "rules", "test"
    )
    assert "\x1b" not in result.output and result.exit_code == 1


def test_a_customer_of_the_directory_is_known_by_number_or_handle(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text("id,name,tier,handles\nc1,Ann,gold,mastodon:ann@host.example\n")
    written = (
        '[[customers]]\npath = "customers.csv"\n'
        + _test("by number", 'customer.id = "c1"\nexpect = ["angry"]\nbecause = ["Ann (gold)"]')
        + _test("demoted", 'customer.id = "c1"\ncustomer.tier = "silver"\nexpect = []')
        + _test("by handle", 'post.source = "mastodon"\npost.author = "ann@host.example"\nexpect = ["angry"]')
    )
    result = _run(tmp_path, written, "rules", "test")
    assert result.exit_code == 0, result.output
