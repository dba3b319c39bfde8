"""Decisions in words: why an alert was made, what a query finds, whether a rule speaks."""

from __future__ import annotations

from collections.abc import Sequence

from alerts.alert import Alert, ReadMention
from alerts.contacts import contact_lines, standing_words
from alerts.wording import counted
from listener.alerting.path import path_lines
from listener.app import wall_clock
from listener.cli.output import when
from listener.config import Config
from listener.customers import parse_directory
from listener.handing_on import attribution
from listener.help_desks.lines import desk_lines
from listener.store import Tx, alerts, marks, mentions
from listener.store.marks import KeptMark
from listener.typed_posts import about_brand, typed_post
from rules.analysis import Analyser
from rules.match import Matcher
from rules.reading import Reason, RuleMatch
from sources.post import Author, Post
from sources.query import Query, parse

_MARKS = 20

COVERAGE = {
    "exact": "(gives just that)",
    "superset": "(gives more; what does not match is left out here)",
    "partial": "(cannot give all that matches)",
}


def explain_alert(tx: Tx, config: Config, number: int) -> str | None:
    """All that led to an alert and what came of it; None if there is no such alert."""
    alert = alerts.get_alert(tx, number)
    if alert is None:
        return None
    posts = counted(alert.mentions, "post")
    lines = [
        f"Alert {alert.id}: {alert.severity}, for {', '.join(alert.brands)}",
        f"made {when(alert.created_at, config.timezone)}, stands for {posts} of story {alert.story}",
        *_mention_lines(alert.lead, config),
        *_customer_lines(alert, config),
        *_rule_lines(alert.rules, config),
    ]
    if alert.ticket:
        lines += ["", f"Ticket #{alert.ticket} was opened."]
    lines += desk_lines(tx, number)
    lines += path_lines(tx, config, number)
    if alert.others:
        lines += ["", "The same story elsewhere", *_indented(list(alert.others))]
    return "\n".join(lines)


def explain_mention(tx: Tx, config: Config, number: int) -> str | None:
    """What was read in a mention, and why somebody was told or nobody; None if there is no such mention."""
    mention = mentions.get_mention(tx, number)
    if mention is None:
        return None
    own = ", by one of its own accounts" if mention.own else ""
    lines = [
        f"Mention {mention.id}, for {mention.brand}{own}{f', marked {mention.mark}' if mention.mark else ''}",
        *_mention_lines(mention, config),
        *_mark_lines(marks.list_marks(tx, mention=number, limit=_MARKS), config),
        *_rule_lines(mention.rules, config),
        "",
        "Who was told",
    ]
    parts = alerts.alerts_of_mention(tx, number)
    lines += [f"  it is part of alert {part}: `listener alerts explain {part}`" for part in parts]
    if mention.held:
        lines.append(f"  nobody: {mention.held}")
    elif not parts:
        lines.append(f"  nobody: {'its alert is no longer kept' if mention.rules else 'no rule spoke'}")
    return "\n".join(lines)


def _customer_lines(alert: Alert, config: Config) -> list[str]:
    """How the customer stood, and the last contacts before it; nothing where nobody is known."""
    if alert.standing is None:
        return []
    standing = standing_words(alert.standing, complains=False) or "nothing else is known of them"
    contacts = contact_lines(alert.last_contacts, config.timezone)
    return ["", "The customer", *_indented([standing, *(f"before: {contact}" for contact in contacts)])]


def _mark_lines(given: Sequence[KeptMark], config: Config) -> list[str]:
    """Who said what of it when, and what had been read by then; nothing where nobody did."""
    lines = []
    for one in given:
        said = f"{one.said} {one.said_score:+.2f}" if one.said and one.said_score is not None else one.said or "nothing"
        later = "" if one.counts else ", a later mark counts"
        lines.append(f"  {one.mark}, by {one.by or 'somebody'}, {when(one.at, config.timezone)}; read: {said}{later}")
    return ["", "What people say", *lines] if lines else []


def _mention_lines(mention: ReadMention, config: Config) -> list[str]:
    post, read = _indented(_post_lines(mention, config)), _indented(_reading_lines(mention))
    return ["", "The post", *post, "", "What was read in it", *read]


def _rule_lines(rules: Sequence[RuleMatch], config: Config) -> list[str]:
    expressions = {rule.name: rule.when for rule in config.rules}
    lines = ["", "The rules that spoke"]
    for rule in rules:
        lines += [f"  {rule.name} ({rule.severity}): {rule.reason}"]
        lines += [f"    when = {expressions[rule.name]}"] if rule.name in expressions else []
    return lines if rules else [*lines, "  none"]


