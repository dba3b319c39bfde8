"""Forgets a customer who asks for it, in the directory and in all that they wrote."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce

import msgspec
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, bindparam, delete, literal_column, select, update

from listener.store.customers import customer_rows, remove_customer
from listener.store.erased_customers import suppress_customer
from listener.store.hashes import NOBODY
from listener.store.link_keys import wrote
from listener.store.notes import forget_customers
from listener.store.outbox import forget_notes
from listener.store.purge import Purged, erase_authors, erased_as
from listener.store.readings import KeptReading, to_json
from listener.store.statements import chunks, one_at_a_time, overwrite_what_goes
from listener.store.tables import CUSTOMER, CUSTOMER_LINK, MENTION, POST, TICKET
from rules.authors import IDS_OF_ONE_HOST, AuthorKey
from rules.directory import Customer, Identity
from rules.identity import EMAIL

_decode = msgspec.json.Decoder(KeptReading).decode
_decode_customer = msgspec.json.Decoder(Customer).decode
_OTHER_NAMES = {"x": ("x", "twitter"), EMAIL: (EMAIL, "imap")}
"""The kinds of source that bring posts of a network which has another name, or names, than theirs."""


def erase_customer(tx: Connection, number: str, now: datetime) -> Purged | None:
    """Erases a customer everywhere: directory, links, interactions, notes, tags, health, what their authors wrote.

    Their authors are those of the mentions that count as theirs, those whom a person linked, and the accounts that the
    directory names and that are theirs still, and theirs alone; these are erased as `purge.erase_author` does. What
    remains are hashes of the id and of those identities, so that no import and no source brings them back. What
    `shared_identities` gives is others' too, and stays theirs. Counters stay. None where nothing is known of them.
    """
    one_at_a_time(tx, "mentions")
    overwrite_what_goes(tx)
    known = customer_rows(tx, number)
    shared = set(shared_identities(tx, number))
    identities = [one for customer in known for one in customer.identities if one not in shared]
    authors = _authors(tx, number, identities, now)
    _unname(tx, number)
    named = (TICKET.c.customer_id != literal_column("''")) & (TICKET.c.customer_id == number)
    tx.execute(update(TICKET).where(named).values(customer="", customer_id=""))
    links = tx.execute(delete(CUSTOMER_LINK).where(CUSTOMER_LINK.c.customer_id == number)).rowcount
    kept = forget_customers(tx, [number]) + forget_notes(tx, number)
    if not known and not authors and not links and not kept:
        return None
    suppress_customer(tx, number, identities, now)
    remove_customer(tx, number)
    done = [erase_authors(tx, source, names, now) for source, names in sorted(authors.items())]
    return reduce(_both, done, Purged(others=links + len(known) + kept))


def shared_identities(tx: Connection, number: str) -> list[Identity]:
    """The customer's addresses and handles that another customer has at the same time, in order."""
    theirs: dict[tuple[str, str], list[Identity]] = {}
    for identity in (one for customer in customer_rows(tx, number) for one in customer.identities):
        theirs.setdefault((identity.network, identity.value), []).append(identity)
    shared: set[Identity] = set()
    if theirs:
        for told in tx.execute(select(CUSTOMER.c.customer_json).where(CUSTOMER.c.id != number)).scalars():
            for other in _decode_customer(told).identities:
                shared.update(one for one in theirs.get((other.network, other.value), ()) if one.overlaps(other))
    return sorted(shared, key=str)


def _authors(tx: Connection, number: str, identities: Sequence[Identity], now: datetime) -> dict[str, set[bytes]]:
    """The hashes of all that the customer is known as, by kind of service."""
    found: dict[str, set[bytes]] = {}
    theirs = (
        select(POST.c.source, POST.c.author_id_hash, POST.c.author_handle_hash)
        .join(MENTION, MENTION.c.post_id == POST.c.id)
        .where(MENTION.c.customer_id != literal_column("''"), MENTION.c.customer_id == number)
        .distinct()
    )
    for row in tx.execute(theirs):
        # the id where there is one: the handle may have been somebody else's
        its_id = NOBODY if row.source in IDS_OF_ONE_HOST else row.author_id_hash
        found.setdefault(row.source, set()).add(its_id or row.author_handle_hash)
    linked = select(CUSTOMER_LINK.c.source, CUSTOMER_LINK.c.author_hash).where(
        CUSTOMER_LINK.c.customer_id == number,
        (CUSTOMER_LINK.c.decision == "linked")
        | ((CUSTOMER_LINK.c.decision == "") & (CUSTOMER_LINK.c.scored == "linked")),
    )
    for source, author in tx.execute(linked):
        found.setdefault(source, set()).add(author)
    for identity in identities:
        if identity.holds(now):
            for source in _OTHER_NAMES.get(identity.network, (identity.network,)):
                found.setdefault(source, set()).update(erased_as(source, identity.value))
    return {source: names - {NOBODY} for source, names in found.items() if names - {NOBODY}}


def _unname(tx: Connection, number: str) -> None:
    """Takes the customer out of what was read in mentions of authors of whom a person said that they are not it."""
    refused = select(CUSTOMER_LINK).where(CUSTOMER_LINK.c.customer_id == number, CUSTOMER_LINK.c.decision != "")
    for row in tx.execute(refused).all():
        author = AuthorKey(row.source, row.known_by, row.author)
        its = select(MENTION.c.id, MENTION.c.reading_json).join(POST, POST.c.id == MENTION.c.post_id)
        changed = []
        for mention in tx.execute(its.where(wrote(author))):
            kept = _decode(mention.reading_json)
            if kept.found is not None and kept.found.id == number:
                decided = kept.customer is not None
                changed.append({"about": mention.id, "bare": to_json(replace(kept, found=None, decided=decided))})
        if changed:
            statement = update(MENTION).where(MENTION.c.id == bindparam("about"))
            for some in chunks(changed):
                tx.execute(statement.values(reading_json=bindparam("bare")), some)


def _both(one: Purged, other: Purged) -> Purged:
    counts = asdict(other)
    return Purged(**{name: count + counts[name] for name, count in asdict(one).items()})
