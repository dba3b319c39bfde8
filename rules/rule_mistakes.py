"""Turns what the compiler of conditions says into words for whoever wrote the rule."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping

from msgspec import Struct

from rules.rule_words import RuleWord, rule_words
from rules.variables import VARIABLES

FUNCTIONS = (
    *("contains", "startsWith", "endsWith", "matches", "size", "exists", "exists_one", "all", "filter", "map"),
    *("has", "int", "double", "string", "bool", "duration", "timestamp"),
)
_KINDS: Mapping[str, str] = {
    "string": "text",
    "int": "a whole number",
    "uint": "a whole number with u",
    "double": "a number with a point",
    "bool": "true/false",
    "list(string)": "a list of texts",
    "map(string, string)": "all custom fields",
    "list(int)": "a list of whole numbers",
    "list(double)": "a list of numbers with a point",
    "null_type": "null",
    "bytes": "bytes",
}
_OTHER_LANGUAGES = {"and": "&&", "or": "||", "not": "!", "=": "==", "<>": "!=", "like": "contains()", "is": "=="}
_MISTAKE = re.compile(r"^(?:INVALID_ARGUMENT: )?ERROR: <input>:(-?\d+):(-?\d+): (.*)$", re.MULTILINE)
_OVERLOAD = re.compile(r"found no matching overload for '(.+?)' applied to '\((.*)\)'")
_UNKNOWN = re.compile(r"undeclared reference to '(.*?)'")
_UNREADABLE = re.compile(r"Syntax error: token recognition error at: '(.*?)'?$")
_UNEXPECTED = re.compile(r"Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting")
_STATUS = re.compile(r" \[[A-Z_]+\]$")


class RuleMistake(Struct, frozen=True, order=True):
    """One thing that is wrong with a condition: line and column count from 1, in characters."""

    line: int
    column: int
    message: str


def mistakes_of(condition: str, complaint: str, more: Collection[str] = ()) -> tuple[RuleMistake, ...]:
    """Reads the compiler's complaint about `condition`: every mistake in it, in the order of their places.

    `more`: variables that it may name beyond VARIABLES.
    """
    words = [word for word in rule_words(condition) if word.kind != "comment"]
    found: dict[tuple[int, int], RuleMistake] = {}
    told = _MISTAKE.findall(complaint)
    # after a sign that it cannot read, the compiler is surprised by what follows too: the sign is the mistake
    told = [one for one in told if "token recognition error" in one[2]] or told
    for line, column, said in told:
        at = _offset(condition, int(line), int(column))
        start, message = _explain(_STATUS.sub("", said), at, words, more)
        where = place(condition, start)
        found.setdefault(where, RuleMistake(*where, message))
    if not found:
        return (RuleMistake(1, 1, _withoutplace(complaint)),)
    return _joined(sorted(found.values()))


def _withoutplace(complaint: str) -> str:
    if "recursion" in complaint:
        return "is nested too deeply: write it as several rules"
    return f"cannot be read: {' '.join(complaint.split())[:200]}"


def _explain(said: str, at: int, words: list[RuleWord], more: Collection[str]) -> tuple[int, str]:
    """Gives where the mistake begins, and the sentence."""
    if unknown := _UNKNOWN.search(said):
        return _explain_unknown(unknown[1], at, words, more)
    if overload := _OVERLOAD.search(said):
        return at, _explain_types(overload[1], overload[2], at, words)
    if "recursion depth" in said:
        return 0, "joins more than 32 steps: write it as several rules"
    if unreadable := _UNREADABLE.search(said):
        return at, _explain_unreadable(unreadable[1])
    if unexpected := _UNEXPECTED.search(said):
        return at, _explain_unexpected(unexpected[1], at, words)
    if "select operation" in said:
        word = _word_at(at, words)
        return at, f"{word.text.rpartition('.')[0] if word else 'this'!r} has no parts that a point could name"
    said = said.removeprefix("Syntax error: ").replace("'<EOF>'", "the end")
    return at, said[:200]


def _explain_unknown(name: str, at: int, words: list[RuleWord], more: Collection[str]) -> tuple[int, str]:
    called = next((word for word in words if word.end == at and word.kind == "name"), None)
    if called is not None:
        start = called.end - len(name)
        if name in FUNCTIONS:
            return start, f"{name}() is not used like this"
        if name.lower() in ("lowerascii", "lower", "tolower", "upper"):
            return start, f'there is no function {name}(): text.matches("(?i)refund") finds any case'
        return start, f"there is no function {name}(){_meant(name, FUNCTIONS) or ': known are ' + ', '.join(FUNCTIONS)}"
    word = _word_at(at, words)
    start = word.start if word else at
    parts = [known for known in VARIABLES if known.startswith(f"{name}.")]
    if parts:
        return start, f"{name!r} has parts: {', '.join(parts)}"
    if name in ("True", "False", "TRUE", "FALSE"):
        return start, f"write {name.lower()}"
    meant = _meant(name, (*more, *VARIABLES))
    if not meant and "." not in name:
        meant = f'; if the text is meant, write "{name}"'
    return start, f"there is no variable {name!r}{meant}"


def _meant(name: str, known: Mapping[str, object] | tuple[str, ...]) -> str:
    close = [other for other in known if other.rpartition(".")[2] == name]
    close = close[:1] or difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f": did you mean {close[0]!r}?" if close else ""


def _explain_types(operator: str, types: str, at: int, words: list[RuleWord]) -> str:
    sign = operator.strip("_").replace("@in", "in").replace("_", " ").strip()
    kinds = [kind.strip() for kind in re.split(r",\s*(?![^(]*\))", types)]
    said = " and ".join(_KINDS.get(kind, kind) for kind in kinds)
    before = [word for word in words if word.end <= at]
    after = [word for word in words if word.start > at]
    hint = _number_hint(kinds, before, after) or _list_hint(sign, kinds, before, after)
    if not hint and "null_type" in kinds:
        hint = "; nothing is ever null here: ask customer.known or sentiment.known"
    if not hint and sign in ("&&", "||", "!", "? :"):
        hint = "; it joins conditions that are true or false"
    if sign[:1].isalpha() and sign != "in":
        return f"{sign}() cannot take {said}{hint}"
    return f"'{sign}' cannot take {said}{hint}"


def _number_hint(kinds: list[str], before: list[RuleWord], after: list[RuleWord]) -> str:
    """The commonest mistake by far: 5 beside a number with a point, or 5.0 beside a whole one."""
    if sorted(kinds) != ["double", "int"]:
        return ""
    number, name = _number_and_name(before, after)
    kind = VARIABLES[name].kind if name in VARIABLES else ""
    if kind == "number":
        return f": {name} is a number with a point: write {number + '.0' if number else '5.0'}"
    if kind == "whole number":
        whole = number.partition(".")[0] if number else "5"
        return f": {name} is a whole number: write {whole or '0'}"
    return ": write both with a point (5.0) or both without"


def _number_and_name(before: list[RuleWord], after: list[RuleWord]) -> tuple[str, str]:
    right = "".join(word.text for word in after[: 2 if after and after[0].text == "-" else 1])
    left = before[-1].text if before else ""
    if left[:1].isdigit():
        sign = "-" if len(before) > 1 and before[-2].text == "-" else ""
        return sign + left, right
    return (right if right.lstrip("-")[:1].isdigit() else ""), left


def _list_hint(sign: str, kinds: list[str], before: list[RuleWord], after: list[RuleWord]) -> str:
    left = before[-1].text if before else ""
    right = after[0].text if after else ""
    if sign == "in" and kinds == ["string", "string"]:
        return f": a list stands to the right of 'in'; write {left} == {right}, or {right}.contains({left})"
    if sign == "in" and kinds == ["list(string)", "string"]:
        return f": write {right} in {left}"
    if sign in ("==", "!=") and sorted(kinds) == ["list(string)", "string"]:
        item, items = (right, left) if kinds[0] != "string" else (left, right)
        return f": write {item} in {items}" if sign == "==" else f": write !({item} in {items})"
    return ""


def _explain_unreadable(token: str) -> str:
    token = token.strip()
    if token.startswith("="):
        return "'=' compares nothing: write =="
    if token[:1] in "“”„‘’«»":
        return 'curly quotes: write straight ones, "'
    if token[:1] in "\"'":
        return "a text begins here and does not end on its line"
    return f"{token[:20]!r} means nothing outside of quotes"


def _explain_unexpected(token: str, at: int, words: list[RuleWord]) -> str:
    if token == "<EOF>":  # noqa: S105 — the compiler's word for the end
        return "the condition ends too early"
    before = next((word for word in reversed(words) if word.end <= at), None)
    for wrong in (token.lower(), before.text.lower() if before and before.kind == "name" else ""):
        if wrong in _OTHER_LANGUAGES:
            return f"{wrong!r} is not a word of conditions: write {_OTHER_LANGUAGES[wrong]}"
    if token == "," and before is not None and before.kind == "number":  # noqa: S105 — a comma is no password
        return "numbers are written with a point, such as -0.4"
    return f"did not expect {token[:40]!r} here"


def _word_at(at: int, words: list[RuleWord]) -> RuleWord | None:
    return next((word for word in words if word.start <= at < word.end), None)


def _offset(condition: str, line: int, column: int) -> int:
    lines = condition.split("\n")
    line = min(max(line, 1), len(lines))
    return sum(len(text) + 1 for text in lines[: line - 1]) + max(column, 1) - 1


def place(condition: str, offset: int) -> tuple[int, int]:
    """Gives the line and the column, both from 1, of a character of a condition."""
    before = condition[: max(offset, 0)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _joined(mistakes: list[RuleMistake]) -> tuple[RuleMistake, ...]:
    """A word in another script is told letter by letter: its first letter is enough."""
    kept: list[RuleMistake] = []
    last = None
    for mistake in mistakes:
        beside = last is not None and last.line == mistake.line and mistake.column - last.column <= 1
        if not (beside and "outside of quotes" in mistake.message):
            kept.append(mistake)
        last = mistake
    return tuple(kept[:10])
