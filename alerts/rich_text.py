"""Text with bold words and links, before it takes the form of a service."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from alerts.excerpt import cut, width


class Run(Struct, frozen=True):
    """A stretch of text, from anywhere; `link` is a whole web address that it leads to, or ""."""

    text: str
    bold: bool = False
    link: str = ""


Paragraph = tuple[Run, ...]


def plain_paragraphs(text: str) -> list[Paragraph]:
    """Gives readable text as its paragraphs."""
    return [(Run(part),) for part in text.split("\n\n") if part.strip()]


def joined(runs: Sequence[Run], by: str) -> Paragraph:
    """Gives runs with a separator between each two."""
    parted: list[Run] = []
    for run in runs:
        parted += [Run(by), run] if parted else [run]
    return tuple(parted)


def parted(text: str, harmless: Callable[[str], str]) -> tuple[str, str, str]:
    """Gives the space before a run's words, the words as `harmless` makes them, and the space after.

    What `harmless` would strip parts a run from its neighbours: it stays, as spaces or as at most one blank line.
    """
    core = harmless(text)
    if not core:
        return _space(text), "", ""
    return _space(text[: len(text) - len(text.lstrip())]), core, _space(text[len(text.rstrip()) :])


def within(
    paragraphs: Sequence[Paragraph], room: int, size: Callable[[Paragraph], int], left_out: Paragraph
) -> list[Paragraph]:
    """Gives as many paragraphs from the beginning as fit into `room` by their `size`, then `left_out` if not all do.

    A paragraph that does not fit is cut in its text, never in a link; what follows it is left out.
    """
    if sum(map(size, paragraphs)) <= room:
        return list(paragraphs)
    room -= size(left_out)
    kept: list[Paragraph] = []
    for paragraph in paragraphs:
        needs = size(paragraph)
        if needs > room:
            shorter = _shortened(paragraph, room, size)
            return [*kept, *([shorter] if shorter else []), left_out]
        kept.append(paragraph)
        room -= needs
    return kept


def _shortened(paragraph: Paragraph, room: int, size: Callable[[Paragraph], int]) -> Paragraph:
    """The runs that fit whole, and the beginning of the first that does not where it is no link; () for nothing."""
    kept: list[Run] = []
    for run in paragraph:
        if size((*kept, run)) <= room:
            kept.append(run)
            continue
        limit = width(run.text)
        while not run.link and limit > 1:
            limit = min(limit - 1, limit * 3 // 4)
            shorter = Run(cut(run.text, limit), run.bold)
            if shorter.text and size((*kept, shorter)) <= room:
                return (*kept, shorter)
        break
    return tuple(kept)


def _space(text: str) -> str:
    return "\n" * min(text.count("\n"), 2) or (" " if text else "")
