"""Rules as data: a condition in the Common Expression Language, checked and compiled when the program starts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from cel_expr_python import cel
from msgspec import Struct

from rules.custom_fields import FIELDS, custom_fields, field_of, is_custom_field
from rules.reading import Severity
from rules.rule_growth import growing
from rules.rule_mistakes import RuleMistake, mistakes_of, place
from rules.rule_words import RuleWord, named_variables, rule_words
from rules.variables import VARIABLES, Facts, Kind, Value, values

MAX_CONDITION = 4_000

More = tuple[tuple[str, Kind], ...]
"""Variables beyond VARIABLES that a condition may name, with their types."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


class Rule(Struct, frozen=True):
    """When to speak, and how loud. `brands`: only for these; empty: for all."""

    name: str
    when: str
    severity: Severity
    brands: tuple[str, ...] = ()


class RuleError(ValueError):
    """A rule that cannot be used: every mistake in its condition, each with line and column (from 1)."""

    def __init__(self, name: str, condition: str, mistakes: tuple[RuleMistake, ...]) -> None:
        self.name = name
        self.condition = condition
        self.mistakes = mistakes
        self.line = mistakes[0].line
        self.column = mistakes[0].column
        several_lines = "\n" in condition.strip()
        self.message = "; ".join(
            f"{f'line {mistake.line} ' if several_lines else ''}column {mistake.column}: {mistake.message}"
            for mistake in mistakes
        )
        super().__init__(f"rule {name!r}: {self.message}")

    def pointing(self) -> str:
        """The condition, line by line, with a caret under the column of each mistake and its sentence."""
        told = []
        for number, line in enumerate(self.condition.split("\n"), 1):
            told.append(line)
            told += [f"{' ' * (m.column - 1)}^ {m.message}" for m in self.mistakes if m.line == number]
        return "\n".join(told)


class Undecided(Exception):
    """A condition that has no answer for this mention, such as a division by zero; the text says why."""


class CompiledRule:
    """A rule, ready to decide: pure, and usable from several threads."""

    __slots__ = ("_expression", "_more", "names", "rule")

    def __init__(self, rule: Rule, expression: Any, names: tuple[str, ...], more: More = ()) -> None:
        self.rule = rule
        self.names = names  # the variables that the condition names, in its order
        self._expression = expression
        self._more = more

    def decide(self, facts: Facts, given: Any = None, *, more: Mapping[str, Value] = {}) -> bool:
        """Whether the condition holds. Raises Undecided where it has no answer.

        `given`: what `prepared` gave for these facts and all names of this rule, to spare the making of it. `more`: the
        values of the variables with which it was compiled beyond those of rules.
        """
        try:
            if given is None:
                given = prepared(facts, self.names, self._more, more)
            answer = self._expression.eval(given)
        except (RuntimeError, TypeError, ValueError) as error:
            raise Undecided(_said(str(error))) from error
        if answer.type() != cel.Type.BOOL:
            raise Undecided(_said(str(answer.value())))
        return bool(answer.value())


class AnyOf:
    """Several rules asked as one: most mentions fulfil none, and hearing that once costs no more than one rule."""

    __slots__ = ("_expression",)

    def __init__(self, rules: Sequence[CompiledRule]) -> None:
        """Raises RuntimeError where the runtime takes the conditions only one by one."""
        # each in lines of its own, since a condition may end in a comment
        self._expression = _environment().compile(" || ".join(f"(\n{one.rule.when}\n)" for one in rules))

    def none_holds(self, given: Any) -> bool:
        """Whether it is sure that no condition holds and each has an answer.

        An "or" is false only where all its parts are (langdef.md, Logical Operators): a part without an answer gives
        none to the whole, unless another holds.
        """
        try:
            answer = self._expression.eval(given)
        except (RuntimeError, TypeError, ValueError):
            return False  # each is asked alone, and tells what is wrong with it
        return answer.type() == cel.Type.BOOL and not answer.value()


