"""Which documents may be privileged, and why it is thought so; the call is always a person's."""
