"""The review page: what a coder sees of a visit, and the thin routes that show it."""
