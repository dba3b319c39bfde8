"""Reads what an author shows of themselves into the keys under which customers are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from msgspec import Struct

from rules.identity import EMAIL, network
from rules.matching.addresses import account, domain, mailbox, mailboxes_in, page, phones_in, site, urls_in
from rules.matching.chances import Told
from rules.matching.handles import HandleKey, handle_key, local_part
from rules.matching.names import NameWords, company_words, name_words
from rules.matching.places import Place, read_place
from sources.post import Author, Post

MAX_SAID = 1_000
MAX_WORDS = 80
LONGEST_COMPANY = 5  # words
_WARNINGS = re.compile(
    r"\b(?:back[ -]?up (?:account|page|profile)|official (?:backup|account|page|profile|support|helpdesk)"
    r"|(?:second|new|spare|alt(?:ernate)?) account|give-?aways?|airdrops?|crypto|forex|bitcoin|btc|nft|binary options"
    r"|invest(?:ment|ing|or)? (?:tips|expert|coach|manager)|trading (?:tips|signals|expert)|cash ?app|whats ?app me"
    r"|(?:dm|write|message|contact|text) (?:me|us|now)?\b.{0,20}\b(?:dm|help|tips|refund|support|prize|claim|win|promo)"
    r"|claim your|free money|prize|winners?|support (?:team|desk|agent)|customer (?:care|service|support)|help ?desk"
    r"|parody|fake|impersonat\w+|not affiliated|unaffiliated|fan (?:account|page|club)|tribute"
    r"|cuenta (?:oficial|de respaldo|secundaria)|sorteos?|conta (?:oficial|reserva)|compte (?:officiel|de secours)"
    r"|zweitaccount|ersatzaccount|gewinnspiele?|konto zapasowe|yedek hesap|резервн\w+ аккаунт|розыгрыш\w*)\b",
    re.IGNORECASE,
)
_FANS = re.compile(
    r"\b(?:fans?|fanclub|unofficial|inoffiziell\w*|everything|fanático|fã|ultras?)\b|\bI ?[♥❤💙💚💛💜🖤🧡]",
    re.IGNORECASE,
)
_ABOUT_OTHERS = re.compile(
    r"\b(?:site|website|photos?|pictures?|design|art|logo|theme|page) (?:by|from)\b|\bphotos?:"
    r"|\bmy (?:teacher|boss|hero|mentor|friend|wife|husband|brother|sister|idol|favou?rite)\b|\breading\b.*\bwrites?\b"
    r"|\b(?:thanks to|courtesy of|inspired by|powered by|recommend)\b",
    re.IGNORECASE,
)


class Sign(Struct, frozen=True, gc=False):
    """Something that the profile tells and that may stand on record: under which key, and how to say it."""

    kind: Told
    key: tuple[str, str]
    told: str


class Profile(Struct, frozen=True):
    """An author, taken apart."""

    network: str
    handle: HandleKey
    accounts: tuple[str, ...]  # that are the author's own beyond doubt: network:handle, or the page
    mail: str  # the mailbox that the post came from
    name: NameWords
    shown: tuple[str, ...]  # the words of the name as those of a company's are compared
    signs: tuple[Sign, ...]
    place: Place
    warns: str  # the words by which those speak who pose as somebody
    praises: bool  # what is named in the profile is named as somebody else's


def read_profile(post: Post) -> Profile:
    """Takes apart what the post shows of its author. Never raises for what an author writes."""
    author = post.author
    kind = network(post.source)
    bio = unicodedata.normalize("NFKC", author.bio[:MAX_SAID])
    handle = "" if kind == EMAIL else author.handle
    mail = mailbox(author.email or (author.handle if kind == EMAIL else ""))
    accounts = {f"{kind}:{handle.lower().removeprefix('@')}": None} if handle else {}
    if kind == "bluesky" and author.id.startswith("did:"):
        accounts[f"{kind}:{author.id}"] = None
    if shown := _account(author.url):
        accounts[shown] = None
    warning = _WARNINGS.search(bio)
    return Profile(
        network=kind,
        handle=handle_key(local_part(kind, handle)),
        accounts=tuple(accounts),
        mail=mail,
        name=name_words(author.name),
        shown=company_words_of(author.name),
        signs=tuple(_signs(author, bio, mail, accounts)),
        place=read_place(author.location),
        warns=warning[0] if warning else "",
        praises=bool(_ABOUT_OTHERS.search(bio)),
    )


def _signs(author: Author, bio: str, mail: str, own: dict[str, None]) -> list[Sign]:
    signs: dict[tuple[Told, tuple[str, str]], Sign] = {}

    def tell(kind: Told, family: str, key: str, told: str) -> None:
        signs.setdefault((kind, (family, key)), Sign(kind, (family, key), told))

    if mail:
        tell(Told.MAILBOX, "mail", mail, f"the post came from {mail}")
        if home := domain(mail):
            tell(Told.EMPLOYER_MAIL, "employer", home, f"the post came from a mailbox at {home}")
    verified = set(author.verified_links)
    links = [(url, url in verified) for url in dict.fromkeys((*author.verified_links, *author.links))]
    for url, sure in links:
        _of_link(url, sure, own, tell)
    for found in mailboxes_in(bio):
        tell(Told.MAIL_IN_BIO, "mail", found, f"the profile names {found}")
        if home := domain(found):
            tell(Told.EMPLOYER_IN_BIO, "employer", home, f"the profile names a mailbox at {home}")
    for found in phones_in(bio):
        tell(Told.PHONE_IN_BIO, "phone", found, f"the profile names a number that ends in {found[-4:]}")
    for url in urls_in(bio):
        _of_link(url, None, own, tell)
    if not _FANS.search(bio):
        for company in _runs(bio, author.name):
            tell(Told.EMPLOYER_NAME, "company", company, f"the profile names {company!r}")
    return list(signs.values())


def _of_link(url: str, sure: bool | None, own: dict[str, None], tell: Callable[[Told, str, str, str], None]) -> None:
    """`sure`: the service confirmed it; None: it stands in the words of the profile."""
    how = "has a confirmed link to" if sure else "links to" if sure is not None else "names"
    if (there := _account(url)) and there not in own:
        kind = Told.VERIFIED_ACCOUNT if sure else Told.ACCOUNT
        tell(kind, "account", there, f"the profile {how} {there}")
    if account(url) is not None:
        return
    if home := site(url):
        kind = Told.VERIFIED_SITE if sure else Told.SITE if sure is not None else Told.SITE_IN_BIO
        tell(kind, "site", home, f"the profile {how} {home}")
        kind = Told.VERIFIED_EMPLOYER if sure else Told.EMPLOYER_LINK if sure is not None else Told.EMPLOYER_IN_BIO
        tell(kind, "employer", home, f"the profile {how} {home}")


def _account(url: str) -> str:
    """The account that a web address shows, or the page where it is none that we know."""
    shown = account(url)
    return page(url) if shown is None else f"{shown[0]}:{shown[1]}"


def _runs(bio: str, shown: str) -> list[str]:
    """Every run of a few words that might be a company's name."""
    runs: dict[str, None] = {}
    for text in (bio, shown):
        words = company_words_of(text)
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST_COMPANY, len(words)) + 1):
                runs[" ".join(words[start:end])] = None
    return list(runs)


def company_words_of(text: str) -> tuple[str, ...]:
    """The words of a text as those of a company's name are compared."""
    return company_words(text[:MAX_SAID])[:MAX_WORDS] if text else ()
