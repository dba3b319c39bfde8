"""Where posts come from: the words for a post, the query language and one collector per kind of service."""
