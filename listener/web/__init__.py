"""The small HTTP server that runs inside `listener run`."""
