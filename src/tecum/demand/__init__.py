"""The docket: what was demanded of whom, what happened, what is due, what hangs on it; for either side."""
