"""Makes the settings of one table, or says everything that keeps them from being made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails

from listener.configuration.mistakes import Mistake, Place, place_words
from listener.configuration.secrets import Within
from listener.configuration.words import holds_secret, keys_at, mentions, names_of, place_within, says
from sources.settings import Strict

S = TypeVar("S", bound=Strict)

STAND_INS = (
    "https://missing.invalid/",
    "1",
    "missing",
    "missing@missing.invalid",
    "1d",
    "",
    "missing-0123456789-abcdefghijklmnopqrstuvwxyz",
    "0123456789abcdef" * 2,  # where digits of a hash are asked for
    f"1{'A' * 351}=",  # a session of Telegram
    "1:missing",  # a bot's token there
    "https://missing.invalid/api/webhooks/1/missing",  # a webhook of Discord
    f"whsec_{'A' * 43}=",  # what signs a webhook
    "xapp-missing",  # Slack's Socket Mode
)
"""What is tried in the place of a credential that is not here, until one has the right form."""

_SCHEME = re.compile(r"[a-z+]{1,20}://")
_TELLING = 6  # characters of a hidden value that, found in a sentence, give it away


class Table:
    """One table: where it stands, what it holds, and which of its values may not be shown or are not here."""

    def __init__(self, place: Place, raw: Mapping[str, Any], within: Within | None, folder: Path) -> None:
        self.place = place
        self.raw = dict(raw)
        self.missing = within.missing if within else {}
        self._outside = within.outside if within else set()
        self._folder = folder

    @property
    def where(self) -> str:
        return place_words(self.place)

    def text(self, key: str) -> str | None:
        """The text of a key, None where there is none or it is not known here."""
        value = self.raw.get(key)
        return value.strip() if isinstance(value, str) and (key,) not in self.missing else None

    def hides(self, place: Place) -> bool:
        """Whether a value at, below or around `place` came from outside the file."""
        return any(inner[: len(place)] == place or place[: len(inner)] == inner for inner in self._outside)

    def mistake(self, key: Place, says: str, pointing: str = "") -> Mistake:
        return Mistake(place_words((*self.place, *key)), says, pointing)

    def settings(self, model: type[S]) -> tuple[S | None, list[Mistake]]:
        """Gives the settings, or the mistakes. Stand-ins fill what is missing; its own mistake is told elsewhere."""
        raw = self._with_absolute_paths(model)
        tried = dict.fromkeys(self.missing, 0)
        while True:
            for place, number in tried.items():
                _put(raw, place, self.missing[place].with_stand_in(STAND_INS[number]))
            try:
                return model.model_validate(raw), []
            except ValidationError as error:
                errors = error.errors(include_url=False)
            again = {place for place in tried if _stands_in(place, errors, raw) and tried[place] + 1 < len(STAND_INS)}
            if not again:
                told = [one for one in errors if not any(_at(place_within(one, raw), place) for place in tried)]
                return None, list(self._told(told, raw, model))
            for place in again:
                tried[place] += 1

    def literal_secrets(self, settings: Strict) -> bool:
        """Whether a secret is written out in the table itself."""
        for name, field in type(settings).model_fields.items():
            value = getattr(settings, name)
            written = [key for key in (name, *names_of(name, field)) if key in self.raw and not self.hides((key,))]
            if isinstance(value, SecretStr) and written:
                secret = value.get_secret_value()
                if secret and (name != "database" or _holds_password(secret)):
                    return True
        return False

    def _with_absolute_paths(self, model: type[Strict]) -> dict[str, Any]:
        """A path is relative to the folder of the configuration, whichever folder the command runs in."""
        raw: dict[str, Any] = _copied(self.raw)
        for name, field in model.model_fields.items():
            for key in {name, *names_of(name, field)}:
                written = raw.get(key)
                if isinstance(written, str) and written.strip() and mentions(field.annotation, (Path,)):
                    raw[key] = str(self._folder / written.strip())
        return raw

    def _told(self, errors: list[ErrorDetails], raw: dict[str, Any], model: type[Strict]) -> Iterator[Mistake]:
        told: dict[Place, Mistake] = {}
        for error in errors:
            place = place_within(error, raw)
            hidden = self.hides(place) or any(holds_secret(model, key) for key in place[:1])
            sentence = says(error, keys_at(model, error), hidden)
            if error["type"] == "value_error" and self._gives_away(sentence, error, raw, model):
                sentence = "is not accepted; its value is not shown, since it may be a secret"
            before = told.get(place)
            if before is None or before.says == sentence:
                told[place] = self.mistake(place, sentence)
            else:  # the branches of a union: either would do
                told[place] = self.mistake(place, f"{before.says}; or {sentence}")
        yield from told.values()

    def _gives_away(self, sentence: str, error: ErrorDetails, raw: dict[str, Any], model: type[Strict]) -> bool:
        """Whether a sentence may hold a hidden value: not if it says the same of another one."""
        secrets = self._hidden_places(raw, model)
        for decoy in _DECOYS if secrets else ():
            masked = _copied(raw)
            for place in secrets:
                _put(masked, place, decoy(str(_get(raw, place))))
            try:
                model.model_validate(masked)
            except ValidationError as other:
                if any(one["loc"] == error["loc"] and says(one, [], hidden=True) == sentence for one in other.errors()):
                    return False
        return any(echoes(sentence, str(_get(raw, place))) for place in secrets)

    def _hidden_places(self, raw: dict[str, Any], model: type[Strict]) -> set[Place]:
        secret = {(key,) for key in raw if holds_secret(model, key) and isinstance(raw[key], str)}
        return {place for place in self._outside if _get(raw, place) is not None} | secret


def _masked(value: str) -> str:
    """A value of the same shape that says nothing of it: an address keeps its scheme and its signs."""
    scheme = _SCHEME.match(value)
    begun = scheme[0] if scheme else ""
    letter = next(one for one in "xqzj" if one not in value.casefold() or one == "j")
    return begun + "".join(letter if one.isalnum() else one for one in value[len(begun) :])


_DECOYS: Sequence[Callable[[str], str]] = (lambda _: "", lambda _: "?", _masked)
"""Other values than a hidden one: a sentence that is said of one of them too does not tell the hidden one."""


def echoes(sentence: str, secret: str) -> bool:
    """Whether a telling part of a secret stands in a sentence."""
    said, secret = sentence.casefold(), secret.casefold()
    size = min(_TELLING, len(secret))
    return bool(size) and any(secret[start : start + size] in said for start in range(len(secret) - size + 1))


def _holds_password(address: str) -> bool:
    try:
        return bool(urlsplit(address).password)
    except ValueError:
        return True


def _at(place: Place, missing: Place) -> bool:
    return place[: len(missing)] == missing


def _stands_in(missing: Place, errors: list[ErrorDetails], raw: dict[str, Any]) -> bool:
    return any(_at(place_within(error, raw), missing) for error in errors)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def _get(raw: Any, place: Place) -> Any:
    for part in place:
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _put(raw: Any, place: Place, value: str) -> None:
    inner = _get(raw, place[:-1])
    if inner is not None and place:
        inner[place[-1]] = value
