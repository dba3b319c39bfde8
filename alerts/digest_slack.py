"""Lays a digest out for Slack, in short: the numbers, the alerts, and a few posts worth opening."""

from __future__ import annotations

from alerts.digest_facts import AlertLine, BrandFacts, DigestFacts, QuoteLine
from alerts.excerpt import cut
from alerts.render_slack import Block, context, header, quoted_link, within_limits, words

_MOST_BRANDS = 10
_MOST_ALERTS = 5
_FEW_BRANDS = 3


def digest_blocks(facts: DigestFacts) -> list[Block]:
    """Gives the digest as blocks within Slack's limits; what does not fit is in the mail and in the file."""
    blocks = [header(facts.title), context(facts.period)]
    if facts.troubles:
        blocks.append(words(cut("\n".join(facts.troubles), 1_000)))
    for brand in facts.brands[:_MOST_BRANDS]:
        blocks.append(words(_brand(brand)))
        quotes = 3 if len(facts.brands) <= _FEW_BRANDS else 1
        blocks += [_quote(quote) for quote in brand.quotes[:quotes]]
    blocks.append(words(facts.alerts_told))
    blocks += [_alert(alert) for alert in facts.alerts[:_MOST_ALERTS]]
    if facts.tickets:
        blocks.append(context(facts.tickets_told))
    return within_limits(blocks)


def _brand(brand: BrandFacts) -> str:
    lines = [f"{brand.brand}: {brand.headline}"]
    lines += [
        f"{line.label.capitalize()} {line.share}{f' (before: {line.before})' if line.before else ''}"
        for line in brand.shares
        if line.label in ("negative", "positive")
    ]
    lines += [f"Talked of: {line.name} ({line.detail})" for line in brand.topics.lines[:3]]
    lines += [brand.topics.fell] if brand.topics.fell else []
    lines += [f"Story: {story.name} ({story.detail})" for story in brand.stories[:2]]
    return "\n".join(lines)


def _quote(quote: QuoteLine) -> Block:
    badge = f" ({quote.badge})" if quote.badge else ""
    return quoted_link(quote.link, f"{quote.who}{badge}: \u201c{cut(quote.said, 160)}\u201d")


def _alert(alert: AlertLine) -> Block:
    return quoted_link(alert.link, f"{alert.severity.capitalize()}: {alert.who}: {alert.said} ({alert.detail})")
