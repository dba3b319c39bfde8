"""Reads posts for the brands that they mention, and says which rules speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from threading import Lock

from msgspec import Struct
from msgspec.structs import replace

from rules.directory import Customer
from rules.identity import network
from rules.judge import RuleBook
from rules.judging import facts_of, ruled, without_rules
from rules.language import identify_language
from rules.match import Matcher
from rules.matching.outcome import Outcome
from rules.own import OwnAccounts
from rules.reading import CustomerMatch, Mention, Reading, Sentiment
from rules.recognition import Decision, MayMatch, Recogniser, weigher_of
from rules.rule import Rule, compile_rule
from rules.sentiment.analyzers import AnalyzerChoice, open_analyzer
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.corrected import CorrectedReader
from rules.sentiment.correction import Correction
from rules.text import readable
from rules.topic_finding import TopicFinder
from rules.understanding import Trouble, Understanding, tried, understand
from rules.variables import Facts
from sources.post import Post
from sources.query import parse

RuleSetup = Rule
"""A rule of the set-up is the rule itself: name, when, severity, brands (empty: all)."""

_NO_RULES = RuleBook()


class BrandSetup(Struct, frozen=True):
    """A brand: the query that finds its mentions, and its own accounts as OwnAccounts reads them."""

    name: str
    query: str
    own: tuple[str, ...] = ()


class BrandTerms(Struct, frozen=True):
    """The topics that are current for a brand, folded (rules.topics), the surest first."""

    brand: str
    terms: tuple[str, ...]


class Setup(Struct, frozen=True):
    """All that reading depends on.

    `unmatched_sources`: kinds whose authors must not be matched with customers, beyond those whose terms forbid it;
    `unmatched_seen_by`: configured sources of which the same is true. `opted_in`: kinds whose terms leave matching to
    the user, who has switched it on. `correction`: what people's marks taught about sentiment. `analyzer`: what
    reads it. `decisions`: what people said of who is which customer.
    """

    brands: tuple[BrandSetup, ...]
    rules: tuple[RuleSetup, ...]
    customers: tuple[Customer, ...] = ()
    unmatched_sources: tuple[str, ...] = ()
    unmatched_seen_by: tuple[str, ...] = ()
    opted_in: tuple[str, ...] = ()
    topics: tuple[BrandTerms, ...] = ()
    correction: Correction | None = None
    analyzer: AnalyzerChoice = AnalyzerChoice()
    decisions: tuple[Decision, ...] = ()


class Read(Struct, frozen=True):
    """A post, read for one brand. The reading's `story` is "": whoever keeps history gives it.

    `own`: one of the brand's own accounts wrote it. `troubles`: what could not be read or decided, each with its why.
    `decided`: a person's word made the reading's customer what it is, and the evidence alone gives `found`. `weighed`:
    what evidence that is no address or handle came to. `may_match`: see rules.recognition.Recognised.
    """

    post: Post
    reading: Reading
    fingerprint: tuple[int, ...]
    own: bool
    troubles: tuple[Trouble, ...] = ()
    decided: bool = False
    found: CustomerMatch | None = None
    weighed: Outcome | None = None
    may_match: bool = True


class Analyser:
    """Reads posts by one set-up; usable from several threads.

    Building one raises QueryError for a brand's query, RuleError for a rule's condition, and ValueError for an own
    account or a name that two brands share; the notes of the error name the brand.
    """

    def __init__(self, setup: Setup) -> None:
        self._own: dict[str, OwnAccounts] = {}
        queries = {}
        for brand in setup.brands:
            if brand.name in queries:
                raise ValueError(f"two brands are called {brand.name!r}")
            try:
                queries[brand.name] = parse(brand.query)
                self._own[brand.name] = OwnAccounts(brand.own)
            except ValueError as error:
                error.add_note(f"brand {brand.name!r}")
                raise
        self._matcher = Matcher(queries, identify=language_of)
        self._matching = Lock()  # a matcher learns from what it sees, and serves one thread at a time
        self._rules = RuleBook(compile_rule(rule) for rule in setup.rules)
        may_match = MayMatch(
            unmatched_sources=frozenset(map(network, setup.unmatched_sources)),
            unmatched_seen_by=frozenset(setup.unmatched_seen_by),
            opted_in=frozenset(setup.opted_in),
        )
        self._recogniser = Recogniser(setup.customers, may_match, weigher_of(setup.customers))
        self._reader = open_analyzer(setup.analyzer)
        self._learn(setup)

    def having_learned(self, setup: Setup) -> Analyser:
        """The same with this set-up's topics, correction and decisions; those change often, all else takes seconds.

        Raises ValueError for a correction that cannot be read.
        """
        changed = copy(self)
        changed._learn(setup)
        return changed

    def _learn(self, setup: Setup) -> None:
        learned = setup.correction
        self._sentiment: Analyzer = self._reader if learned is None else CorrectedReader(self._reader, learned)
        self._topics = {of.brand: TopicFinder(of.terms) for of in setup.topics}
        self._recogniser = self._recogniser.having_learned(setup.decisions)

    def analyse(self, posts: Sequence[Post], seen_by: str, now: datetime, every: bool = False) -> list[Read]:
        """Gives one Read per post and brand that it mentions, in the order of the posts.

        `seen_by` names the configured source. `every`: a post that no brand's query matched gives one Read too,
        with brand None. Never raises for what a post holds: what fails on one mention is told in its `troubles`
        and stops no other. A post whose queries fail is kept as a mention of every brand, for which no rule speaks.
        """
        mentions, unmatched = self._match(posts, seen_by)
        if every:
            mentions = _with_the_rest(posts, mentions)
        about = {id(mention.post): mention.post for mention in mentions}
        understandings = understand(list(about.values()), lambda post: self._recogniser.recognise(post, seen_by, now))
        understood = dict(zip(about, understandings, strict=True))
        reads = []
        for mention, (sentiment, failed) in zip(mentions, self._feel(mentions, understood), strict=True):
            understanding = understood[id(mention.post)]
            troubles = [*unmatched.get(id(mention.post), ()), *understanding.troubles, *failed]
            topics = self._topics_in(mention, understanding, troubles)
            facts = self._facts(mention, understanding, sentiment, topics, seen_by, now)
            judged = id(mention.post) not in unmatched
            reads.append(self._read(mention, understanding, facts, troubles, judged))
        return reads

    def judged(self, reads: Sequence[Read], seen_by: str, now: datetime) -> list[Read]:
        """Gives the reads with what the rules say of them now that their sentiment is another.

        Never raises for what they hold. A post whose queries had failed keeps to be one for which no rule speaks.
        """
        return [self._judged(read, seen_by, now) for read in reads]

    def _judged(self, read: Read, seen_by: str, now: datetime) -> Read:
        if any(trouble.part == "query" for trouble in read.troubles):
            return read
        facts = facts_of(read.post, read.reading, own=read.own, seen_by=seen_by, now=now)
        matches, troubles = ruled(self._rules, facts, without_rules(read.troubles))
        return replace(read, reading=replace(read.reading, rules=matches), troubles=troubles)

    def _match(self, posts: Sequence[Post], seen_by: str) -> tuple[list[Mention], Mapping[int, list[Trouble]]]:
        """Gives the mentions, and for posts that cannot be matched (by their id()) why."""
        failed: list[Trouble] = []
        unmatched: dict[int, list[Trouble]] = {}
        mentions: list[Mention] = []
        with self._matching:
            found = tried("query", failed, lambda: self._matcher.match(posts, seen_by), mentions)
            if not failed:
                return found, {}
            for post in posts:
                found, troubles = self._match_alone(post, seen_by)
                mentions += found
                if troubles:
                    unmatched[id(post)] = troubles
        return mentions, unmatched

    def _match_alone(self, post: Post, seen_by: str) -> tuple[list[Mention], list[Trouble]]:
        troubles: list[Trouble] = []
        of_every_brand = [Mention(post=post, brand=brand) for brand in self._own]
        return tried("query", troubles, lambda: self._matcher.match([post], seen_by), of_every_brand), troubles

    def _feel(
        self, mentions: Sequence[Mention], understood: Mapping[int, Understanding]
    ) -> list[tuple[Sentiment, list[Trouble]]]:
        texts = [_ready(mention, understood[id(mention.post)]) for mention in mentions]
        failed: list[Trouble] = []
        nothing: list[Sentiment] = []
        sentiments = tried("sentiment", failed, lambda: self._sentiment.analyze(texts), nothing)
        if failed:
            return [self._feel_alone(text) for text in texts]
        return [(sentiment, []) for sentiment in sentiments]

    def _feel_alone(self, text: ReadyText) -> tuple[Sentiment, list[Trouble]]:
        troubles: list[Trouble] = []
        nothing: list[Sentiment] = []
        read = tried("sentiment", troubles, lambda: self._sentiment.analyze([text]), nothing)
        if troubles:
            return Sentiment(label=None, why=f"could not be read: {troubles[0].why}"), troubles
        return read[0], []

    def _topics_in(self, mention: Mention, understanding: Understanding, troubles: list[Trouble]) -> Sequence[str]:
        finder = self._topics.get(mention.brand or "")
        nothing: tuple[str, ...] = ()
        return tried("topics", troubles, lambda: finder.find(understanding.text), nothing) if finder else nothing

    def _facts(
        self,
        mention: Mention,
        understanding: Understanding,
        sentiment: Sentiment,
        topics: Sequence[str],
        seen_by: str,
        now: datetime,
    ) -> Facts:
        return Facts(
            post=mention.post,
            brand=mention.brand or "",
            seen_by=(seen_by,) if seen_by else (),
            lang=understanding.lang,
            sentiment=sentiment,
            urgency=understanding.urgency,
            intent=understanding.intent,
            waits_for_answer=understanding.waiting.waits,
            topics=topics,
            customer=understanding.recognised.customer,
            own=mention.brand is not None and self._own[mention.brand].wrote(mention.post),
            now=now,
        )

    def _read(
        self, mention: Mention, understanding: Understanding, facts: Facts, troubles: list[Trouble], judged: bool
    ) -> Read:
        matches, told = ruled(self._rules if judged else _NO_RULES, facts, troubles)
        reading = Reading(
            key=mention.post.key,
            brand=mention.brand,
            spans=mention.spans,
            lang=facts.lang,
            sentiment=facts.sentiment,
            urgency=facts.urgency,
            intent=facts.intent,
            topics=facts.topics,
            story="",
            customer=facts.customer,
            rules=matches,
            waits_for_answer=understanding.waiting.waits,
            waits_because=understanding.waiting.reasons,
        )
        author = understanding.recognised
        decided = author.customer != author.found
        return Read(
            mention.post,
            reading,
            understanding.fingerprint,
            facts.own,
            told,
            decided=decided,
            found=author.found if decided else None,
            weighed=author.outcome,
            may_match=author.may_match,
        )


def language_of(post: Post) -> str:
    """The language in which a post is read, "und" where nothing tells."""
    return identify_language(readable(post), post.lang)


def _ready(mention: Mention, understanding: Understanding) -> ReadyText:
    return ReadyText(text=understanding.text, lang=understanding.lang, brand=mention.brand, spans=mention.spans)


def _with_the_rest(posts: Sequence[Post], mentions: Sequence[Mention]) -> list[Mention]:
    """Each post's mentions in the order of the posts, and one without a brand for each post that has none."""
    by_post: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_post.setdefault(id(mention.post), []).append(mention)
    return [
        mention
        for post in {id(post): post for post in posts}.values()
        for mention in by_post.get(id(post), [Mention(post=post, brand=None)])
    ]
