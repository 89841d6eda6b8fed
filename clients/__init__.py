"""Programs for people who use the fund over its API; they know its contract and nothing else of it.

`fondo` is the board's command, `fondo_api` the typed client that it stands on (generated),
`collections` the same requests for ready-made API clients (generated).
"""
