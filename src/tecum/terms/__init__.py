"""Terms: run queries exactly, and report what each term hits."""
