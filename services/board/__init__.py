"""The board's room: four ministries decide on each dossier, one signed vote a seat.

Owns: seats with titulars, alternates and absences (by date), members' public keys, ballots and
the compiled files they decide on, votes, deferrals, recusals, resolutions (acuerdos), sessions with
agenda and attendance.
Publishes: `fund.board.v1` — ballot opened, second called, alternates called, deferred, withdrawn,
decided, lapsed, rescheduled; session convened, reminded, second called, opened, closed, not held;
vote cast; seat recused, appointed, absent; key registered.
Listens to: nothing; the workflow opens, calls again and closes over HTTP.
Never does: sign for a member, change a vote, tell a choice before the decision, decide without the
policy's answer, keep time (the workflow says when to close; this room says whether it may).
"""
