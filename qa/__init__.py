"""Questions become answers: reading, quoting, citing, evaluating, and the command line."""
