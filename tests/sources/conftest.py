"""Reads recorded HTTP exchanges (vcr cassettes) where LISTENER_RECORDINGS names a folder of them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))  # the services that stand beside the tests, and what asks them


@pytest.fixture(scope="session")
def recorded_exchanges() -> Callable[[Path], Iterator[tuple[str, str]]]:
    """Gives the address and the body of each exchange in a cassette."""
    from recorded_files import exchanges

    def read(cassette: Path) -> Iterator[tuple[str, str]]:
        return ((uri, body.decode("utf-8", "replace")) for uri, body in exchanges(cassette))

    return read
