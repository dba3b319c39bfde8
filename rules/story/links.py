"""Addresses of articles in one canonical form, whichever way they were shared."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from sources.post import storable

_ADDRESS = re.compile(r"[hH][tT][tT][pP][sS]?://([^\s<>\"'\\^`{|}/]{4,253})[^\s<>\"'\\^`{|}]{0,2000}")
_MOST_LINKS = 5  # of a text that are looked at
_TRAILING = ".,;:!?…»”’"
_MOBILE = re.compile(r"^(?:(?:www|m|mobile|amp|touch|wap)\.)+(?=[^.]+\.[^.])|(?<=^[a-z]{2}\.)m\.(?=wiki)")
_AMP_CACHE = re.compile(r"^/(?:[a-z]/)?(?:s/)?(?=[^/]+\.[^/]+/)")
_AMP_ENDS = re.compile(r"(?:/amp(?:/index)?|\.amp|[-_]amp)(?:\.html?)?$|^/amp(?=/)", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?)$", re.IGNORECASE)


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What is put behind an address to count who came by it, or to choose how the page looks; never what it shows.
_TRACKING = _names(
    """
    fbclid gclid gclsrc dclid wbraid gbraid msclkid twclid ttclid yclid ysclid li_fat_id igshid igsh mc_cid mc_eid
    mkt_tok _hsenc _hsmi hsctatracking oly_anon_id oly_enc_id vero_id wickedid s_cid s_kwcid icid ncid cmpid cmp ito
    ns_mchannel ns_source ns_campaign ns_linkname at_medium at_campaign at_custom1 at_custom2 at_custom3 at_custom4
    ocid cvid ei smid smtyp sr_share feature si pp spm scm ref ref_src ref_url referrer source src share shared
    sharetype from via guccounter guce_referrer guce_referrer_sig __twitter_impression __source amp amp_js_v amp_gsa
    usqp outputtype output_type m mobile print cmpredirect mod trk trkinfo rss partner wt.mc_id _ga _gl xtor
    campaign_id cid soc_src soc_trk taid link_source echobox spref tsmid
    """
)
_TRACKING_BEGINS = ("utm_", "pk_", "mtm_", "hsa_", "fb_", "ga_", "itm_", "matomo_", "piwik_", "stm_", "wt_")
_MEANT = {"news.ycombinator.com": {"from"}, "youtube.com": {"v", "list"}}  # where a name above says what is shown
_SAME_HOSTS = {
    "twitter.com": "x.com",
    "old.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "new.reddit.com": "reddit.com",
    "mbasic.facebook.com": "facebook.com",
    "music.youtube.com": "youtube.com",
}
# Behind a short address nobody knows which article stands without asking, and asking would tell who reads what.
_SHORTENERS = _names(
    """
    t.co bit.ly buff.ly ow.ly tinyurl.com goo.gl is.gd lnkd.in dlvr.it trib.al ift.tt fb.me amzn.to wp.me j.mp
    shorturl.at rb.gy cutt.ly t.ly tiny.cc v.gd s.id reut.rs nyti.ms bbc.in wapo.st cnn.it on.ft.com econ.st
    bloom.bg spr.ly soc.cr hubs.ly a.msn.com flip.it pic.twitter.com
    """
)


def article_of(link: str, text: str) -> str:
    """The canonical address of the article that a post names: at `link`, or else at the first address of `text`."""
    if link:
        return canonical(link)
    for place, found in enumerate(_ADDRESS.finditer(text, begin_of_address(text))):
        if place == _MOST_LINKS:
            break
        if found[1].lower() not in _SHORTENERS and (article := canonical(_without_closing(found[0]))):
            return article
    return ""


def begin_of_address(text: str) -> int:
    """Where the first "http://" or "https://" in a text may begin, at the earliest; 0 where there is none.

    To look for a letter in either case from the text's beginning on takes a pattern longer than all that follows.
    """
    return max(text.find("://") - len("https"), 0)


def canonical(address: str) -> str:
    """Gives "host/path?query" without scheme, tracking, AMP and mobile forms; "" for what is no one article's address.

    That is: a home page, a short address that leads who knows where, and what is no web address. Never raises.
    """
    try:
        parts = urlsplit(storable(address.strip()[:2_000]))  # lone surrogates cannot be quoted
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "." not in host:
        return ""
    return _of_parts(parts, host, f":{port}" if port not in (None, 80, 443) else "")


def _of_parts(parts: SplitResult, host: str, port: str) -> str:
    path = parts.path
    if cached := _behind_amp_cache(host, path):
        host, _, rest = cached.partition("/")
        path, port = f"/{rest}", ""
    host = _MOBILE.sub("", host)
    if host in _SHORTENERS:
        return ""
    host = _SAME_HOSTS.get(host, host)
    query = _query(parts.query, host)
    if host == "youtu.be":
        host, path, query = "youtube.com", "/watch", urlencode([("v", path.strip("/"))])
    path = quote(unquote(path, errors="surrogateescape"), errors="surrogateescape")
    path = _INDEX.sub("/", _AMP_ENDS.sub("", re.sub(r"/{2,}", "/", path).rstrip("/"))).rstrip("/")
    if not path and not query:
        return ""
    return f"{host}{port}{path}" + (f"?{query}" if query else "")


def _behind_amp_cache(host: str, path: str) -> str:
    """The address that Google's viewer or the AMP cache shows, "" for any other page."""
    if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
        return _AMP_CACHE.sub("", path, count=1) if _AMP_CACHE.match(path) else ""
    if re.fullmatch(r"(?:www\.)?google\.[a-z.]{2,6}", host) and path.startswith("/amp/"):
        return path.removeprefix("/amp/").removeprefix("s/")
    return ""


def _query(query: str, host: str) -> str:
    """What of a query says which article it is, in one order."""
    if not query or query.count("&") > 50:
        return query
    meant = _MEANT.get(host, set[str]())
    kept = [
        (name, value)
        for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
        if name.lower() in meant or not (name.lower() in _TRACKING or name.lower().startswith(_TRACKING_BEGINS))
    ]
    return urlencode(sorted(kept), errors="surrogateescape")


def _without_closing(address: str) -> str:
    """An address out of running text without the sentence's own marks behind it."""
    address = address.rstrip(_TRAILING)
    while address.endswith((")", "]")) and address.count(address[-1]) > address.count("(["[address[-1] == "]"]):
        address = address[:-1].rstrip(_TRAILING)
    return address
