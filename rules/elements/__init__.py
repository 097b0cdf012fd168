"""The three elements of medical decision making, each from its facts to a level with the argument for it."""
