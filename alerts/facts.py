"""The facts of an alert in words, before any channel lays them out."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct

from alerts.alert import Alert, ReadMention
from alerts.contacts import contact_lines, standing_words
from alerts.escape import one_line, readable, web_link
from alerts.excerpt import Piece, around, cut, plain, width
from alerts.wording import counted, language, listed, moment, service, signed
from rules.reading import CustomerMatch, Reason, Sentiment, Severity
from rules.timeline import is_complaint
from sources.kind_terms import terms_of

MOST_OTHERS = 10
_MOST_REASONS = 6
_LONGEST_NAME = 80
_LONGEST_REASON = 300


class AlertFacts(Struct, frozen=True, kw_only=True):
    """What a person must see at once. All text is readable and short, but it is still text from outside."""

    severity: Severity
    brands: str
    title: str  # one line
    who: str
    known: bool  # whether the author is a known customer
    who_else: tuple[str, ...]  # owner, evidence; or the author's reach
    standing: str  # complaints of late, health, tags
    contacts: tuple[str, ...]  # what was said with them before, the newest first
    headline: str
    said: tuple[Piece, ...]
    lang: str
    where: str
    when: str
    link: str
    why: tuple[str, ...]
    feeling: str
    urgency: str
    about: str
    others: int
    other_links: tuple[str, ...]
    ticket: str

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Gives the labelled lines below the post, in the order in which they matter; empty ones are left out."""
        told = [
            ("Who", "; ".join((self.who, *self.who_else))),
            ("Customer", self.standing),
            *(("Why", reason) for reason in self.why),
            ("Feeling", self.feeling),
            ("Urgency", self.urgency),
            ("About", self.about),
            *(("Before", contact) for contact in self.contacts),
        ]
        return tuple((label, words) for label, words in told if words)


def alert_facts(alert: Alert, timezone: tzinfo, title_limit: int, text_limit: int) -> AlertFacts:
    """Puts an alert into words; the post is cut around its matched words to `text_limit` characters."""
    lead = alert.lead
    headline, said = _said(lead, text_limit)
    who = _who(lead)
    others = max(alert.mentions - 1, 0)
    return AlertFacts(
        severity=alert.severity,
        brands=cut(one_line(listed(list(alert.brands) or [lead.brand])), 2 * _LONGEST_NAME),
        title=_title(alert, headline, said, title_limit),
        who=who,
        known=lead.customer is not None,
        who_else=_who_else(lead),
        standing=_standing(alert),
        contacts=contact_lines(alert.last_contacts, timezone),
        headline=headline,
        said=said,
        lang=lead.lang,
        where=_where(lead),
        when=_when(lead, timezone),
        link=web_link(lead.post.url),
        why=tuple(
            cut(one_line(f"{match.name}: {match.reason}" if match.reason else match.name), _LONGEST_REASON)
            for match in alert.rules[:_MOST_REASONS]
        ),
        feeling=feeling(lead.sentiment, lead.lang),
        urgency=_urgency(lead),
        about=listed([one_line(intent.label) for intent in lead.intent[:_MOST_REASONS]]),
        others=others,
        other_links=tuple(link for url in alert.others[:MOST_OTHERS] if (link := web_link(url))) if others else (),
        ticket=f"Ticket #{alert.ticket}" if alert.ticket is not None else "",
    )


def author_name(mention: ReadMention) -> str:
    """Gives what to call the author of a mention: the customer's name, else the author's own, else a handle."""
    author = mention.post.author
    known = mention.customer.name or mention.customer.id if mention.customer else ""
    handle = author.handle and f"@{author.handle}"
    return cut(one_line(known or author.name or handle or author.email), _LONGEST_NAME) or "Unknown author"


def feeling(sentiment: Sentiment, lang: str) -> str:
    """Says how a mention in `lang` reads and which of its words say so."""
    if sentiment.label is None:
        why = sentiment.why or ""
        if why == f"no evidence for {lang}":
            why = f"no evidence for {language(lang)}"
        return cut(one_line(f"not read: {why}" if why else "not read"), _LONGEST_REASON)
    score = "" if sentiment.score is None else f" ({signed(sentiment.score)} between -1 and +1)"
    words = _sides(sentiment)
    return cut(f"{sentiment.label}{score}{': ' if words else ''}{words}", 2 * _LONGEST_REASON)


def _sides(sentiment: Sentiment) -> str:
    """The words that speak for what was read, then those that speak against it: "“broke”; but “thanks” is positive"."""
    against_it = -1.0 if (sentiment.score or 0.0) >= 0 else 1.0
    against = [one for one in sentiment.reasons if one.weight * against_it > 0]
    words = _named([one for one in sentiment.reasons if one not in against])
    other = _named(against[:2])
    side = "positive" if against_it > 0 else "negative"
    return f"{words}; but {other} speaks for {side}" if words and other else words or other