def _post_lines(lead: ReadMention, config: Config) -> list[str]:
    author = lead.post.author
    followers = f", {author.followers} followers" if author.followers is not None else ""
    return [
        " · ".join(filter(None, (lead.post.url or str(lead.post.key), attribution(lead)))),
        f"by {author.handle or author.name or 'someone'}{followers}, {when(lead.post.published_at, config.timezone)}",
        f"first seen {when(lead.first_seen_at, config.timezone)} by {', '.join(lead.seen_by)}",
        f"matched by {', '.join(dict.fromkeys(repr(span.text) for span in lead.spans)) or 'its fields'}",
        *(lead.post.title, lead.post.text)[0 if lead.post.title else 1 :],
    ]


def _reading_lines(lead: ReadMention) -> list[str]:
    feels = lead.sentiment
    lines = [f"language: {lead.lang}"]
    if feels.label is None:
        lines.append(f"sentiment: not read, {feels.why}")
    else:
        lines.append(f"sentiment: {feels.label} {feels.score:+.2f}{_because(feels.reasons)}")
        lines += [f"  {feels.why}"] if feels.why else []
    lines.append(f"urgency: {lead.urgency.label}{_because(lead.urgency.reasons)}")
    lines += [f"intent: {intent.label}{_because(intent.reasons)}" for intent in lead.intent]
    lines += [f"waits for an answer{_because(lead.waits_because)}"] if lead.waits_for_answer else []
    lines += [f"topics: {', '.join(lead.topics)}"] if lead.topics else []
    if lead.customer is not None:
        known = lead.customer
        lines.append(f"customer: {known.name or known.id} ({known.tier or 'no tier'}): {'; '.join(known.evidence)}")
    else:
        lines.append("customer: nobody we know")
    return lines


def _because(reasons: Sequence[Reason]) -> str:
    said = ", ".join(f"'{reason.text}' ({reason.why})" if reason.why else f"'{reason.text}'" for reason in reasons)
    return f": {said}" if said else ""


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {part}" for line in lines for part in line.splitlines() if part.strip()]


def explain_plans(query: Query, config: Config) -> str:
    """What each configured source will be asked for the query."""
    lines = ["What the sources will be asked"]
    for settings in config.sources:
        source = settings.open()
        plan = source.plan(query)
        asks = [repr(ask) for ask in plan.asks if ask] or ["for all it has"]
        lines.append(f"  {settings.name} ({settings.kind}): {', '.join(asks)} {COVERAGE[plan.coverage]}")
        lines += [f"    {note}" for note in plan.notes]
    return "\n".join(lines)


def explain_match(query: str, text: str, title: str, author: str, url: str, lang: str) -> tuple[bool, str]:
    """Whether the query matches a post of these words, and why. Raises QueryError."""
    post = Post(
        source="test",
        instance="",
        external_id="test",
        title=title,
        text=text,
        url=url,
        lang=lang,
        author=Author(handle=author.removeprefix("@")),
    )
    matcher = Matcher({"query": parse(query)})
    found = matcher.match([post])
    words = matcher.explain("query", post)
    if found:
        words += "\nMatched words: " + ", ".join(f"{span.text!r} in the {span.field}" for span in found[0].spans)
    return bool(found), words


def explain_rule(config: Config, name: str, text: str, title: str, author: str, brand: str) -> tuple[bool, str]:
    """Whether a rule speaks for a post of these words about a brand, and what was read in them."""
    now = wall_clock()
    rule = next(one for one in config.rules if one.name == name)
    brand = brand or (*rule.brands, config.brands[0].name)[0]
    post = typed_post(text, title, "", author, now)
    # Whether the brand's query would find the post is `query test`'s question: here every post is about the brand.
    analyser = Analyser(about_brand(config.setup(parse_directory(config)), brand, post.source))
    reading = analyser.analyse([post], "", now)[0].reading
    spoke = next((match for match in reading.rules if match.name == name), None)
    lines = [f"when = {rule.when}"]
    lines.append(f"It speaks ({spoke.severity}): {spoke.reason}" if spoke else "It does not speak.")
    if rule.brands and brand not in rule.brands:
        lines[-1] += f" It is for {', '.join(rule.brands)} only."
    feels = reading.sentiment
    lines += [
        "Read in the text:",
        f"  language {reading.lang}",
        f"  sentiment {feels.label} {feels.score:+.2f}{_because(feels.reasons)}"
        if feels.label
        else f"  sentiment not read: {feels.why}",
        f"  urgency {reading.urgency.label}{_because(reading.urgency.reasons)}",
        f"  intent {', '.join(intent.label for intent in reading.intent) or 'none'}",
        f"  waits for an answer: {'yes' if reading.waits_for_answer else 'no'}{_because(reading.waits_because)}",
        f"  customer {reading.customer.name or reading.customer.id if reading.customer else 'nobody we know'}",
    ]
    return spoke is not None, "\n".join(lines)
