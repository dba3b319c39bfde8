"""Finds the custom fields of customers that a condition asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules.rule_mistakes import RuleMistake, place
from rules.rule_words import RuleWord

FIELDS = "customer.fields"
_PREFIX = f"{FIELDS}."
_PLAIN = re.compile(r"""(["'])([^"'\\]+)\1""")
_WRITE = 'write customer.fields.renewal_date, or customer.fields["renewal date"]'


def custom_fields(condition: str, words: Sequence[RuleWord]) -> tuple[tuple[str, ...], tuple[RuleMistake, ...]]:
    """Gives the fields that a condition names, each as "customer.fields.NAME", and what is wrong with how it asks.

    Each must be named where the condition is written: only so can a field that a customer does not have be "" instead
    of an error. `words`: the condition's, without comments.
    """
    names: dict[str, None] = {}
    mistakes: list[RuleMistake] = []
    for number, word in enumerate(words):
        if word.kind != "name" or not (word.text == FIELDS or word.text.startswith(_PREFIX)):
            continue
        before, after = words[max(number - 2, 0) : number], words[number + 1 : number + 4]
        name, wrong = _asked(word, [one.text for one in before], after)
        if wrong:
            mistakes.append(RuleMistake(*place(condition, word.start), wrong))
        else:
            names[f"{_PREFIX}{name}"] = None
    return tuple(names), tuple(mistakes)


def is_custom_field(name: str) -> bool:
    """Whether a name is one that `custom_fields` gives."""
    return name.startswith(_PREFIX)


def field_of(name: str) -> str:
    """The field's own name."""
    return name.removeprefix(_PREFIX)


def _asked(word: RuleWord, before: Sequence[str], after: Sequence[RuleWord]) -> tuple[str, str]:
    """The name of the field, or else what is wrong."""
    if before == ["has", "("]:
        return "", 'has() is not needed: a field that is not there is ""; compare with that'
    parts = word.text.split(".")[2:]
    if parts:
        calls = len(parts) == 1 and bool(after) and after[0].text == "("
        return (parts[0], "") if not calls else ("", f"a field must be named: {_WRITE}")
    texts = [one.text for one in after]
    if len(after) == 3 and texts[0] == "[" and texts[2] == "]" and after[1].kind == "string":
        plain = _PLAIN.fullmatch(texts[1])
        if plain is not None:
            return plain[2], ""
    return "", f"a field must be named: {_WRITE}"
