"""Agreements on paper: their document, the keys of who signs, and both signatures."""
