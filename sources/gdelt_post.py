"""From an article in GDELT's list to a post."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

from sources.loose_json import ItemUnreadable, text_of, time_of
from sources.markup import text_from_either
from sources.post import Author, Post, storable_post

HOST = "gdeltproject.org"
LONGEST_ID = 1_000

LANGUAGES = {
    "afrikaans": "af", "albanian": "sq", "arabic": "ar", "armenian": "hy", "azerbaijani": "az", "bengali": "bn",
    "bosnian": "bs", "bulgarian": "bg", "catalan": "ca", "chinese": "zh", "croatian": "hr", "czech": "cs",
    "danish": "da", "dutch": "nl", "english": "en", "estonian": "et", "finnish": "fi", "french": "fr",
    "galician": "gl", "georgian": "ka", "german": "de", "greek": "el", "gujarati": "gu", "hebrew": "he",
    "hindi": "hi", "hungarian": "hu", "icelandic": "is", "indonesian": "id", "italian": "it", "japanese": "ja",
    "kannada": "kn", "kazakh": "kk", "korean": "ko", "latvian": "lv", "lithuanian": "lt", "macedonian": "mk",
    "malay": "ms", "malayalam": "ml", "marathi": "mr", "mongolian": "mn", "nepali": "ne", "norwegian": "no",
    "persian": "fa", "polish": "pl", "portuguese": "pt", "punjabi": "pa", "romanian": "ro", "russian": "ru",
    "serbian": "sr", "sinhalese": "si", "slovak": "sk", "slovenian": "sl", "somali": "so", "spanish": "es",
    "swahili": "sw", "swedish": "sv", "tamil": "ta", "telugu": "te", "thai": "th", "turkish": "tr",
    "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip
"""GDELT's names of languages, and their codes."""


def post_of_article(article: object, now: datetime) -> Post:
    """Gives the post for one article. Raises ItemUnreadable where it has no address.

    There is no author and no text: the site stands for the one, the headline is all there is of the other.
    `seendate` is when GDELT met the article and not when it was published, so the post has no time of its own.
    """
    if not isinstance(article, Mapping):
        raise ItemUnreadable(f"it is {type(article).__name__}, not an object")
    url = text_of(article, "url").strip()
    if not url.lower().startswith(("http://", "https://")):
        raise ItemUnreadable("its url is not the address of a web page")
    site = text_of(article, "domain").strip()
    post = Post(
        source="gdelt",
        instance=HOST,
        external_id=url if len(url) <= LONGEST_ID else "sha256:" + _digest(url),
        url=url,
        title=text_from_either(text_of(article, "title")),
        lang=LANGUAGES.get(text_of(article, "language").strip().casefold(), ""),
        author=Author(name=site, url=f"https://{site}/" if site else ""),
        kind="article",
    )
    return storable_post(post, now)


def seen_at(article: object) -> int | None:
    """When GDELT met the article, in seconds since 1970; None where it does not tell."""
    told = time_of(article, "seendate") if isinstance(article, Mapping) else None
    return None if told is None else int((told - datetime.fromtimestamp(0, UTC)).total_seconds())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
