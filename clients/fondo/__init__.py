"""The command `fondo`: how the members of the board and its secretariat decide.

Owns: profiles, the session's token, the member's keys (encrypted), receipts, and the numbers of
the last lists, all in the member's own folder. Asks: the board's API, through `gateway` alone.
Never: sends a private key or a passphrase, or signs what was not shown first.
"""
