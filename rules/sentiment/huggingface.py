"""Sentiment by any text classification model of Hugging Face's transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Annotated, Any, Literal

from pydantic import Field

from rules.reading import Sentiment
from rules.sentiment.analyzer_settings import AnalyzerSettings
from rules.sentiment.contract import Analyzer, ReadyText
from rules.sentiment.shares import LABELS, Feeling, sentiment_of

_NEEDED = ("transformers", "torch")
_BY_NAME: Mapping[str, Feeling] = {
    "negative": "negative", "neg": "negative", "neutral": "neutral", "neu": "neutral", "positive": "positive",
    "pos": "positive",
}  # fmt: skip


class HuggingFaceSettings(AnalyzerSettings):
    """A model with a classification head, from a folder or from the hub.

    `labels` says what each of the model's labels means; those that are called negative, neutral or positive need none.
    Texts in other than its `languages` ("": all) are left to the built-in reader. Nothing is fetched unless `download`.
    """

    analyzer: Literal["huggingface"] = "huggingface"
    model: Annotated[str, Field(min_length=1, max_length=500)]
    revision: Annotated[str, Field(max_length=100)] = "main"
    labels: dict[str, Feeling] = {}
    languages: tuple[str, ...] = ()
    together: Annotated[int, Field(ge=1, le=512)] = 16
    most_tokens: Annotated[int, Field(ge=8, le=8_192)] = 256
    download: bool = False

    def open(self) -> Analyzer:
        return HuggingFaceAnalyzer(self)

    def hindrance(self) -> str:
        lacking = [name for name in _NEEDED if find_spec(name) is None]
        return f"needs {' and '.join(lacking)}: pip install 'listener[huggingface]'" if lacking else ""


class HuggingFaceAnalyzer:
    """Reads with one model, on the processor. No code of the model's own is run, and no pickled weights are read."""

    def __init__(self, settings: HuggingFaceSettings) -> None:
        """Raises OSError for a model that is not there, ValueError for a label that means nothing to us."""
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        where: dict[str, Any] = {"revision": settings.revision, "local_files_only": not settings.download}
        self._torch: Any = torch
        self._settings = settings
        self._tokenizer: Any = AutoTokenizer.from_pretrained(settings.model, trust_remote_code=False, **where)
        self._model: Any = AutoModelForSequenceClassification.from_pretrained(
            settings.model, trust_remote_code=False, use_safetensors=True, **where
        ).eval()
        self._meant = meanings(dict(self._model.config.id2label), settings.labels)

    def analyze(self, mentions: Sequence[ReadyText]) -> list[Sentiment]:
        """Gives one Sentiment a mention, in their order; no label for a language that is not the model's."""
        read = [Sentiment(label=None, why=f"{self._settings.model} does not read {one.lang}") for one in mentions]
        wanted = [at for at, one in enumerate(mentions) if self._reads(one)]
        wanted.sort(key=lambda at: len(mentions[at].text))  # texts of a length are padded least
        for begun in range(0, len(wanted), self._settings.together):
            some = wanted[begun : begun + self._settings.together]
            for at, shares in zip(some, self._shares([mentions[one].text for one in some]), strict=True):
                read[at] = sentiment_of(shares, (), f"read by {self._settings.model}, which names no words")
        return read

    def _reads(self, mention: ReadyText) -> bool:
        languages = self._settings.languages
        return bool(mention.text.strip()) and (not languages or mention.lang in languages)

    def _shares(self, texts: Sequence[str]) -> list[dict[Feeling, float]]:
        inputs = self._tokenizer(
            list(texts), return_tensors="pt", padding=True, truncation=True, max_length=self._settings.most_tokens
        )
        with self._torch.inference_mode():
            chances = self._torch.softmax(self._model(**inputs).logits.float(), dim=-1).tolist()
        return [self._added(row) for row in chances]

    def _added(self, row: Sequence[float]) -> dict[Feeling, float]:
        shares = dict.fromkeys(LABELS, 0.0)
        for label, chance in zip(self._meant, row, strict=True):
            shares[label] += chance
        return shares


def meanings(named: Mapping[int, str], labels: Mapping[str, Feeling]) -> tuple[Feeling, ...]:
    """What each of a model's classes means, in their order. Raises ValueError for one that neither says nor is told."""
    given = {name.casefold(): meant for name, meant in labels.items()}
    found: list[Feeling] = []
    for number in sorted(named):
        name = str(named[number])
        meant = given.get(name.casefold()) or _BY_NAME.get(name.casefold())
        if meant is None:
            allowed = ", ".join(f'"{one}"' for one in LABELS)
            raise ValueError(f'the model has a label "{name}": say in reading.labels which of {allowed} it means')
        found.append(meant)
    return tuple(found)
