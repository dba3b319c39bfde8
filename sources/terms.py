"""What a service's terms ask of whoever shows, matches or hands on its posts."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Terms(Struct, frozen=True, kw_only=True):
    """The terms of one kind of source, as its documentation page tells them with their source.

    identity_matching: whether authors may be matched with customers: always, only where the user has switched it on
    ("opt-in"), or never. learning: whether anything may be learned from its posts. exportable: whether posts may be
    handed on whole, as ids and links alone, or not at all.
    attribution: words that stand beside each post that is shown, "" where the link is enough.
    """

    identity_matching: Literal["allowed", "opt-in", "never"] = "allowed"
    learning: Literal["allowed", "never"] = "allowed"
    exportable: Literal["full", "ids", "none"] = "full"
    attribution: str = ""
