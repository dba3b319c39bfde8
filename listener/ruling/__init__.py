"""Rules put to the test: on posts of the configuration, on what is kept, at other thresholds."""
