"""The partner sandbox: Agroideas and Agrobanco with their real protocols, and told how to fail.

Owns its own books (one SQLite file) and nothing else. It imports no room and no workflow: what
it knows of the fund is what a partner would know. Never started when the environment is
`production`.
"""
