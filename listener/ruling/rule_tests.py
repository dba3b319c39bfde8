"""Runs the configured tests of rules: reads each post as it would be read, judges it, and says what differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from alerts.alert import ReadMention
from alerts.policy import alert_intents
from listener.config import Config
from listener.configuration.rule_tests import RuleTestSettings, TriedCustomer
from listener.customers import parse_directory
from listener.typed_posts import tried_post
from rules.analysis import Analyser, Read, Setup
from rules.customer_standing import CustomerStanding
from rules.customers import matched
from rules.directory import Customer
from rules.judge import RuleBook
from rules.judging import facts_of, ruled, without_rules
from rules.reading import CustomerMatch, RuleMatch
from rules.rule import CompiledRule, compile_rule
from rules.timeline import is_complaint
from rules.variables import Facts, values

_MOST_SHOWN = 60


class Tried(Struct, frozen=True, kw_only=True):
    """What came of one test: the rules of which somebody would be told, and each difference as a sentence."""

    name: str
    expected: tuple[str, ...]
    told: tuple[str, ...]
    differences: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


class _Answer(Struct, frozen=True):
    """A test's post as it was read and judged: the rules that tell somebody, those that are held, and why."""

    read: Read
    facts: Facts
    spoken: Sequence[RuleMatch]
    told: Sequence[RuleMatch]
    held: str


def run_rule_tests(config: Config, tests: Sequence[RuleTestSettings], now: datetime) -> list[Tried]:
    """Runs these tests by the configuration alone: marks and topics that the database holds change nothing.

    Never raises for what a post holds.
    """
    if not tests:
        return []
    setup = config.setup(parse_directory(config))
    analyser = Analyser(_about_every_post(setup, {test.post.source for test in tests}))
    rules = {rule.name: compile_rule(rule) for rule in setup.rules}
    book = RuleBook(rules.values())
    known = {customer.id: customer for customer in setup.customers}
    found = []
    for test in tests:
        brand = test.brand or config.brands[0].name
        post = tried_post(test.post, now)
        read = next(one for one in analyser.analyse([post], test.post.seen_by, now) if one.reading.brand == brand)
        read = _of_customer(read, test.customer, known)
        topics = tuple(topic.lower() for topic in test.topics)
        read = replace(read, reading=replace(read.reading, topics=topics))
        answer = _judged(config, book, read, test, now)
        found.append(
            Tried(
                name=test.name,
                expected=test.expect,
                told=tuple(match.name for match in answer.told),
                differences=tuple(_differences(test, answer, rules)),
            )
        )
    return found


def tests_of(config: Config, name: str) -> list[RuleTestSettings]:
    """The test of that name, or those that expect the rule of that name; all of them where none is told ("")."""
    named = [test for test in config.rule_tests if test.name == name]
    return named or [test for test in config.rule_tests if not name or name in test.expect]


def _about_every_post(setup: Setup, sources: set[str]) -> Setup:
    """Whether a brand's query would find a post is the question of `query test`: here each is about every brand."""
    every = " OR ".join(f'source:"{source}"' for source in sorted(sources))
    return replace(setup, brands=tuple(replace(one, query=f"({one.query}) OR {every}") for one in setup.brands))


def _of_customer(read: Read, wanted: TriedCustomer | None, known: dict[str, Customer]) -> Read:
    """The read as the customer's whom the test names."""
    if wanted is None:
        return read
    base = known.get(wanted.id)
    found = (
        matched(base, 1.0, ("named by the test",))
        if base is not None
        else CustomerMatch(id=wanted.id or "test", confidence=1.0, evidence=("named by the test",))
    )
    told = {key: value for key in ("name", "tier", "owner", "company") if (value := getattr(wanted, key))}
    customer = replace(found, **told, fields={**found.fields, **wanted.fields})
    return replace(read, reading=replace(read.reading, customer=customer))


def _standing(read: Read, wanted: TriedCustomer | None) -> CustomerStanding | None:
    reading = read.reading
    if reading.customer is None:
        return None
    told = wanted or TriedCustomer()
    complains = is_complaint(reading.sentiment.label or "", [intent.label for intent in reading.intent])
    return CustomerStanding(
        recent_complaints=int(complains) if told.recent_complaints is None else told.recent_complaints,
        health=told.health,
        health_trend=told.health_trend,
        tags=tuple(tag.lower() for tag in told.tags),
    )


