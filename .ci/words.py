"""Gathers the words that people are told into the catalogues of `alerts/locale`, and compiles those.

`make words` runs it: new words stand in each `listener.po` with an empty translation, words that are gone are taken
out, and `listener.mo` is made anew. With `--check`, as `make check` runs it, it only looks for what has no translation.
Source of both formats: https://babel.pocoo.org/en/latest/messages.html.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = ROOT / "alerts" / "locale"
_ROOMS = ("alerts", "listener")  # the floors below do not speak to people
_KEYWORDS = {"say": None, "count": (1, 2), "msgid": None}


class NotWords(Exception):
    """A call that says words which no catalogue can hold, with its place."""


def template() -> Catalog:
    """All words in the code, in the order of the files. Raises NotWords."""
    catalog = Catalog(project="listener", charset="utf-8")
    how = [("**.py", python_words), ("**.j2", "jinja2.ext:babel_extract")]
    options = {"**.j2": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
    for room in _ROOMS:
        found = extract_from_dir(ROOT / room, how, options, keywords=_KEYWORDS)
        for name, _, message, _, _ in sorted(found, key=lambda one: (one[0], one[1])):
            catalog.add(message, locations=[(f"{room}/{name}", 0)])
    return catalog


def python_words(file: BinaryIO, keywords: object, comment_tags: object, options: object) -> Iterator[tuple[Any, ...]]:
    """The words in a Python file, as Babel asks for them: by what the code says, not by how it looks."""
    for node in ast.walk(ast.parse(file.read())):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
        words = [text.value for text in node.args if isinstance(text, ast.Constant) and isinstance(text.value, str)]
        if name == "count" and len(words) >= 2:
            yield node.lineno, name, tuple(words[:2]), []
        elif name in ("say", "msgid"):
            if isinstance(node.args[0], ast.JoinedStr | ast.IfExp | ast.BinOp | ast.BoolOp):
                raise NotWords(f"{getattr(file, 'name', '')}:{node.lineno}: {name}() takes plain words, written out")
            for text in words[:1]:
                yield node.lineno, name, text, []


def catalogues() -> list[Path]:
    """The catalogue of each language."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/listener.po"))


def read(path: Path) -> Catalog:
    """The catalogue of a language as it is kept."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="listener")


def missing(catalog: Catalog, words: Catalog) -> list[str]:
    """The words in the code that a catalogue does not translate."""
    return [_first(message.id) for message in words if message.id and not _is_said(catalog.get(message.id))]


def _is_said(kept: Message | None) -> bool:
    return kept is not None and not kept.fuzzy and bool(kept.string) and all(kept.string)


def _first(words: str | tuple[str, ...]) -> str:
    return words if isinstance(words, str) else words[0]


def renew(path: Path, words: Catalog) -> list[str]:
    """Writes a language's catalogue anew and compiles it; gives what is not translated yet."""
    catalog = read(path)
    catalog.update(words, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.msgid_bugs_address = catalog.last_translator = "listener"
    written = io.BytesIO()
    write_po(written, catalog, width=100, include_lineno=False, sort_by_file=False)
    path.write_bytes(written.getvalue())
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    return missing(catalog, words)


def main() -> int:
    words, failed, only_look = template(), False, "--check" in sys.argv[1:]
    for path in catalogues():
        lacking = missing(read(path), words) if only_look else renew(path, words)
        if only_look and not lacking:
            continue
        print(f"{path.relative_to(ROOT)}: {len(words)} words, {len(lacking)} without a translation")
        for message in lacking:
            print(f"  {message}")
        failed |= bool(lacking)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
