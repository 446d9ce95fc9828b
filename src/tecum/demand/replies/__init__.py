"""Mail that comes in: which recipient wrote it, and which events it may report."""
