"""The board's room: four ministries decide on each dossier, one signed vote a seat.

Owns: seats with titulars, alternates and absences (by date), members' public keys and declared
interests, sessions with agenda and attendance, ballots and the compiled files they decide on,
votes, deferrals, recusals, resolutions (acuerdos), actas.
Publishes: `fund.board.v1` — ballot opened, rescheduled, second called, alternates called, deferred,
withdrawn, decided, lapsed, its dossier replaced; vote cast; recusal raised, decided; seat recused,
appointed, absent; key registered, revoked; session convened, called again, opened, closed, not
held; acta drawn, signed, sealed.
Listens to: nothing; the workflow opens, calls again and closes over HTTP.
Never does: sign for a member, change a vote, tell a choice before the decision, decide without the
policy's answer, keep time (the workflow says when to close; this room says whether it may).
"""
