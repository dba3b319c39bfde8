"""From a CRM's list of contacts, a telephone system's calls and a post to an alert that knows them all."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parent)]

from crm_services import HubspotService

from listener.configuration.tables import RuleSettings
from listener.directories.registry import settings_class
from listener.interaction_round import bring_in
from listener.store import Store
from listener.store.customer_health import history
from sources.contract import Page
from sources.post import Author

CALLS = """email,at,channel,kind,direction,by,text,outcome
ann@lee.example,2026-11-18T09:00:00Z,phone,call,in,Ben,It broke again and nobody answers. Terrible!,promised a new one
ann@lee.example,2026-11-19T09:00:00Z,email,,out,Eve,It is on its way,
ann@lee.example,2026-11-20T09:00:00Z,web,survey,,,,nps 1
ann@lee.example,2026-11-21T09:00:00Z,chat,,in,,This is awful and I am furious,
"""


def test_an_alert_names_tier_owner_health_and_the_last_three_contacts(
    make_app: Callable[..., Any], store: Store, clock: Any, source: Any, channel: Any, post: Any, tmp_path: Path
) -> None:
    blogs, support = source("blogs", []), channel("support")
    calls = tmp_path / "calls.csv"
    calls.write_text(CALLS)
    again = RuleSettings(name="again", when="customer.recent_complaints >= 3", severity="high", notify=("support",))
    with HubspotService() as hubspot:
        told = {"email": "ann@lee.example", "firstname": "Ann", "lastname": "Lee", "hubspot_owner_id": "ben"}
        hubspot.put("1001", clock().timestamp() - 86_400, **told, plan="gold", renewal_date="2026-12-20")
        opened = {"kind": "hubspot", "token": "decoy-token", "base_url": hubspot.url, "allow_private": True}
        kept = {"columns": {"tier": "plan"}, "fields": ["renewal_date"]}
        directory = settings_class("hubspot").model_validate({**opened, **kept})
        app = make_app([blogs], [support], rules=[again], directories=[directory])
        asyncio.run(app.poll_once(["blogs"]))
        assert bring_in(store, calls, clock(), dry=False).brought.added == 4
        clock.forward(minutes=2)
        app.upkeep.customer_health.count()
        blogs.pages = [Page(posts=[post(1, author=Author(handle="annlee", email="ann@lee.example"))], cursor="1")]
        asyncio.run(app.poll_once(["blogs"]))
    (alert,) = support.told
    assert "Ann Lee, gold customer" in alert.text
    assert "looked after by ben" in alert.text
    assert "Customer: third complaint within 7 days; health " in alert.text
    before = [line.partition("UTC, ")[2] for line in alert.text.splitlines() if line.startswith("Before: ")]
    assert [line.partition(":")[0] for line in before] == [
        "chat from them",
        "web survey from them (nps 1)",
        "email to them with Eve",
    ]
    with store.read() as tx:
        (counted,) = history(tx, "hubspot:1001", 1)
    assert {part.part for part in counted.health.parts} >= {"negative", "survey", "renewal", "silence"}
