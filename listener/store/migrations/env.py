"""Where Alembic begins: runs the migrations on the connection, and in the transaction, that it is given."""

from alembic import context

from listener.store.migrations.comparing import is_ours, written
from listener.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    include_name=is_ours,
    render_item=written,
    render_as_batch=True,  # SQLite cannot alter most columns in place
)
with context.begin_transaction():
    context.run_migrations()
