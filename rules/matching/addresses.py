"""Brings mailboxes, telephone numbers and web addresses into the form in which they are compared."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

_MAILBOX = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"\+?\d[\d ()./-]{6,20}\d")
_SITE = re.compile(
    r"(?<![@\w.-])(?:https?://)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,4}[a-z]{2,24})(/[^\s),;]*)?", re.I
)
_NO_DIGIT = re.compile(r"\D")
PHONE_DIGITS = 9
SHORTEST_PHONE = 7
_PATTERNS = (
    ("x", re.compile(r"(?:x|twitter)\.com/@?(\w{1,60})$")),
    ("instagram", re.compile(r"instagram\.com/([\w.]{1,40})$")),
    ("reddit", re.compile(r"reddit\.com/u(?:ser)?/([\w-]{1,40})$")),
    ("bluesky", re.compile(r"bsky\.app/profile/([\w.:-]{1,250})$")),
    ("youtube", re.compile(r"youtube\.com/@([\w.-]{1,60})$")),
    ("github", re.compile(r"github\.com/([\w.-]{1,60})$")),
    ("telegram", re.compile(r"t\.me/(\w{1,40})$")),
    ("tiktok", re.compile(r"tiktok\.com/@([\w.]{1,40})$")),
    ("facebook", re.compile(r"facebook\.com/([\w.]{1,60})$")),
    ("linkedin", re.compile(r"linkedin\.com/in/([\w%-]{1,100})$")),
    ("threads", re.compile(r"threads\.(?:net|com)/@([\w.]{1,40})$")),
    ("hackernews", re.compile(r"news\.ycombinator\.com/user\?id=([\w-]{1,40})$", re.I)),
    ("mastodon", re.compile(r"([\w.-]+\.[a-z]{2,24}/@[\w.]{1,40}(?:@[\w.-]+)?)$")),
)


def mailbox(address: str) -> str:
    """Gives the mailbox that an address reaches: in lower case, no tag behind plus; dots are nothing to Gmail."""
    user, _, host = address.strip().lower().rpartition("@")
    user = user.partition("+")[0] or user
    host = "gmail.com" if host == "googlemail.com" else host
    return f"{user.replace('.', '') if host == 'gmail.com' else user}@{host}" if user and host else ""


def phone(number: str) -> str:
    """Gives the last nine digits, which are the same with the code of the country and without; "" for none."""
    digits = _NO_DIGIT.sub("", number[:60])
    return digits[-PHONE_DIGITS:] if len(digits) >= SHORTEST_PHONE else ""


def account(url: str) -> tuple[str, str] | None:
    """Gives network and handle of the profile that a web address shows, however written; None for another page."""
    page = _page(url)
    for network, pattern in _PATTERNS:
        if found := pattern.match(page):
            handle = found[1]
            if network == "mastodon":
                host, _, user = handle.partition("/@")
                handle = user if "@" in user else f"{user}@{host}"
            return network, handle.lower()
    return None


def page(url: str) -> str:
    """Gives a web address as it is compared, where it names more than a domain; else ""."""
    found = _page(url)
    return found if found.partition("/")[2] else ""


def site(url: str) -> str:
    """Gives the domain of a web address; where strangers share the domain, with the first folder, "" without one."""
    page = _page(url)
    host, _, path = page.partition("/")
    if "." not in host:
        return ""
    if host not in public_hosts():
        return host.removeprefix("www.")
    folder = path.partition("/")[0]
    return f"{host}/{folder}" if folder else ""


def domain(text: str) -> str:
    """Gives a domain of somebody's own, of a web address or a mailbox; "" for one that anybody may have."""
    host = text.strip().lower().rpartition("@")[2]
    found = site(host).partition("/")[0]
    return "" if found in public_hosts() else found


def mailboxes_in(text: str) -> list[str]:
    """Gives the mailboxes that a text tells."""
    return [mailbox(found) for found in _MAILBOX.findall(text)]


def phones_in(text: str) -> list[str]:
    """Gives the telephone numbers that a text tells."""
    return [found for number in _PHONE.findall(text) if (found := phone(number))]


def urls_in(text: str) -> list[str]:
    """Gives the web addresses that a text tells, written in full or as a mere domain."""
    return [f"{host}{path}" for host, path in _SITE.findall(text)]


def _page(url: str) -> str:
    """Host and path in lower case, without www, query, mobile host and the stroke at the end."""
    text = url.strip()[:500]
    try:
        parts = urlsplit(text if "://" in text else f"//{text}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return ""
    for prefix in ("www.", "m.", "mobile.", "old."):
        host = host.removeprefix(prefix)
    query = f"?{parts.query}" if host == "news.ycombinator.com" else ""
    return f"{host}{parts.path.rstrip('/').lower()}{query}"


@lru_cache(maxsize=1)
def public_hosts() -> frozenset[str]:
    """Hosts whose pages or mailboxes are had by people who have nothing else in common."""
    lines = files(__package__).joinpath("public_hosts.txt").read_text("utf-8").splitlines()
    return frozenset(name for line in lines if line[:1] != "#" for name in line.split())
