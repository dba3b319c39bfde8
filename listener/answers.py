"""Reads the folder of prepared answers, and offers those that fit a mention to whoever answers it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from alerts.alert import ReadMention
from alerts.answers import LONGEST, AnswerIndex, PreparedAnswer, Suggested, UnusableAnswer, read_answer
from listener.configuration.replies import AnswersSettings

MOST_FILES = 2_000
_ENDING = ".md"


class Prepared(Struct, frozen=True):
    """The answers of a folder, and a sentence for each file that is none."""

    answers: Sequence[PreparedAnswer]
    mistakes: Sequence[str]

    def named(self, name: str) -> PreparedAnswer | None:
        """The answer of that name."""
        return next((one for one in self.answers if one.name == name), None)

    def fitting(self, mention: ReadMention, most: int = 3) -> list[Suggested]:
        """The answers that may fit what somebody wrote, the best first, each with why."""
        text = "\n".join(filter(None, (mention.post.title, mention.post.text)))
        about = [*mention.topics, *(intent.label for intent in mention.intent)]
        return AnswerIndex(self.answers).suggest(text, mention.lang, about, most)


def read_folder(settings: AnswersSettings | None) -> Prepared:
    """Reads every *.md below the folder. An answer is named by its path without the ending: "billing/refunds".

    Nothing hidden, nothing that lies elsewhere by a link. Raises nothing for what the folder holds.
    """
    if settings is None:
        return Prepared((), ())
    folder = settings.folder.resolve()
    answers, mistakes = [], []
    files = sorted(path for path in folder.rglob(f"*{_ENDING}") if _is_ours(path, folder))
    for path in files[:MOST_FILES]:
        name = path.relative_to(folder).as_posix().removesuffix(_ENDING)
        try:
            answers.append(read_answer(name, _content(path)))
        except UnusableAnswer as error:
            mistakes.append(f"{name}{_ENDING}: {error}")
        except OSError as error:
            mistakes.append(f"{name}{_ENDING}: cannot be read: {error.strerror or error}")
    if len(files) > MOST_FILES:
        mistakes.append(f"holds more than {MOST_FILES} answers: the rest is not looked at")
    return Prepared(answers, mistakes)


def _is_ours(path: Path, folder: Path) -> bool:
    inside = path.relative_to(folder)
    return (
        not any(part.startswith(".") for part in inside.parts)
        and path.is_file()
        and path.resolve().is_relative_to(folder)
    )


def _content(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(4 * LONGEST + 1)
    text = content.decode("utf-8", "replace").replace("\x00", "")
    if len(content) > 4 * LONGEST or len(text) > LONGEST:
        raise UnusableAnswer(f"is longer than {LONGEST:,} characters")
    return text
