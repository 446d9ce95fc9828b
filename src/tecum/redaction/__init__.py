"""What must be masked before a document goes out, beginning with personal data."""
