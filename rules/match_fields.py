"""The properties of a post that a query can ask for: author, site, language, source."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from rules.language import SAME_LANGUAGE
from sources.post import Author, Post
from sources.query.tree import Field, FieldName
from sources.query.words import normalise

_SUBTAG = re.compile("[-_]")


def post_values(post: Post, name: FieldName, seen_by: str, identify: Callable[[Post], str] | None) -> frozenset[str]:
    """What a post answers to under a field's name, in the form that `wanted_value` gives. Pure but for `identify`."""
    if name == "author":
        author = post.author
        handle = folded_name(author.handle).removeprefix("@")
        handles = {handle, handle.partition("@")[0]} - {""}
        written = {f"@{one}" for one in handles}
        return frozenset({*handles, *written, folded_name(author.name), folded_name(author.id)} - {""})
    if name == "site":
        return frozenset(_host_and_above(_host(post.url)))
    if name == "source":
        return _source_values(post.source, seen_by)
    language = primary_subtag(post.lang)
    if language in {"", "und"} and identify is not None:
        language = primary_subtag(identify(post))
    return frozenset({language or "und"})


@lru_cache(maxsize=256)  # one and the same for all posts of a configured source
def _source_values(source: str, seen_by: str) -> frozenset[str]:
    return frozenset({folded_name(source), folded_name(seen_by)} - {""})


def folded_names(authors: Iterable[Author]) -> str:
    """All that some authors answer to, as it is compared: a line for each, with spaces in place of @. Pure.

    There are more lines where there are some in a name.
    """
    return _folded_name("\n".join([f"{author.handle} {author.name} {author.id}" for author in authors]))


def name_words(name: str) -> list[str]:
    """The words of a name as they are compared."""
    return _folded_name(name).split()


def _folded_name(name: str) -> str:
    return (name.lower() if name.isascii() else normalise(name)).replace("@", " ")


def wanted_value(field: Field) -> str:
    """The value that a post must answer to for the field to hold. Pure."""
    if field.name == "site":
        value = field.value if "//" in field.value else "//" + field.value
        return _host(value).removeprefix("www.")
    if field.name == "lang":
        return primary_subtag(field.value)
    return folded_name(field.value)


def folded_name(text: str) -> str:
    return " ".join(normalise(text).split())


def primary_subtag(language: str) -> str:
    """ "pt-BR" gives "pt"; a code with another name gives the one that readings bear: "eng" and "en" are "en"."""
    primary = _SUBTAG.split(language.strip(), maxsplit=1)[0].lower()
    return SAME_LANGUAGE.get(primary, primary)


def _host(url: str) -> str:
    """The host of an address in its ASCII form, "" where there is none."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _host_and_above(host: str) -> Iterable[str]:
    while host:
        yield host
        host = host.partition(".")[2]
