"""Which configured source does for another what that one cannot do itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sources.abilities import StandingIn
from sources.contract import Source


def who_does(sources: Mapping[str, Source], able: Callable[[Source], bool]) -> dict[str, str]:
    """Gives for each source the name of the one that does it: itself if able, else the first that stands in for it.

    Sources for which nobody does it are left out.
    """
    found: dict[str, str] = {}
    for name, source in sources.items():
        if able(source):
            found[name] = name
            continue
        for other in sources.values():
            if able(other) and isinstance(other, StandingIn) and source.kind in other.fills:
                found[name] = other.name
                break
    return found