def _judged(config: Config, book: RuleBook, read: Read, test: RuleTestSettings, now: datetime) -> _Answer:
    plain = facts_of(read.post, read.reading, own=read.own, seen_by=test.post.seen_by, now=now)
    facts = replace(plain, standing=_standing(read, test.customer))
    spoken, troubles = ruled(book, facts, without_rules(read.troubles))
    mention = _mention(replace(read, reading=replace(read.reading, rules=spoken)), facts, now)
    intents, held = alert_intents([mention], config.routes(), now, config.listener.max_age)
    told = [match for intent in intents for match in intent.rules]
    return _Answer(replace(read, troubles=troubles), facts, spoken, told, held.get(mention.id, ""))


def _mention(read: Read, facts: Facts, now: datetime) -> ReadMention:
    reading = read.reading
    return ReadMention(
        id=1,
        post=read.post,
        seen_by=facts.seen_by,
        first_seen_at=now,
        brand=reading.brand or "",
        spans=reading.spans,
        lang=reading.lang,
        sentiment=reading.sentiment,
        urgency=reading.urgency,
        intent=reading.intent,
        topics=reading.topics,
        story="",
        customer=reading.customer,
        rules=reading.rules,
        own=read.own,
        waits_for_answer=reading.waits_for_answer,
    )


def _differences(test: RuleTestSettings, answer: _Answer, rules: dict[str, CompiledRule]) -> Iterator[str]:
    """Each way in which the answer is not the expected one, with what there is instead."""
    told = {match.name: match for match in answer.told}
    spoken = {match.name for match in answer.spoken}
    for name in test.expect:
        if name in told:
            continue
        if name in spoken:
            yield f"'{name}' speaks, but nobody is told: {answer.held}"
        else:
            yield _silent(rules[name], answer)
    for name, match in told.items():
        if name not in test.expect:
            yield f"'{name}' speaks and is not expected: {match.reason}"
    for trouble in answer.read.troubles:
        yield f"{trouble.part}: {trouble.why}"
    reasons = [match.reason for match in answer.told]
    for words in test.because if reasons else ():
        if not any(words.casefold() in reason.casefold() for reason in reasons):
            yield f"no reason holds '{words}': {'; '.join(reasons)}"
    if test.severity and answer.told and answer.told[0].severity != test.severity:
        yield f"severity is {answer.told[0].severity}, expected {test.severity}"
    yield from _misread(test, answer)


def _silent(compiled: CompiledRule, answer: _Answer) -> str:
    """Why an expected rule does not speak: by what its condition asks about."""
    rule = compiled.rule
    if rule.brands and answer.facts.brand not in rule.brands:
        return f"'{rule.name}' does not speak: it is for {', '.join(rule.brands)} only"
    asked = values(answer.facts, compiled.names)
    read = ", ".join(f"{name} is {_shown(value)}" for name, value in asked.items())
    return f"'{rule.name}' does not speak: {read or 'its condition asks nothing of the post'}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, str):
        return f'"{value if len(value) <= _MOST_SHOWN else value[: _MOST_SHOWN - 1] + "…"}"'
    return str(value)


def _misread(test: RuleTestSettings, answer: _Answer) -> Iterator[str]:
    """What was read in the post otherwise than the test says."""
    reading = answer.read.reading
    feels = reading.sentiment
    if test.sentiment and feels.label != test.sentiment:
        score = "" if feels.score is None else f" ({feels.score:+.2f})"
        yield f"sentiment is {feels.label or 'not read'}{score}, expected {test.sentiment}"
    if test.urgency and reading.urgency.label != test.urgency:
        yield f"urgency is {reading.urgency.label}, expected {test.urgency}"
    if test.lang and reading.lang != test.lang:
        yield f"language is {reading.lang}, expected {test.lang}"
    if test.intents is not None:
        found = [intent.label for intent in reading.intent]
        for label in test.intents:
            if label not in found:
                yield f"intent '{label}' is not read; read: {', '.join(found) or 'none'}"
