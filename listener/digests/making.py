"""Gathers what a digest tells, and makes its message when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from alerts.contract import Message
from alerts.digests.data import DigestData, NoisyRule
from alerts.digests.digest import render_digest
from alerts.language import language
from alerts.voice import Voice
from listener.config import Config
from listener.digests.plan import DigestSpan, kept_span
from listener.ruling.rule_marks import rule_marks
from listener.store import Store, Tx
from listener.store.digest import digest_data
from listener.store.outbox import Delivery

DIGEST = "digest"
"""The kind of delivery that tells a digest."""


def gather(tx: Tx, config: Config, span: DigestSpan, brands: Sequence[str], name: str) -> DigestData:
    """All that a digest of a period tells of these brands."""
    data = digest_data(
        tx, span.since, span.until, brands, before=span.before, name=name, fall=config.customer_health.fall
    )
    others = {rule.name for rule in config.rules if rule.brands and set(rule.brands).isdisjoint(brands)}
    noisy = tuple(
        NoisyRule(rule=one.rule, told=one.told, noise=one.noise)
        for one in rule_marks(tx, config, span.until)
        if one.noisy and one.rule not in others
    )
    return replace(data, noisy=noisy)


def digest_maker(config: Config, store: Store) -> Callable[[Delivery, Voice], Message]:
    """The maker of messages of the kind DIGEST, for `listener.delivery.messages`."""
    every_brand = tuple(brand.name for brand in config.brands)

    def make(delivery: Delivery, voice: Voice) -> Message:
        payload, span = delivery.payload, kept_span(delivery.payload)
        # what an older version queued names neither brands nor time zone
        timezone = ZoneInfo(payload["timezone"]) if "timezone" in payload else voice.timezone
        words = language(payload["language"]) if payload.get("language") else voice.language
        with store.read() as tx:
            data = gather(tx, config, span, payload.get("brands", every_brand), payload.get("name", ""))
        return render_digest(data, timezone=timezone, key=delivery.key, words=words)

    return make
