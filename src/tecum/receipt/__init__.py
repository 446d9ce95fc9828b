"""Receipt: take in a volume, check it as a receiver would, and say what to ask the sender for."""
