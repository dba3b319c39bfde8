"""How prepared answers that fit look in a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from alerts.answers import Suggested
from alerts.wording import counted
from listener.cli.output import console
from listener.shapes import Shape
from listener.terminal import cut, one_line

_SHOWN = 300


def show_suggested(ticket: int, found: Sequence[Suggested], looked_through: int) -> None:
    """Prints each with its link, why it is offered, and its beginning."""
    screen = console()
    if not found:
        screen.print(f"None of {counted(looked_through, 'prepared answer')} fits this ticket.")
        return
    for one in found:
        answer = one.answer
        screen.print(Text(one_line(f"{answer.name}: {answer.title}"), style="bold"), soft_wrap=True)
        if answer.link:
            screen.print(Text(f"  {one_line(answer.link)}"), soft_wrap=True)
        why = ", ".join(f"'{word}'" for word in one.because)
        screen.print(Text(f"  because of {one_line(why)}", style="dim"), soft_wrap=True)
        screen.print(Text(f"  {cut(answer.text, _SHOWN)}"), soft_wrap=True)
    screen.print(Text(f"To see it as an answer: listener tickets reply {ticket} --answer {found[0].answer.name!r}"))


def suggested_row(one: Suggested) -> Shape:
    """An answer that is offered."""
    answer = one.answer
    return {
        "name": answer.name,
        "title": answer.title,
        "link": answer.link,
        "lang": answer.lang,
        "because": list(one.because),
        "score": round(one.score, 3),
        "text": answer.text,
    }
