"""Judging: dated, cited rules as pure functions from facts and context to codes. The standard library alone."""
