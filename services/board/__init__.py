"""The board's room: four ministries decide on each dossier, one vote a seat.

Owns: seats and who holds them (by date), ballots, votes, recusals, resolutions (acuerdos).
Publishes: `fund.board.v1` — ballot opened, second called, decided, lapsed; vote cast; seat recused.
Listens to: nothing; the workflow opens, calls again and closes over HTTP.
Never does: change a vote, tell a choice before the decision, decide without the policy's answer,
keep time (the workflow says when to close; this room says whether it may).
"""
