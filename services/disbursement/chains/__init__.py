"""A payment that did not stay and what paid it again, as one chain."""
