"""The settings of rule tests: a post that somebody might write, and what the rules must make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from listener.configuration.checks import unknown_names
from listener.configuration.mistakes import Mistake
from listener.configuration.settings import Table
from rules.reading import SentimentLabel, Severity, UrgencyLabel
from sources.post import MAX_TEXT, MAX_TITLE
from sources.settings import Duration, Name, Strict

Count = Annotated[int, Field(ge=0, le=2**53)]
Field200 = Annotated[str, Field(max_length=200)]


class TriedPost(Strict):
    """`post` of `[[rule_tests]]`: what is written, by whom and where. `age`: how long ago."""

    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    title: Annotated[str, Field(max_length=MAX_TITLE)] = ""
    author: Field200 = ""
    name: Field200 = ""
    followers: Count | None = None
    source: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)] = "test"
    instance: Field200 = ""
    seen_by: Field200 = ""
    kind: Literal["post", "comment", "article", "review", "message"] = "post"
    url: Annotated[str, Field(max_length=2_000)] = ""
    lang: Annotated[str, Field(max_length=35)] = ""
    age: Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=3_650))] = timedelta(0)
    reply: bool = False
    likes: Count | None = None
    replies: Count | None = None
    reposts: Count | None = None
    views: Count | None = None

    @model_validator(mode="after")
    def _says_something(self) -> TriedPost:
        if not (self.text or self.title):
            raise ValueError("needs a `text` or a `title`")
        return self


class TriedCustomer(Strict):
    """`customer` of `[[rule_tests]]`: who wrote the post, instead of whom the directory knows by the author's handle.

    With the `id` of somebody in the directory, what is not told here is as the directory has it. `recent_complaints`:
    those of the last seven days with this post; None counts this post alone.
    """

    id: Field200 = ""
    name: Field200 = ""
    tier: Field200 = ""
    owner: Field200 = ""
    company: Field200 = ""
    fields: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    recent_complaints: Count | None = None
    health: Annotated[float, Field(ge=0, le=100)] | None = None
    health_trend: Annotated[float, Field(ge=-100, le=100)] | None = None


class RuleTestSettings(Strict):
    """`[[rule_tests]]`: a post about a brand, and just those rules of which somebody must be told.

    `topics`: which of the brand's topics the post is taken to hold; those of the database are not asked.
    `because`: words that must stand in the reasons. `sentiment`, `urgency`, `lang` and `intents` are what must be read
    in the post; what is not told is not looked at. Without `brand` it is about the first one.
    """

    name: Name
    brand: str = ""
    post: TriedPost
    customer: TriedCustomer | None = None
    topics: tuple[str, ...] = ()
    expect: tuple[str, ...]
    because: tuple[str, ...] = ()
    severity: Severity | None = None
    sentiment: SentimentLabel | None = None
    urgency: UrgencyLabel | None = None
    lang: str | None = None
    intents: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _expects_what_it_asks(self) -> RuleTestSettings:
        asked = "because" if self.because else "severity" if self.severity else ""
        if asked and not self.expect:
            raise ValueError(f"`{asked}` needs a rule in `expect`: where nobody is told there is none")
        return self


def wrong_test_names(tests: Sequence[Table], brands: Sequence[Table], rules: Sequence[Table]) -> Iterator[Mistake]:
    """Brands and rules that tests name and nobody has configured."""
    for test in tests:
        yield from unknown_names(test, "brand", brands, "[[brands]]")
        yield from unknown_names(test, "expect", rules, "[[rules]]")
