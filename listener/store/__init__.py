"""The only reader and writer of the database: one room a subject, each taking a transaction first."""

from listener.store.database import Store, Tx
from listener.store.unavailable import StoreBusy, StoreUnavailable

__all__ = ["Store", "StoreBusy", "StoreUnavailable", "Tx"]