def prepared(facts: Facts, names: Sequence[str], kinds: More = (), more: Mapping[str, Value] = {}) -> Any:
    """Gives these variables of a mention as conditions are asked with; `more`: values of variables beyond those."""
    plain = [name for name in names if not is_custom_field(name)]
    given: dict[str, Any] = {**values(facts, plain), **more}
    if len(plain) < len(names):
        fields = [name for name in names if is_custom_field(name)]
        given[FIELDS] = {field_of(name): value for name, value in values(facts, fields).items()}
    return _environment(kinds).Activation(given)


def compile_rule(rule: Rule, more: Mapping[str, Kind] = {}) -> CompiledRule:
    """Checks a rule's condition with its types and compiles it. `more`: variables that it may name beyond VARIABLES.

    Raises RuleError with all that is wrong. Language: https://github.com/google/cel-spec/blob/master/doc/langdef.md
    """
    condition = rule.when
    if not condition.strip():
        raise _error(rule, 1, "the condition is empty: write one, such as sentiment.score <= -0.4")
    if len(condition) > MAX_CONDITION:
        raise _error(rule, MAX_CONDITION + 1, f"a condition has at most {MAX_CONDITION} characters")
    if found := _UNWRITABLE.search(condition):
        raise _error(rule, found.start() + 1, f"the character U+{ord(found[0]):04X} cannot stand in a condition")
    kinds = tuple(more.items())
    try:
        expression = _environment(kinds).compile(condition)
    except RuntimeError as error:
        raise RuleError(rule.name, condition, mistakes_of(condition, str(error), tuple(more))) from None
    kind = expression.return_type()
    if kind != cel.Type.BOOL:
        raise _error(rule, 1, f"must be true or false, but gives {_KIND_NAMES.get(kind.name(), kind.name())}")
    words = [word for word in rule_words(condition) if word.kind != "comment"]
    fields, wrong = custom_fields(condition, words)
    mistakes = sorted((*_bad_patterns(condition, words), *growing(condition, words), *wrong))
    if mistakes:
        raise RuleError(rule.name, condition, tuple(mistakes))
    return CompiledRule(rule, expression, (*named_variables(condition, VARIABLES), *fields), kinds)


_TYPES: Mapping[Kind, Any] = {
    "text": cel.Type.STRING,
    "whole number": cel.Type.INT,
    "number": cel.Type.DOUBLE,
    "true/false": cel.Type.BOOL,
    "list of texts": cel.Type.List(cel.Type.STRING),
}
_KIND_NAMES = {kind.name(): f"a {name}" for name, kind in _TYPES.items()} | {
    cel.Type.DYN.name(): "something that is only known when it runs",
    cel.Type.STRING.name(): "a text",
}


@cache
def _environment(more: More = ()) -> Any:
    known = {name: _TYPES[variable.kind] for name, variable in VARIABLES.items()}
    known |= {name: _TYPES[kind] for name, kind in more}
    return cel.NewEnv(variables=known | {FIELDS: cel.Type.Map(cel.Type.STRING, cel.Type.STRING)})


def _error(rule: Rule, column: int, message: str) -> RuleError:
    return RuleError(rule.name, rule.when, (RuleMistake(1, column, message),))


def _bad_patterns(condition: str, words: Sequence[RuleWord]) -> Iterator[RuleMistake]:
    """Finds the patterns written out in matches("...") that would fail on every mention."""
    for call, bracket, pattern, end in zip(words, words[1:], words[2:], words[3:], strict=False):
        written = pattern.kind == "string" and bracket.text == "(" and end.text == ")"
        if not (written and call.text.split(".")[-1] == "matches"):
            continue
        answer = _environment().compile(f"''.matches({pattern.text})").eval(_environment().Activation({}))
        if answer.type() != cel.Type.BOOL:
            yield RuleMistake(*place(condition, pattern.start), _said(str(answer.value())))


def _said(complaint: str) -> str:
    """The runtime's own words without its codes: "INVALID_ARGUMENT: divide by zero" is "divide by zero"."""
    return re.sub(r"^[A-Z_]+: ", "", " ".join(complaint.split()))[:200]
