"""Accounts by which people answer in public, one file a kind behind one contract."""
