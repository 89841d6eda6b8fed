"""The end of an agreement: its final report, and all that must be settled before it is closed."""
