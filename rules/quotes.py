"""Tells what the author of a post wrote from what is quoted in it."""

from __future__ import annotations

import re

from sources.mail_quotes import begins_device_signature, own_words, wrote_words

_MARKS = (">", "＞")
_MOST_SIGNATURE_LINES = 8
_MOST_SIGNATURE_CHARACTERS = 500
_LONGEST_NAME = 60  # of whom a forum names above a quotation: "Ann Smith:"
_LONGEST_ATTRIBUTION = 200

# "so true! RT @ann: …": what stands before is the author's, what stands behind is not.
_REPOST = re.compile(r"(?:^|[\s\"“”'(«|])(?:RT|MT|QT)[ \n]+@[\w.@-]{1,100}[ \n]*:?")
_NO_WORDS = ("@", "#", "http://", "https://", "www.")
_FIRST_PICTURE = "\u2600"


def without_quotes(text: str, kind: str = "post") -> str:
    """Gives a post's text without what it quotes and without the signature below it.

    Left out are lines that begin with ">" and the line above them that says who wrote so, what follows "RT @name"
    where the author wrote words before it, a signature behind "--", and "Sent from my phone" at the end. An article
    (`kind`) keeps what it quotes, since that is what it tells. Where nothing would be left, the whole text is given.
    Never raises.
    """
    if kind == "message":
        return own_words(text)
    if "T @" in text:
        text = _before_repost(text)
    if "\n" not in text or kind == "article":
        return text
    if text.startswith(_MARKS) or "\n>" in text or "\n＞" in text:
        text = _without_quoted_lines(text) or text
    if "\n--" in text:
        text = _without_signature(text)
    last = text.rfind("\n") + 1
    if len(text) - last <= _LONGEST_NAME and begins_device_signature(text[last:]):
        return text[: last - 1].rstrip()
    return text


def _before_repost(text: str) -> str:
    """What the author wrote before "RT @name:"; the whole text where that is no word."""
    repost = _REPOST.search(text)
    if repost is None:
        return text
    own = text[: repost.start()]
    return own.rstrip() if _has_words(own) else text


def _has_words(own: str) -> bool:
    """Whether a word or a picture stands there that is no name, tag or address."""
    said = "".join(piece for piece in own.split() if not piece.startswith(_NO_WORDS))
    return any(one.isalnum() or one >= _FIRST_PICTURE for one in said)


def _without_quoted_lines(text: str) -> str:
    kept: list[str] = []
    quoting = False
    for line in text.split("\n"):
        if line.startswith(_MARKS):
            if not quoting and kept and _says_who(kept[-1]):
                kept.pop()
            quoting = True
            continue
        quoting = quoting and not line
        kept.append(line)
    return "\n".join(kept).strip()


def _says_who(line: str) -> bool:
    """Whether a line above a quotation only names whom it quotes: "Ann:", "On Monday Ann wrote:"."""
    if not line.endswith((":", "：")) or len(line) > _LONGEST_ATTRIBUTION:
        return False
    words = line.split()
    # "I hate this:" is what the author says of the quotation
    named = len(line) <= _LONGEST_NAME and len(words) <= 3 and not any(word[0].islower() for word in words[1:])
    return named or wrote_words(line)


def _without_signature(text: str) -> str:
    """The text above a line of two dashes, where little enough stands below it to be a signature."""
    lines = text.split("\n")
    for place in range(len(lines) - 1, max(len(lines) - 2 - _MOST_SIGNATURE_LINES, 0), -1):
        if lines[place] in ("--", "-- "):
            small = sum(map(len, lines[place:])) <= _MOST_SIGNATURE_CHARACTERS
            return "\n".join(lines[:place]).rstrip() if small else text
    return text
