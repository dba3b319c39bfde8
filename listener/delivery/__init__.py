"""The outbox's way out: what is due is made into messages and told."""
