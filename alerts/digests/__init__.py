"""The daily and weekly report: its facts, words and pictures."""
