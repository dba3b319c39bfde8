"""What people write to keep posts, in a table of the post's fields with a unique key; for benchmarks/store.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, insert
from sqlmodel import Field, Session, SQLModel

from rules.analysis import Read


class Plain(SQLModel, table=True):
    """A table for the fields of a post."""

    __tablename__ = "plain_post"
    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    url: str
    text: str
    published_at: str
    lang: str
    author: str
    label: str
    score: float


NAMES = tuple(name for name in Plain.model_fields if name != "id")


def row_of(read: Read) -> dict[str, Any]:
    post, sentiment = read.post, read.reading.sentiment
    values = (str(post.key), post.url, post.text, str(post.published_at), post.lang, post.author.handle)
    return dict(zip(NAMES, (*values, str(sentiment.label), sentiment.score or 0.0), strict=True))


def table_of_its_own(url: str) -> Engine:
    engine = create_engine(url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("DROP TABLE IF EXISTS plain_post")
        connection.commit()
    SQLModel.metadata.create_all(engine, tables=[SQLModel.metadata.tables["plain_post"]])
    return engine


def add_and_commit(engine: Engine, reads: list[Read]) -> None:
    for read in reads:
        with Session(engine) as session:
            session.add(Plain(**row_of(read)))
            session.commit()


def executemany(engine: Engine, reads: list[Read]) -> None:
    with engine.begin() as tx:
        tx.execute(insert(SQLModel.metadata.tables["plain_post"]), [row_of(read) for read in reads])


def copy(engine: Engine, reads: list[Read]) -> None:
    with engine.begin() as tx:
        driver: Any = tx.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY plain_post ({', '.join(NAMES)}) FROM STDIN") as rows:
            for read in reads:
                rows.write_row(tuple(row_of(read).values()))
