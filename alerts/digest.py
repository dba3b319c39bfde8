"""Puts a period into one message: words, HTML with pictures, and a short form for Slack."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import tzinfo

from alerts import digest_slack, digest_text
from alerts.contract import Message, Picture
from alerts.digest_data import BrandDigest, DigestData
from alerts.digest_facts import digest_facts
from alerts.render_mail import PICTURE_HOST, brand_headers
from alerts.template import fill

_FEWEST_TO_DRAW = 5
"""Fewer mentions than this are told in words alone."""

_PICTURE = re.compile(rf'"cid:([\w.-]+)@{re.escape(PICTURE_HOST)}"')


def render_digest(data: DigestData, *, timezone: tzinfo, key: str, title: str | None = None) -> Message:
    """Gives the digest as one message that any channel can send. Dates are told in `timezone`.

    Pictures travel inside, as PNG of at most 40 kB; the HTML names them by Content-ID. `title` replaces the
    one made of the counts.
    """
    facts = digest_facts(data, timezone, title)
    drawn = [_pictures(number, brand, facts.before, timezone) for number, brand in enumerate(data.brands, 1)]
    return Message(
        key=key,
        kind="digest",
        title=facts.title,
        text=digest_text.digest_text(facts),
        html=fill(
            "digest.html.j2",
            facts=facts,
            title=facts.title,
            sections=list(zip(facts.brands, drawn, strict=True)),
            host=PICTURE_HOST,
        ),
        blocks=tuple(digest_slack.digest_blocks(facts)),
        pictures=tuple(picture for pictures in drawn for picture in pictures),
        headers=brand_headers(data.brands[0].brand if len(data.brands) == 1 else "digests"),
    )


def digest_page(message: Message) -> str:
    """Gives the HTML of a message as one page that stands alone, its pictures inside, to be kept as a file."""
    pngs = {picture.name: base64.b64encode(picture.png).decode("ascii") for picture in message.pictures}

    def embedded(found: re.Match[str]) -> str:
        return f'"data:image/png;base64,{pngs[found[1]]}"' if found[1] in pngs else found[0]

    return _PICTURE.sub(embedded, message.html)


def _pictures(number: int, brand: BrandDigest, before: str, timezone: tzinfo) -> tuple[Picture, ...]:
    if brand.mentions < _FEWEST_TO_DRAW:
        return ()
    from alerts import chart  # half a second of import that only a digest needs

    pictures = []
    if brand.timeline:
        average = brand.mentions_before / len(brand.timeline)
        png = chart.timeline_png(brand.timeline, brand.timeline_before, average, before, timezone)
        alt = f"{brand.mentions:,} mentions over the period, the negative ones set apart"
        pictures.append(_picture(f"timeline-{number}", alt, png))
    if sum(brand.labels.values()):
        png = chart.shares_png(brand.labels, brand.labels_before)
        pictures.append(_picture(f"sentiment-{number}", f"How the mentions read, now and {before}", png))
    return tuple(pictures)


def _picture(name: str, alt: str, png: bytes) -> Picture:
    """The name holds what is in the picture, so that no mail program shows an older one from its memory."""
    return Picture(name=f"{name}-{hashlib.sha256(png).hexdigest()[:12]}.png", alt=alt, png=png)
