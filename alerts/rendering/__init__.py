"""Puts alerts, reports and tests into messages, kind by kind."""
