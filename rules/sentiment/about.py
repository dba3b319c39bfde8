"""Shows which parts of a text count for a brand, and how much."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from rules.sentiment.focus import focus
from rules.sentiment.pieces import is_stretch, pieces


class Part(Struct, frozen=True):
    """Neighbouring words of a text that count alike: `worth` from -1 (they speak against the brand) to 1.2."""

    text: str
    worth: float


def parts_about(text: str, names: Sequence[str]) -> list[Part]:
    """Gives the text in the parts that count differently for the brand of these `names`, as the text spells them.

    The names themselves count nothing and go with what stands around them. Empty where all of the text counts alike,
    and for scripts without spaces, of which no part could be shown by itself.
    """
    cut = pieces(text)
    about = focus(cut, names)
    if about is None or any(is_stretch(piece) for piece in cut):
        return []
    found: list[Part] = []
    for piece, worth in zip(cut, about.worth, strict=True):
        if found and worth in (found[-1].worth, 0.0):
            found[-1] = Part(f"{found[-1].text} {piece}", found[-1].worth)
        elif found and found[-1].worth == 0.0:
            found[-1] = Part(f"{found[-1].text} {piece}", worth)
        else:
            found.append(Part(piece, worth))
    return found if len({part.worth for part in found}) > 1 or found[0].worth < 0 else []
