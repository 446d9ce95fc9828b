"""Saved pages and articles as evidence: the main text without furniture, and the statements that they quote."""
