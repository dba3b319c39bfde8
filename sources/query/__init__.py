"""The query language: grammar, tree, explanation, and what services can be asked of it."""
