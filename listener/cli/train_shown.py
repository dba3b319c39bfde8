"""How a lesson from marks looks: in a terminal, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo

from alerts.wording import counted
from listener import shapes
from listener.cli.output import console, json_array, table, when
from listener.store.corrections import KeptCorrection
from listener.terminal import cut, safe
from listener.training import LEAST_MARKS, Lesson
from rules.sentiment.correction import FEELINGS
from rules.sentiment.correction_grade import SAID, Grade, HeldOut

TEAM = "the whole team"


def show_lesson(lesson: Lesson, number: int | None, timezone: tzinfo, *, as_json: bool) -> None:
    """Prints what the marks teach. `number`: of the correction that was switched on just now."""
    if as_json:
        json_array([_shape(lesson, number)])
        return
    screen = console()
    for line in _gathered(lesson):
        screen.print(safe(line))
    if lesson.held_out:
        screen.print("\nEach text as it reads before, and corrected by what the others taught", style="bold")
        screen.print("(recall and precision are those of negative):")
        _show_held_out(lesson.held_out)
        screen.print("\nWhat people say, and what was read before → after:", style="bold")
        _show_confusion(lesson.held_out[""])
        _show_changes(lesson, timezone)
    screen.print()
    if number is not None:
        screen.print(f"Correction {number} is in use; a running listener takes it on within a minute.")
        screen.print("`listener train --back` goes back.")
    else:
        screen.print(verdict(lesson))


def verdict(lesson: Lesson) -> str:
    """Whether switching it on is worth it, in a sentence."""
    marks = lesson.correction.marks
    if not lesson.enough:
        return f"{counted(marks, 'mark')} can be learned from: from {LEAST_MARKS} on a correction can be switched on."
    team = lesson.held_out[""]
    told = f"{team.fixed} of the texts are mended and {team.broken} broken"
    if lesson.helps:
        return f"It helps: {told}. `listener train --use` switches it on."
    return f"It does not help: {told}. More marks may; `--use --anyway` switches it on all the same."


def show_corrections(found: Sequence[KeptCorrection], timezone: tzinfo, reader: str, *, as_json: bool) -> None:
    """Prints the corrections that were ever switched on. `reader`: the one that is configured."""
    if as_json:
        json_array(map(shapes.correction, found))
        return
    table(
        ["id", "switched on", "by", "marks", "macro-F1 held out", "state"],
        (
            (
                one.id,
                when(one.made_at, timezone),
                cut(one.by, 24) or "-",
                one.marks,
                _moved(one.held_out[""].before.macro_f1, one.held_out[""].after.macro_f1) if one.held_out else "-",
                _state(one, timezone, reader),
            )
            for one in found
        ),
        "No correction was ever switched on: sentiment is read as shipped.",
    )


def _state(one: KeptCorrection, timezone: tzinfo, reader: str) -> str:
    if one.in_use:
        return "in use" if one.reader == reader else f"waits: learned on {cut(one.reader, 40) or 'what is damaged'}"
    return f"taken back {when(one.taken_back_at, timezone)}" if one.taken_back_at else "used before"


def _gathered(lesson: Lesson) -> Iterator[str]:
    told = lesson.told
    marks = lesson.correction.marks
    brands = ", ".join(f"{part.brand} {part.marks:,}" for part in lesson.correction.parts if part.brand)
    yield f"{counted(marks, 'mark')} to learn from{f'; weights of their own for {brands}' if brands else ''}."
    if told.forbidden:
        yield f"{counted(told.forbidden, 'mark')} left out: their services' terms forbid to learn from posts."
    if told.unreadable:
        yield f"{counted(told.unreadable, 'mark')} left out: the text could not be read, or may be ironic."
    if 2 * told.against > marks:
        yield (
            f"{told.against:,} of them say that the reading was wrong. So that it is not learned that it always is, "
            f"{counted(told.presumed, 'unmarked mention')} are taken for read right; mark some that were."
        )


def _show_held_out(held_out: Mapping[str, HeldOut]) -> None:
    table(
        ["whose", "texts", "macro-F1", "recall", "precision", "mended", "broken"],
        (
            (
                cut(brand, 30) or TEAM,
                one.texts,
                _moved(one.before.macro_f1, one.after.macro_f1),
                _moved(one.before.recall, one.after.recall),
                _moved(one.before.precision, one.after.precision),
                one.fixed,
                one.broken,
            )
            for brand, one in held_out.items()
        ),
        "",
    )


def _show_confusion(team: HeldOut) -> None:
    columns = [at for at in range(len(SAID)) if any(_column(grade, at) for grade in (team.before, team.after))]
    table(
        ["people say", *(SAID[at] for at in columns)],
        (
            (
                feeling,
                *(f"{team.before.confusion[row][at]:,} → {team.after.confusion[row][at]:,}" for at in columns),
            )
            for row, feeling in enumerate(FEELINGS)
        ),
        "",
    )


def _column(grade: Grade, at: int) -> int:
    return sum(row[at] for row in grade.confusion)


def _show_changes(lesson: Lesson, timezone: tzinfo) -> None:
    since = when(lesson.since, timezone)
    console().print(f"\nAlerts a week, by {counted(lesson.mentions, 'mention')} since {since}:", style="bold")
    table(
        ["rule", "now", "with it"],
        ((cut(one.rule, 60) or "all, one a story", f"{one.now:.1f}", f"{one.then:.1f}") for one in lesson.changes),
        "",
    )


def _moved(before: float, after: float) -> str:
    return f"{before:.2f} → {after:.2f}"


def _shape(lesson: Lesson, number: int | None) -> shapes.Shape:
    return {
        "marks": lesson.correction.marks,
        "against": lesson.told.against,
        "presumed": lesson.told.presumed,
        "forbidden": lesson.told.forbidden,
        "unreadable": lesson.told.unreadable,
        "enough": lesson.enough,
        "helps": lesson.helps,
        "held_out": {brand: shapes.row(one) for brand, one in lesson.held_out.items()},
        "alerts_a_week": [shapes.row(one) for one in lesson.changes],
        "mentions": lesson.mentions,
        "since": lesson.since,
        "switched_on": number,
    }
