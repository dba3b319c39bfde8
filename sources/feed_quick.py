"""RSS, Atom and RDF of the ordinary kind, read a dozen times as fast as feedparser does, with the same result.

Why it is fast: Expat, the XML parser that feedparser uses too (so that both agree on what is well-formed), hands each
element straight to `feed_quick_elements` without SAX's layers between; the name of an element is worked out once
a document; and text reaches Python only where it is read. It is safe for the same reason that it is simple: a
document with a DTD is refused, so that there are no entities and nothing is fetched.

It refuses (gives None) whatever it is not sure of: feedparser then reads the document.
"""

from __future__ import annotations

import codecs
import re
from xml.parsers.expat import ExpatError, ParserCreate

from sources.feed_entry import MAX_ENTRIES, Document
from sources.feed_quick_elements import Elements
from sources.feed_quick_names import NAMESPACES
from sources.feed_quick_state import Attributes, Begin, Refused, State
from sources.feed_record import document_of

MAX_ATTRIBUTES = 100
MAX_NAMESPACES = 100

_ROOT = re.compile(rb"<\w")
_DECLARED = re.compile(rb"^<\?.*encoding=['\"](.*?)['\"].*\?>")
_STRANGE_REFERENCE = re.compile(
    rb"&#(?!(?:0*(?:3[2-9]|[4-9][0-9]|[1-9][0-9]{2,3}|[1-46-9][0-9]{4}|1[0-9]{5})"
    rb"|[xX]0*(?:[2-9a-fA-F][0-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{2}|[1-9a-cefA-CEF][0-9a-fA-F]{3}|1[0-9a-fA-F]{4}));)"
)
"""May stand for what XML has no character for, even where it stands in CDATA: feed_xml writes another for it."""

_SECOND_CONTROLS = (
    re.compile(rb"\xc2[\x80-\x9f]"),
    re.compile(rb"&#0*1[2-5][0-9];"),
    re.compile(rb"&#[xX]0*[89][0-9a-fA-F];"),
)
_ONE_BYTE = re.compile(r"(?:utf-8|ascii|iso8859-\d{1,2}|cp125\d|koi8-[ru])")
_OTHER_MARKS = (codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE, b"\x00", b"<\x00", b"\x4c\x6f\xa7\x94")
_XML_TYPE = re.compile(r"(?:application/(?:xml|[\w.-]{1,40}\+xml)\s*(?:;|$)|$)")
_XLINK = "http://www.w3.org/1999/xlink"


def read_quickly(body: bytes, content_type: str, url: str) -> Document | None:
    """Reads a document as `feed_xml.read_xml_feed` would, or gives None. Never raises."""
    data = _utf8(body, content_type)
    if data is None or _STRANGE_REFERENCE.search(data):
        return None
    root = _ROOT.search(data)
    head = data[: root.start()].upper() if root else b"<!DOCTYPE"
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        return None
    try:
        state = _read(data)
    except (ExpatError, Refused, RecursionError):
        return None
    if len(state.entries) > MAX_ENTRIES or not (state.entries or (state.version and _XML_TYPE.match(content_type))):
        return None
    return document_of(state.entries, state.feed, state.version, url, ill_formed=False)


def _utf8(body: bytes, content_type: str) -> bytes | None:
    """Gives the document in UTF-8 where all who name its encoding agree and it is one of the simple ones."""
    if body.startswith(_OTHER_MARKS):
        return None
    claims = []
    if body.startswith(codecs.BOM_UTF8):
        claims.append("utf-8")
        body = body[3:]
    if declared := _DECLARED.match(body):
        claims.append(declared[1].decode("latin-1"))
    for part in content_type.split(";")[1:]:
        key, _, value = part.partition("=")
        if key.strip().lower() == "charset" and value.strip():
            claims.append(value.strip().strip("\"'"))
    try:
        names = {codecs.lookup(claim).name for claim in claims} or {"utf-8"}
        (name,) = names
        if not _ONE_BYTE.fullmatch(name):
            return None
        return body if name == "utf-8" else body.decode(name).encode("utf-8")
    except (LookupError, ValueError):
        return None


