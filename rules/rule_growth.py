"""Finds what would let a condition ask for more memory or time than there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from rules.rule_mistakes import RuleMistake, place
from rules.rule_words import RuleWord

_ASK_EACH = frozenset({"all", "exists", "exists_one", "filter", "map"})
_WHERE = "inside of exists(), all(), filter() and map()"


class _Bracket(Struct):
    """A bracket that is open. `asks_each`: what stands in it is worked out for each item of some list.

    `list`: the list in it that is put together for each item, None where there is none.
    """

    asks_each: bool
    list: RuleWord | None


def growing(condition: str, words: Sequence[RuleWord]) -> Iterator[RuleMistake]:
    """Gives a mistake for each text or list that a condition puts together anew for every item of a list.

    Each such step can double the one before: `[text].map(a, a + a)` and twenty more of the same need more memory
    than there is. Without them nothing is longer than the condition and its variables together, and the
    runtime stops by itself after 10,000 items. `words`: the condition's, without comments; it has compiled.
    """
    brackets = [_Bracket(asks_each=False, list=None)]
    before = RuleWord("sign", "", 0, 0)
    for word in words:
        around = brackets[-1]
        if word.kind == "sign" and word.text in "([{":
            brackets.append(_opened(word, before, around))
        elif word.kind == "sign" and word.text in ")]}" and len(brackets) > 1:
            brackets.pop()
        elif around.asks_each and word.text == "+":
            yield _mistake(condition, word, f"'+' cannot stand {_WHERE}")
        elif around.list and word.kind == "name" and word.text not in ("true", "false"):
            yield _mistake(condition, around.list, f"a list {_WHERE} can hold written-out values only")
        before = word


def _opened(word: RuleWord, before: RuleWord, around: _Bracket) -> _Bracket:
    named = before.kind == "name" and before.text != "in"
    asks_each = around.asks_each or (word.text == "(" and before.text.rpartition(".")[2] in _ASK_EACH)
    picks = named or before.kind == "string" or before.text in (")", "]", "}")
    begins_list = word.text == "{" or (word.text == "[" and not picks)
    return _Bracket(asks_each, around.list or (word if begins_list and around.asks_each else None))


def _mistake(condition: str, word: RuleWord, message: str) -> RuleMistake:
    return RuleMistake(*place(condition, word.start), message)
