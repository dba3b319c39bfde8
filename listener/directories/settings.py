"""The settings that all directories of services share."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from listener.directories.contract import CustomerDirectory
from listener.directories.notes import ContactNotes
from rules.customers_row import COLUMNS
from rules.identity import FORBIDDEN_BY_TERMS, identity, network
from sources.settings import Duration, Name, Strict

PLAIN = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$"
Property = Annotated[str, Field(pattern=PLAIN, max_length=100)]
Address = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+[^\s?#]*$", max_length=500)]


def _network(value: str) -> str:
    name = network(value)
    identity(name, "someone@example.org" if name in ("email", "mastodon") else "someone.example")  # raises ValueError
    if name in FORBIDDEN_BY_TERMS:
        raise ValueError(f"cannot be {name}: its terms forbid to tie its authors to customers")
    return name


def _column(value: str) -> str:
    if value not in COLUMNS or value in ("id", "handles"):
        raise ValueError(
            f"must be one of: {', '.join(column for column in COLUMNS if column not in ('id', 'handles'))}"
        )
    return value


class DirectorySettings(Strict, ABC):
    """What every kind can be told. The properties are the service's own, by their internal names.

    `columns` says which property fills a column (`tier = "customer_tier"`), `handles` which holds the handle on a
    network (`x = "twitterhandle"`), `fields` which are kept as custom fields. `write_back`: which mentions of its
    customers become notes on the contact.
    """

    kind: str
    name: Name = ""
    every: Annotated[Duration, Field(ge=timedelta(minutes=1), le=timedelta(days=30))] = timedelta(minutes=15)
    columns: dict[Annotated[str, AfterValidator(_column)], Property] = {}
    handles: dict[Annotated[str, AfterValidator(_network)], Property] = {}
    fields: Annotated[tuple[Property, ...], Field(max_length=100)] = ()
    write_back: Literal["off", "alerts", "tickets"] = "off"
    allow_private: bool = False

    @model_validator(mode="before")
    @classmethod
    def _named_as_its_kind(cls, told: object) -> object:
        if isinstance(told, dict) and "kind" in told:
            return {"name": told["kind"], **told}
        return told

    @property
    def asked(self) -> tuple[str, ...]:
        """All properties that the settings name."""
        return tuple(dict.fromkeys([*self.columns.values(), *self.handles.values(), *self.fields]))

    @property
    def reading(self) -> str:
        """What changes whenever other customers would be made of what the service tells."""
        parts = [json.dumps(part, sort_keys=True) for part in (self.columns, self.handles, self.fields)]
        return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()

    @abstractmethod
    def open(self) -> CustomerDirectory:
        """The directory that these settings describe; asks nothing yet."""

    @abstractmethod
    def open_notes(self) -> ContactNotes:
        """The notes on its contacts; asks nothing yet."""