def _title(alert: Alert, headline: str, said: tuple[Piece, ...], limit: int) -> str:
    """The severity, the brand and who lead; the post's own words fill what is left."""
    tier = f" ({_tier(alert.lead.customer)})" if alert.lead.customer else ""
    brands = cut(one_line(listed(list(alert.brands) or [alert.lead.brand])), 40)
    start = cut(
        f"{alert.severity.capitalize()} \u00b7 {brands} \u00b7 {cut(author_name(alert.lead), 40)}{cut(tier, 30)}", limit
    )
    room = limit - width(start) - 4
    words = one_line(headline or plain(said))
    return f"{start}: \u201c{cut(words, min(room, 80))}\u201d" if room >= 20 and words else start


def _said(mention: ReadMention, limit: int) -> tuple[str, tuple[Piece, ...]]:
    """The post's title and its text around the words that were asked for; a title that only repeats goes."""
    post = mention.post
    spans = [(span.start, span.end) for span in mention.spans if span.field == "text"]
    pieces = tuple(
        Piece(text, piece.marked) for piece in around(post.text, spans, limit) if (text := _readable_inside(piece.text))
    )
    headline = cut(one_line(post.title), 300)
    if headline and one_line(post.text).startswith(headline.rstrip("\u2026")):
        headline = ""
    return headline, pieces


def _readable_inside(text: str) -> str:
    """As `readable`, but the spaces at both ends stay: they part this piece from its neighbours."""
    core = readable(text)
    if not core:
        return " " if text else ""
    before = " " if text[0].isspace() else ""
    after = " " if text[-1].isspace() else ""
    return before + core + after


def _who(mention: ReadMention) -> str:
    name = author_name(mention)
    customer = mention.customer
    if customer is None:
        return name
    company = f" at {one_line(customer.company)}" if customer.company else ""
    return cut(f"{name}, {_tier(customer)}{company}", 2 * _LONGEST_NAME)


def _tier(customer: CustomerMatch) -> str:
    return f"{one_line(customer.tier)} customer".strip()


def _who_else(mention: ReadMention) -> tuple[str, ...]:
    author, customer = mention.post.author, mention.customer
    told: list[str] = []
    if customer is not None and customer.owner:
        told.append(f"looked after by {cut(one_line(customer.owner), _LONGEST_NAME)}")
    if customer is not None and customer.confidence < 1:
        told.append(f"{customer.confidence:.0%} sure that it is this customer")
    if customer is not None and customer.evidence:
        told.append("known because " + cut(one_line(listed(list(customer.evidence[:3]))), 2 * _LONGEST_NAME))
    handle = one_line(author.handle)
    if handle and f"@{handle}" != author_name(mention):
        told.append(cut(f"writes as @{handle}", _LONGEST_NAME))
    if author.followers is not None:
        told.append(counted(author.followers, "follower"))
    return tuple(told)


def _standing(alert: Alert) -> str:
    if alert.standing is None:
        return ""
    lead = alert.lead
    complains = lead.mark == "negative" or (
        not lead.mark and is_complaint(lead.sentiment.label or "", [intent.label for intent in lead.intent])
    )
    return cut(standing_words(alert.standing, complains=complains), 2 * _LONGEST_REASON)


def _where(mention: ReadMention) -> str:
    post = mention.post
    instance = one_line(post.instance)
    shown = f"{service(one_line(post.source))} ({instance})" if instance else service(one_line(post.source))
    return attributed(cut(shown, 120), post.source)


def attributed(where: str, source: str) -> str:
    """Where a post stands, with the words that its service wants beside it."""
    words = terms_of(source).attribution
    return f"{where} \u00b7 {words}" if words and words not in where else where


def _when(mention: ReadMention, timezone: tzinfo) -> str:
    published = mention.post.published_at
    if published is None:
        return f"no date told, first seen {moment(mention.first_seen_at, timezone)}"
    return moment(published, timezone)


def _urgency(mention: ReadMention) -> str:
    if mention.urgency.label == "none":
        return ""
    words = _words(list(mention.urgency.reasons))
    return cut(f"{mention.urgency.label}{': ' if words else ''}{words}", 2 * _LONGEST_REASON)


def _words(reasons: list[Reason]) -> str:
    """The words that weigh most, each once, with its weight where it has one."""
    heaviest = sorted(reasons, key=lambda reason: -abs(reason.weight))[:_MOST_REASONS]
    told = (
        f"\u201c{cut(one_line(reason.text), 60)}\u201d" + (f" {signed(reason.weight)}" if reason.weight else "")
        for reason in heaviest
        if one_line(reason.text)
    )
    return ", ".join(dict.fromkeys(told))


def _named(reasons: list[Reason]) -> str:
    """The same without weights, which are log-odds and tell readers nothing."""
    heaviest = sorted(reasons, key=lambda reason: -abs(reason.weight))[:_MOST_REASONS]
    told = (f"\u201c{cut(one_line(reason.text), 60)}\u201d" for reason in heaviest if one_line(reason.text))
    return ", ".join(dict.fromkeys(told))
