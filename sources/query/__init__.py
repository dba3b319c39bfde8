"""The query language: grammar, tree, explanation, and what services can be asked of it."""

from sources.query.branches import Branch, Branches, branches
from sources.query.explain import explain
from sources.query.lint import lint
from sources.query.parse import parse
from sources.query.tree import Query, QueryError
from sources.query.unparse import unparse

__all__ = ["Branch", "Branches", "Query", "QueryError", "branches", "explain", "lint", "parse", "unparse"]