def _read(data: bytes) -> State:
    parser = ParserCreate("utf-8", " ")
    parser.namespace_prefixes = True
    parser.buffer_text = True
    parser.buffer_size = 1 << 17

    state = Elements(parser, any(sign.search(data) for sign in _SECOND_CONTROLS))
    names = _Names(state)
    start, known = state.start, names.known

    def start_element(name: str, attributes: dict[str, str]) -> None:
        key, kind, begin = known.get(name) or names.known_now(name)
        start(key, kind, begin, names.attributes(attributes) if attributes else attributes)

    parser.StartElementHandler = start_element
    parser.EndElementHandler = state.end
    parser.StartNamespaceDeclHandler = names.declare
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    finally:  # so that nothing of a document waits for the collector of garbage
        parser.StartElementHandler = parser.EndElementHandler = parser.StartNamespaceDeclHandler = None
    return state


def _refuse(*_: object) -> None:
    raise Refused


class _Names:
    """What feedparser calls elements and attributes, which hangs on the prefixes that a document declares.

    A prefix that stands for two namespaces, or a namespace with two unknown prefixes, is refused: what
    feedparser makes of those depends on their order.
    """

    def __init__(self, state: State) -> None:
        self.known: dict[str, tuple[str, str | None, Begin | None]] = {}
        self._state = state
        self._bound: dict[str, str] = {}
        self._prefixes: dict[str, str] = {}
        self._renamed: set[str] = set()  # prefixes of which feedparser makes others

    def declare(self, prefix: str | None, address: str | None) -> None:
        if not address:
            return
        lower = address.lower()
        if not self._state.version:
            if (prefix, lower) == (None, "http://my.netscape.com/rdf/simple/0.9/"):
                self._state.version = "rss090"
            elif lower == "http://purl.org/rss/1.0/":
                self._state.version = "rss10"
            elif lower == "http://www.w3.org/2005/atom":
                self._state.version = "atom10"
        usual, given = _usual_prefix(lower), (prefix or "").lower()
        if prefix and self._bound.setdefault(given, address) != address:
            raise Refused
        if usual is None:
            if self._prefixes.setdefault(address, given) != given:
                raise Refused
        elif prefix and usual != given:
            self._renamed.add(given)
            if given == "rdf" or any(key.startswith(f"{given}_") for key, *_ in self.known.values()):
                raise Refused
        if lower == _XLINK and self._state.entries:
            raise Refused
        if len(self._bound) > MAX_NAMESPACES // 2:
            raise Refused

    def known_now(self, name: str) -> tuple[str, str | None, Begin | None]:
        """Works out what an element is, once a document."""
        key = self._key(name)
        self.known[name] = known = (key, *self._state.kind_of(key))
        return known

    def _key(self, name: str) -> str:
        parts = name.split(" ")
        if len(parts) == 1:
            key = name.lower()
        else:
            address, local = parts[0], parts[1].lower()
            usual = _usual_prefix(address.lower())
            if usual is None:
                usual = self._prefixes.get(address, "")
                if usual and usual in _USUAL and usual in map(_usual_prefix, map(str.lower, self._bound.values())):
                    raise Refused
            key = f"{usual}_{local}" if usual else local
            if usual in self._renamed or (not usual and "_" in local):  # `<dc_date>` is not `<dc:date>`
                raise Refused
        return key

    def attributes(self, given: dict[str, str]) -> Attributes:
        if len(given) > MAX_ATTRIBUTES:
            raise Refused
        named = {}
        for name, value in given.items():
            if " " in name:
                return self._with_prefixes(given)
            named[name.lower()] = value
        return named

    def _with_prefixes(self, given: dict[str, str]) -> Attributes:
        """An attribute goes by the usual prefix, by the one in the document, and without one where none is usual."""
        found: dict[str, str] = {}
        for name, value in given.items():
            parts = name.split(" ")
            if len(parts) > 1:
                usual = _usual_prefix(parts[0].lower())
                found[(f"{usual}:{parts[1]}" if usual else parts[1]).lower()] = value
                found[f"{parts[-1]}:{parts[1]}".lower() if len(parts) == 3 else parts[1].lower()] = value
        return found | {name.lower(): value for name, value in given.items() if " " not in name}


_USUAL = frozenset(NAMESPACES.values()) - {""}


def _usual_prefix(address: str) -> str | None:
    return "" if "backend.userland.com/rss" in address else NAMESPACES.get(address)
