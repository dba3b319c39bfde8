"""The facts of an alert in words, before any channel lays them out."""

from __future__ import annotations

from datetime import tzinfo

from msgspec import Struct

from alerts.alert import Alert, ReadMention
from alerts.contacts import contact_lines, standing_words
from alerts.escape import one_line, readable, web_link
from alerts.excerpt import Piece, around, cut, plain, width
from alerts.label_words import intent_word, severity_word
from alerts.language import ENGLISH, Language
from alerts.reading_words import LONGEST_REASON, MOST_REASONS, feeling, rule_words, urgency
from alerts.wording import listed, moment, service, short
from rules.reading import CustomerMatch, Severity
from rules.timeline import is_complaint
from sources.kind_terms import terms_of

MOST_OTHERS = 10
_LONGEST_NAME = 80
_LONGEST_WHO = 160


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
    reach: str  # of a story that several tell
    others: int
    other_links: tuple[str, ...]
    ticket: str
    words: Language = ENGLISH  # that all of it is told in

    def lines(self) -> tuple[tuple[str, str], ...]:
        """Gives the labelled lines below the post, in the order in which they matter; empty ones are left out."""
        who = (self.words.say("Who"), "; ".join((self.who, *self.who_else)))
        return (who, *self.lines_below())

    def lines_below(self) -> tuple[tuple[str, str], ...]:
        """Gives the same without the first one, which says who wrote."""
        say = self.words.say
        told = [
            (say("Customer"), self.standing),
            *((say("Why"), reason) for reason in self.why),
            (say("Feeling"), self.feeling),
            (say("Urgency"), self.urgency),
            (say("About"), self.about),
            (say("Reach"), self.reach),
            *((say("Before"), contact) for contact in self.contacts),
        ]
        return tuple((label, fact) for label, fact in told if fact)

    @property
    def severity_word(self) -> str:
        """Gives "High"."""
        return severity_word(self.severity, self.words)

    @property
    def more_posts(self) -> str:
        """Gives "and 29 more posts of the same story", "" where there is one alone."""
        return (
            self.words.count(
                "and {number} more post of the same story", "and {number} more posts of the same story", self.others
            )
            if self.others
            else ""
        )


def alert_facts(
    alert: Alert, timezone: tzinfo, title_limit: int, text_limit: int, words: Language = ENGLISH
) -> AlertFacts:
    """Puts an alert into words; the post is cut around its matched words to `text_limit` characters."""
    lead = alert.lead
    headline, said = _said(lead, text_limit)
    if not lead.post.external_id:  # a post that is there has one
        said = (Piece(words.say("(deleted by its author)")),)
    who = _who(lead, words)
    others = max(alert.mentions - 1, 0)
    return AlertFacts(
        severity=alert.severity,
        brands=cut(one_line(listed(list(alert.brands) or [lead.brand], words)), _LONGEST_WHO),
        title=_title(alert, headline, said, title_limit, words),
        who=who,
        known=lead.customer is not None,
        who_else=_who_else(lead, words),
        standing=_standing(alert, words),
        contacts=contact_lines(alert.last_contacts, timezone, words),
        headline=headline,
        said=said,
        lang=lead.lang,
        where=_where(lead, words),
        when=_when(lead, timezone, words),
        link=web_link(lead.post.url),
        why=tuple(cut(rule_words(match, words), LONGEST_REASON) for match in alert.rules[:MOST_REASONS]),
        feeling=feeling(lead.sentiment, lead.lang, words),
        urgency=urgency(lead.urgency, words),
        about=listed([one_line(intent_word(intent.label, words)) for intent in lead.intent[:MOST_REASONS]], words),
        reach=_reach(alert.reach, words) if others and alert.reach else "",
        others=others,
        other_links=tuple(link for url in alert.others[:MOST_OTHERS] if (link := web_link(url))) if others else (),
        ticket=words.say("Ticket #{number}", number=alert.ticket) if alert.ticket is not None else "",
        words=words,
    )


def _reach(followers: int, words: Language) -> str:
    """Gives "1.2 M followers of those who tell it"."""
    return words.say("{followers} followers of those who tell it", followers=short(followers, words))


