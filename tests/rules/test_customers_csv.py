"""Reading customers.csv as people and spreadsheets write it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from rules.customers_csv import parse_customers_csv
from rules.directory import Customer, Identity

HEADER = "id,name,tier,owner,emails,handles,company,domain\n"


def test_a_full_row_becomes_a_customer_with_its_identities_and_its_place() -> None:
    read = parse_customers_csv(
        HEADER + 'c1,Jane Doe,gold,ben,"jane@acme.example; JD@Acme.example",'
        "x:@Jane;mastodon:jane@Host.Example,Doe,Doe.example\n",
        "customers.csv",
    )
    assert read.mistakes == ()
    assert read.customers == (
        Customer(
            id="c1",
            name="Jane Doe",
            tier="gold",
            owner="ben",
            company="Doe",
            domain="doe.example",
            identities=(
                Identity("email", "jane@acme.example"),
                Identity("email", "jd@acme.example"),
                Identity("x", "jane"),
                Identity("mastodon", "jane@host.example"),
            ),
            origin="customers.csv line 2",
        ),
    )


def test_addresses_may_be_parted_by_semicolon_comma_or_space() -> None:
    for emails in ("a@x.example;b@x.example", '"a@x.example, b@x.example"', "a@x.example b@x.example"):
        customer = parse_customers_csv(f"id,emails\n1,{emails}\n", "c.csv").customers[0]
        assert [identity.value for identity in customer.identities] == ["a@x.example", "b@x.example"]


def test_the_delimiter_is_taken_from_the_first_line() -> None:
    for mark in ",;\t|":
        text = f"name{mark}id{mark}handles\nAnn{mark}7{mark}twitter:ann\n"
        (customer,) = parse_customers_csv(text, "c.csv").customers
        assert (customer.id, customer.name, customer.identities) == ("7", "Ann", (Identity("x", "ann"),))


def test_the_encodings_of_spreadsheets_are_read() -> None:
    text = "id,name\r\n1,Zoë Müller\r\n"
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        read = parse_customers_csv(io.BytesIO(text.encode(encoding)), "c.csv")
        assert (read.customers[0].name, read.mistakes) == ("Zoë Müller", ()), encoding


def test_a_bad_row_is_told_by_its_line_and_stops_no_other() -> None:
    read = parse_customers_csv(
        "id,name,emails,handles\n"
        ",Nobody,,\n"
        "1,Ann,not-an-address,x:ann\n"
        "2,Ben,b@x.example,ben\n"
        "3,Cid,c@x.example,x:cid,one,too many\n"
        "4,Dan,d@x.example,mastodon:dan\n"
        "\n"
        '5,"Eve,e@x.example,x:eve\n'
        "1,Ann again,ann@x.example,\n"
        "6,Fay,f@x.example,reddit:fay\n",
        "c.csv",
    )
    assert [customer.id for customer in read.customers] == ["1", "2", "4", "6"]
    assert [customer.identities for customer in read.customers] == [
        (Identity("x", "ann"),),
        (Identity("email", "b@x.example"),),
        (Identity("email", "d@x.example"),),
        (Identity("email", "f@x.example"),),
    ]
    assert read.mistakes == (
        "c.csv line 2: the id is empty; this row is left out",
        "c.csv line 3: 'not-an-address' is not an e-mail address; it is left out",
        "c.csv line 4: 'ben' in handles must be written network:handle, such as x:jane; it is left out",
        "c.csv line 5: has 6 cells, the first line has 4; "
        "a cell that holds a delimiter needs quotes; this row is left out",
        "c.csv line 6: mastodon:dan must name the server too, such as mastodon:jane@example.social; it is left out",
        "c.csv line 8: a quote opens here and does not close; this row is left out",
        "c.csv line 9: the id '1' stands already in c.csv line 3; this row is left out",
        "c.csv line 10: the terms of reddit forbid matching; its handle is left out",
    )


def test_a_cell_may_span_lines_and_the_next_row_keeps_its_number() -> None:
    read = parse_customers_csv('id,name\n1,"Ann\nLee"\n2,Ben\n', "c.csv")
    assert [(customer.name, customer.origin) for customer in read.customers] == [
        ("Ann Lee", "c.csv line 2"),
        ("Ben", "c.csv line 4"),
    ]


def test_two_customers_with_one_identity_are_told_as_a_conflict() -> None:
    read = parse_customers_csv("id,handles\n1,x:jane\n2,twitter:JANE\n", "c.csv")
    assert len(read.customers) == 2
    assert read.mistakes == (
        "handle x:jane stands in c.csv line 2 (1) and c.csv line 3 (2): "
        "it identifies nobody until only one of them has it",
    )


def test_columns_that_are_missing_unknown_or_doubled_are_told() -> None:
    assert parse_customers_csv("name,tier\nAnn,gold\n", "c.csv").mistakes == (
        "c.csv line 1: the column id is missing; the first line must name the columns, found: name, tier",
    )
    assert parse_customers_csv("", "c.csv").mistakes == ("c.csv line 1: the file is empty",)
    read = parse_customers_csv("id,email,name,name\n1,a@x.example,Ann,Bob\n", "c.csv")
    assert read.mistakes == ("c.csv line 1: the column 'name' stands twice; the first is read",)
    assert read.notes == ("c.csv line 1: the column 'email' is kept as a custom field; did you mean 'emails'?",)


def test_other_columns_become_custom_fields_by_the_names_that_rules_use() -> None:
    read = parse_customers_csv("id,Renewal Date,ARR (€),\n1,2026-12-01,100,x\n2,,,\n", "c.csv")
    assert (read.mistakes, read.fields) == ((), ("renewal_date", "arr"))
    assert [customer.fields for customer in read.customers] == [{"renewal_date": "2026-12-01", "arr": "100"}, {}]


def test_phones_pages_and_places_are_read_and_odd_ones_told() -> None:
    read = parse_customers_csv(
        'id;phones;urls;city;country;domain\n1;"+49 (30) 123-456; 0049 30 99999, call me";'
        '"lee.example/ann https://x.example/ann nonsense";Berlin;DE;https://www.Lee.example/\n',
        "c.csv",
    )
    (ann,) = read.customers
    assert ann.phones == ("+4930123456", "+493099999")
    assert ann.urls == ("https://lee.example/ann", "https://x.example/ann")
    assert (ann.city, ann.country, ann.domain) == ("Berlin", "DE", "lee.example")
    assert read.mistakes == (
        "c.csv line 2: 'call me' is not a telephone number; it is left out",
        "c.csv line 2: 'nonsense' is not the address of a page; it is left out",
    )


def test_an_identity_may_tell_from_when_and_until_when_it_was_theirs() -> None:
    read = parse_customers_csv(
        "id,handles\n1,x:jane[2024-01-01..2025-06-30]\n2,x:jane[2025-07-01..]\n3,x:ann[2025-01-02..2025-01-01]\n"
        "4,x:ben[soon..]\n5,x:cid[2024]\n",
        "c.csv",
    )
    day = partial(datetime, tzinfo=UTC)
    assert [customer.identities for customer in read.customers[:2]] == [
        (Identity("x", "jane", day(2024, 1, 1), day(2025, 7, 1)),),
        (Identity("x", "jane", day(2025, 7, 1)),),
    ]
    assert str(read.customers[1].identities[0]) == "x:jane[2025-07-01..]"
    assert read.mistakes == (
        "c.csv line 4: 'ann[2025-01-02..2025-01-01]' ends before it begins; it is left out",
        "c.csv line 5: 'soon' is no day such as 2024-01-31; it is left out",
        "c.csv line 6: 'cid[2024]' must end in [since..until], such as x:jane[2024-01-01..2025-06-30]; it is left out",
    )


def test_ten_thousand_addresses_of_one_customer_are_kept_and_no_more() -> None:
    handles = ";".join(f"x:{n}" for n in range(10_010))
    read = parse_customers_csv("id,handles\n1," + handles + "\n", "c.csv")
    assert len(read.customers[0].identities) == 10_000
    assert read.mistakes == ("c.csv line 2: 10000 are kept, 10 more are left out",)


def test_cells_hold_no_control_characters() -> None:
    (customer,) = parse_customers_csv("id,name\n1,An\x00n\x1b[31m\u202e\n", "c.csv").customers
    assert customer.name == "An\ufffdn [31m"


@given(st.text() | st.text('id,;"\n\r\t\x00x:@.'))
def test_no_text_makes_it_raise(text: str) -> None:
    for start in ("", HEADER):
        for place in parse_customers_csv(start + text, "c.csv").mistakes:
            assert "\n" not in place


@given(st.binary())
def test_no_bytes_make_it_raise(content: bytes) -> None:
    parse_customers_csv(content, "c.csv")
    parse_customers_csv(HEADER.encode() + content, "c.csv")


def test_a_row_that_ends_before_the_id_is_told_and_left_out() -> None:
    read = parse_customers_csv("name,id\nJane\nBob,c2\n", "c.csv")
    assert [customer.id for customer in read.customers] == ["c2"]
    assert read.mistakes == ("c.csv line 2: the id is empty; this row is left out",)
