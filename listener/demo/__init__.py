"""The demo: a week of several services, replayed on this machine for the whole product to hear."""
