"""Searching an archive: the query language, the engine protocol and the engines. Loads no parser and no spaCy."""
