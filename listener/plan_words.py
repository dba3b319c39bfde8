"""A plan of what sources will be asked, in words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

from alerts.wording import counted
from listener import shapes
from listener.explanation import COVERAGE
from listener.query_plan import SourcePlan


def plan_shape(plan: SourcePlan) -> shapes.Shape:
    """One element of what `listener query plan --json` prints; amounts are numbers of US dollars."""
    shape = shapes.row(plan)
    money = ("usd_a_post", "usd_a_day", "usd_a_month", "most_usd_a_poll", "budget_usd")
    amounts = {name: None if shape[name] is None else float(shape[name]) for name in money}
    every = None if plan.every is None else plan.every.total_seconds()
    return {**shape, **amounts, "every": every, "over_budget": plan.over_budget}


def plan_lines(plans: Sequence[SourcePlan]) -> Iterator[str]:
    """Each source with its asks and their price, and what it comes to."""
    if not plans:
        yield "No source is configured."
        return
    for plan in plans:
        yield f"{plan.source} ({plan.kind}): {_pace(plan)}; {_price(plan)}"
        polled = [ask for ask in plan.asks if ask not in plan.streams]
        if polled and plan.requests_a_poll:
            yield f"  asked {_quoted(polled)} {COVERAGE[plan.coverage]}"
        if plan.streams:
            yield f"  streamed {_quoted(plan.streams)}"
        yield from (f"  {note}" for note in plan.notes)
        if plan.over_budget:
            yield f"  its budget of {_usd(plan.budget_usd)} a month will not do: it is asked nothing when that is spent"
    yield ""
    yield _total(plans)


def _pace(plan: SourcePlan) -> str:
    if plan.every is None:
        return "read as it comes, without polls" if plan.streams else "told by others, never asked"
    each = counted(plan.requests_a_poll, "request")
    return f"every {_length(plan.every)}, {each} a poll, {plan.requests_a_day:,} a day"


def _length(every: timedelta) -> str:
    """A length of time as the configuration writes it: 90m, 1h, 20s."""
    seconds = round(every.total_seconds())
    size, unit = next(
        (size, unit) for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")) if seconds % size == 0
    )
    return f"{seconds // size}{unit}"


def _price(plan: SourcePlan) -> str:
    if plan.free:
        return "free"
    words = [f"{_usd(plan.usd_a_post * 1_000)} for 1,000 posts"] if plan.usd_a_post else []
    if plan.usd_a_day is not None and plan.usd_a_month is not None:
        came = f" ({plan.posts_a_day:,.0f} posts a day of late)" if plan.posts_a_day is not None else ""
        words.append(f"about {_usd(plan.usd_a_day)} a day, {_usd(plan.usd_a_month)} a month{came}")
    else:
        words.append("how many posts a day is not known yet")
    if plan.most_usd_a_poll:
        words.append(f"{_usd(plan.most_usd_a_poll)} at most for the next poll")
    if plan.budget_usd is not None:
        words.append(f"budget {_usd(plan.budget_usd)} a month")
    return ", ".join(words)


def _total(plans: Sequence[SourcePlan]) -> str:
    requests = sum(plan.requests_a_day for plan in plans)
    daily = sum((plan.usd_a_day or Decimal(0) for plan in plans), Decimal(0))
    monthly = sum((plan.usd_a_month or Decimal(0) for plan in plans), Decimal(0))
    unknown = [plan.source for plan in plans if plan.usd_a_day is None]
    more = f", and what {', '.join(unknown)} will cost" if unknown else ""
    return (
        f"In all: {requests:,} requests a day, {_usd(daily)} a day, {_usd(monthly)} a month{more}. "
        "A poll with much news makes more requests."
    )


def _quoted(asks: Sequence[str]) -> str:
    return ", ".join(repr(ask) if ask else "for all it has" for ask in asks)


def _usd(amount: Decimal | None) -> str:
    """Dollars and cents, more places where there is less than a cent."""
    amount = amount or Decimal(0)
    return f"${amount:,.2f}" if amount >= Decimal("0.01") or not amount else f"${amount:.4f}"
