"""Amendments (adendas): drafted by one person, decided by another or the board, signed by both."""
