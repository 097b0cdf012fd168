"""Who may do what: roles, accounts, sessions, tokens, and the authorization matrix. What no row allows is denied."""
