"""Which of a brand's topics a text holds."""

from __future__ import annotations

from collections.abc import Sequence

from rules.topic_words import READ_CHARACTERS, holds, spoken
from sources.query.words import is_dense, normalise


class TopicFinder:
    """Looks for a few topics in many texts.

    Most texts hold none: that costs one look for each topic's first word, anywhere in the folded text. Only where one
    is there is the text cut as it is when topics are counted.
    """

    def __init__(self, terms: Sequence[str]) -> None:
        self._terms = [(term if is_dense(term[0]) else term.partition(" ")[0], term) for term in terms if term]

    def find(self, text: str) -> tuple[str, ...]:
        """The topics that the readable text holds, in the order in which they were given. No text is an error."""
        folded = normalise(text[:READ_CHARACTERS])
        wanted = [term for first, term in self._terms if first in folded]
        if not wanted:
            return ()
        said = spoken(text)
        return tuple(term for term in wanted if holds(said, term))
