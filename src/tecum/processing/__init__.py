"""From sources to documents: find every item, say what it is, read it, unpack it, account for it."""
