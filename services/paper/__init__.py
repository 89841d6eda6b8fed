"""Paper: PDF documents in Spanish, each a pure function of the data that it carries inside.

Owns: the templates (typst) and how they are drawn; reading back what a paper carries.
Never does: reading a database, a clock or the network; it knows no room. It is no room itself: the
rooms that hand out papers use it, and so does the client that checks one without a server.
"""
