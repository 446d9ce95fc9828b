"""What documents are to each other: exact duplicates."""
