"""What a person does with a visit: take it in, claim it, amend facts, rule on suggestions, decide, reopen. Knows no HTTP."""
