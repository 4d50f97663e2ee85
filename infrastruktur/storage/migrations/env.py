"""Run the steps on the connection and in the transaction that `engine.run_migrations` holds."""

from alembic import context

from infrastruktur.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
