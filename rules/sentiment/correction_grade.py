"""Says how much better a correction reads marked texts that it has not learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

from msgspec import Struct

from rules.reading import Sentiment
from rules.sentiment.corrected import Corrector
from rules.sentiment.correction import FEELINGS
from rules.sentiment.correction_fit import LEAST_OF_BRAND, Example, fit, learnable

FOLDS = 5
SAID = (*FEELINGS, "unsure", "unread")
"""What a reader may say of a text; a person says one of FEELINGS."""


class Grade(Struct, frozen=True, kw_only=True):
    """How well readings agree with people.

    `macro_f1`: the mean of F1 over the feelings that people named; `precision` and `recall` of "negative" (0 where
    nothing was said, or is to be found); `confusion`: for each of FEELINGS how often each of SAID was read.
    """

    macro_f1: float
    precision: float
    recall: float
    confusion: tuple[tuple[int, ...], ...]


class HeldOut(Struct, frozen=True, kw_only=True):
    """Readings of texts before and after correction, each text corrected by what the others taught.

    `texts`: how many, those among them that are presumed to be read right. `fixed` were wrong before and right after,
    `broken` the other way round.
    """

    texts: int
    before: Grade
    after: Grade
    fixed: int
    broken: int

    @property
    def helps(self) -> bool:
        """Whether more is mended than broken, and no feeling pays for it."""
        return self.fixed > self.broken and self.after.macro_f1 > self.before.macro_f1


def held_out(
    examples: Sequence[Example], least_of_brand: int = LEAST_OF_BRAND, folds: int = FOLDS
) -> Mapping[str, HeldOut]:
    """Grades by cross-validation: "" for all examples together, and each brand with marks enough by its name.

    Texts of one story, and copies of a text, are held out together. Empty where there are too few to hold any out.
    """
    asked = [one for one in examples if learnable(one)]
    dealt = _dealt(asked, folds)
    if len(set(dealt)) < 2:
        return {}
    after: dict[int, Sentiment] = {}
    for fold in sorted(set(dealt)):
        learned = [one for one, of in zip(asked, dealt, strict=True) if of != fold]
        corrector = Corrector(fit(learned, _share(least_of_brand, folds)))
        for at, (one, of) in enumerate(zip(asked, dealt, strict=True)):
            if of == fold:
                after[at] = corrector.correct(one.text, one.shipped)
    graded = {"": _graded(asked, [after[at] for at in range(len(asked))])}
    for brand in sorted({one.text.brand for one in asked if one.text.brand}):
        mine = [at for at, one in enumerate(asked) if one.text.brand == brand]
        marks = sum(not asked[at].presumed for at in mine)
        if marks >= least_of_brand and len(mine) < len(asked):
            graded[brand] = _graded([asked[at] for at in mine], [after[at] for at in mine])
    return graded


def grade(truth: Sequence[str], said: Sequence[Sentiment]) -> Grade:
    """Grades readings; `unsure` and what was not read count as wrong."""
    labels: list[str] = [one.label or "unread" for one in said]
    pairs = list(zip(truth, labels, strict=True))
    confusion = tuple(tuple(pairs.count((feeling, label)) for label in SAID) for feeling in FEELINGS)
    named = [at for at, row in enumerate(confusion) if sum(row)]
    columns = [sum(row[at] for row in confusion) for at in range(len(FEELINGS))]
    scores = [2 * confusion[at][at] / (sum(confusion[at]) + columns[at]) for at in named]
    return Grade(
        macro_f1=sum(scores) / max(1, len(scores)),
        precision=confusion[0][0] / max(1, columns[0]),
        recall=confusion[0][0] / max(1, sum(confusion[0])),
        confusion=confusion,
    )


def _graded(examples: Sequence[Example], after: Sequence[Sentiment]) -> HeldOut:
    truth: list[str] = [one.label for one in examples]
    before = [one.shipped for one in examples]
    right = [(one.label == of, other.label == of) for one, other, of in zip(before, after, truth, strict=True)]
    return HeldOut(
        texts=len(examples),
        before=grade(truth, before),
        after=grade(truth, after),
        fixed=right.count((False, True)),
        broken=right.count((True, False)),
    )


def _dealt(examples: Sequence[Example], folds: int) -> list[int]:
    """The fold of each example: by its story or text, whatever the order, and as many in each as can be."""
    whose = [one.story or " ".join(one.text.text.casefold().split()) for one in examples]
    order = sorted(set(whose), key=lambda one: (crc32(one.encode("utf-8", "surrogatepass")), one))
    fold = {one: at % folds for at, one in enumerate(order)}
    return [fold[one] for one in whose]


def _share(least_of_brand: int, folds: int) -> int:
    """What a brand with just enough marks has left of them while a fold is held out."""
    return max(1, least_of_brand * (folds - 1) // folds - 1)
