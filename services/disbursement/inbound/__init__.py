"""What partners tell us: whose signature holds, what is refused and counted, and the log of it."""
