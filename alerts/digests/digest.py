"""Puts a period into one message: words, HTML with pictures, and a short form for Slack."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import tzinfo

from msgspec import Struct

from alerts.contract import Message, Picture
from alerts.digests import slack as digest_slack
from alerts.digests import text as digest_text
from alerts.digests.brand import BrandFacts
from alerts.digests.colours import COLOURS
from alerts.digests.data import BrandDigest, DigestData
from alerts.digests.facts import digest_facts
from alerts.language import ENGLISH, Language
from alerts.rendering.mail import PICTURE_HOST, brand_headers
from alerts.template import fill
from alerts.wording import day_in_digits, short_day

_FEWEST_TO_DRAW = 5
"""Fewer mentions than this are told in words alone."""

_PICTURE = re.compile(rf'"cid:([\w.-]+)@{re.escape(PICTURE_HOST)}"')


class Drawn(Struct, frozen=True, kw_only=True):
    """The pictures of one brand; `compared`: the one of the time line shows the period before too."""

    timeline: Picture | None = None
    shares: Picture | None = None
    compared: bool = False


def render_digest(
    data: DigestData, *, timezone: tzinfo, key: str, title: str | None = None, words: Language = ENGLISH
) -> Message:
    """Gives the digest as one message that any channel can send. Dates are told in `timezone`, all of it in `words`.

    Pictures travel inside, as PNG of at most 40 kB; the HTML names them by Content-ID. `title` replaces the
    one made of the counts.
    """
    facts = digest_facts(data, timezone, title, words)
    drawn = [
        _pictures(number, brand, told, facts.before, timezone, words)
        for number, (brand, told) in enumerate(zip(data.brands, facts.brands, strict=True), 1)
    ]
    return Message(
        key=key,
        kind="digest",
        title=facts.title,
        text=digest_text.digest_text(facts),
        html=fill(
            "digest.html.j2",
            words,
            facts=facts,
            title=facts.title,
            sections=list(zip(facts.brands, drawn, strict=True)),
            host=PICTURE_HOST,
            colours=COLOURS,
        ),
        blocks=tuple(digest_slack.digest_blocks(facts)),
        pictures=tuple(picture for brand in drawn for picture in (brand.timeline, brand.shares) if picture),
        headers=brand_headers(data.brands[0].brand if len(data.brands) == 1 else "digests"),
        language=words.code,
    )


def digest_page(message: Message) -> str:
    """Gives the HTML of a message as one page that stands alone, its pictures inside, to be kept as a file."""
    pngs = {picture.name: base64.b64encode(picture.png).decode("ascii") for picture in message.pictures}

    def embedded(found: re.Match[str]) -> str:
        return f'"data:image/png;base64,{pngs[found[1]]}"' if found[1] in pngs else found[0]

    return _PICTURE.sub(embedded, message.html)


def _pictures(
    number: int, brand: BrandDigest, told: BrandFacts, before: str, timezone: tzinfo, words: Language
) -> Drawn:
    if brand.mentions < _FEWEST_TO_DRAW:
        return Drawn()
    from alerts.digests import chart  # half a second of import that only a digest needs

    timeline = shares = None
    if brand.timeline:
        average = brand.mentions_before / len(brand.timeline)
        days = short_day if words.is_english else day_in_digits
        png = chart.timeline_png(brand.timeline, brand.timeline_before, average, timezone, days)
        alt = words.count(
            "{number} mention over the period, the negative ones set apart",
            "{number} mentions over the period, the negative ones set apart",
            brand.mentions,
        )
        timeline = _picture(f"timeline-{number}", alt, png)
    if sum(brand.labels.values()):
        png = chart.shares_png(brand.labels, brand.labels_before)
        read = ", ".join(line.told(words) for line in told.shares)
        alt = words.say("How the mentions read, now and {before}: {shares}", before=before, shares=read)
        shares = _picture(f"sentiment-{number}", alt, png)
    return Drawn(
        timeline=timeline,
        shares=shares,
        compared=bool(brand.timeline) and chart.has_line(brand.timeline, brand.timeline_before, brand.mentions_before),
    )


def _picture(name: str, alt: str, png: bytes) -> Picture:
    """The name holds what is in the picture, so that no mail program shows an older one from its memory."""
    return Picture(name=f"{name}-{hashlib.sha256(png).hexdigest()[:12]}.png", alt=alt, png=png)
