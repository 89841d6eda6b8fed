"""Money: budget, agreements, tranches, payment instructions, ledger, reconciliation.

Owns: budgets of calls, resolutions as it received them, agreements (convenios), tranches
(desembolsos), instructions, the ledger, partners' messages and statement lines.
Publishes: `fund.disbursement.v1`.
Listens to: `fund.board.ballot.decided.v1`, whose votes it counts again before it believes them.
Never does: decide eligibility or count a ballot for the board; send a second reference for a
payment whose outcome it does not know.
"""