def author_name(mention: ReadMention, words: Language = ENGLISH) -> str:
    """Gives what to call the author of a mention: the customer's name, else the author's own, else a handle."""
    author = mention.post.author
    known = mention.customer.name or mention.customer.id if mention.customer else ""
    handle = author.handle and f"@{author.handle}"
    return cut(one_line(known or author.name or handle or author.email), _LONGEST_NAME) or words.say("Unknown author")


def _title(alert: Alert, headline: str, said: tuple[Piece, ...], limit: int, words: Language) -> str:
    """The severity, the brand and who lead; the post's own words fill what is left."""
    lead = alert.lead
    tier = f" ({tier_words(lead.customer, words)})" if lead.customer else ""
    brands = cut(one_line(listed(list(alert.brands) or [lead.brand], words)), 40)
    severity, who = severity_word(alert.severity, words), cut(author_name(lead, words), 40)
    if alert.kind == "spike":
        who, tier = words.say("spike"), ""
    start = cut(f"{severity} \u00b7 {brands} \u00b7 {who}{cut(tier, 30)}", limit)
    room = limit - width(start) - 4
    quoted = one_line(headline or plain(said))
    return f"{start}: \u201c{cut(quoted, min(room, 80))}\u201d" if room >= 20 and quoted else start


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


def _who(mention: ReadMention, words: Language) -> str:
    name = author_name(mention, words)
    customer = mention.customer
    if customer is None:
        return name
    tier, company = tier_words(customer, words), one_line(customer.company)
    if not company:
        return cut(f"{name}, {tier}", _LONGEST_WHO)
    return cut(words.say("{name}, {customer} at {company}", name=name, customer=tier, company=company), _LONGEST_WHO)


def tier_words(customer: CustomerMatch, words: Language = ENGLISH) -> str:
    """Gives "gold customer"."""
    tier = one_line(customer.tier)
    return words.say("{tier} customer", tier=tier) if tier else words.say("customer")


def _who_else(mention: ReadMention, words: Language) -> tuple[str, ...]:
    author, customer, say = mention.post.author, mention.customer, words.say
    told: list[str] = []
    if customer is not None and customer.owner:
        told.append(say("looked after by {owner}", owner=cut(one_line(customer.owner), _LONGEST_NAME)))
    if customer is not None and customer.confidence < 1:
        sure = words.number(customer.confidence * 100)
        told.append(say("{percent}% sure that it is this customer", percent=sure))
    if customer is not None and customer.evidence:
        evidence = cut(one_line(listed(list(customer.evidence[:3]), words)), _LONGEST_WHO)
        told.append(say("known because {evidence}", evidence=evidence))
    handle = one_line(author.handle)
    if handle and f"@{handle}" != author_name(mention):
        told.append(cut(say("writes as {handle}", handle=f"@{handle}"), _LONGEST_NAME))
    if author.followers is not None:
        told.append(words.count("{number} follower", "{number} followers", author.followers))
    return tuple(told)


def _standing(alert: Alert, words: Language) -> str:
    if alert.standing is None:
        return ""
    lead = alert.lead
    complains = lead.mark == "negative" or (
        not lead.mark and is_complaint(lead.sentiment.label or "", [intent.label for intent in lead.intent])
    )
    return cut(standing_words(alert.standing, complains=complains, words=words), 2 * LONGEST_REASON)


def _where(mention: ReadMention, words: Language) -> str:
    post = mention.post
    instance, name = one_line(post.instance), service(one_line(post.source), words)
    return attributed(cut(f"{name} ({instance})" if instance else name, 120), post.source)


def attributed(where: str, source: str) -> str:
    """Where a post stands, with the words that its service wants beside it."""
    words = terms_of(source).attribution
    return f"{where} \u00b7 {words}" if words and words not in where else where


def _when(mention: ReadMention, timezone: tzinfo, words: Language) -> str:
    published = mention.post.published_at
    if published is None:
        seen = moment(mention.first_seen_at, timezone, words)
        return words.say("no date told, first seen {moment}", moment=seen)
    return moment(published, timezone, words)
