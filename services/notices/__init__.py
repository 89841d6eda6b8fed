"""Notices (avisos): who is told of what happened, by e-mail or by a signed webhook.

Owns: contacts and their webhook secrets, who holds a seat as it heard it, deliveries.
Publishes: `fund.notices.v1` — a delivery sent, or given up.
Listens to: the board, those events of applications after which somebody must act, and those of
a tranche that its partner wants to hear (consumer `notices.deliveries`); each event's deliveries
are made in the transaction of its inbox row.
Never does: decide anything, keep a time limit, put an address into an event or a list, send the
same event twice to one recipient over one channel unless a process died in the middle.
"""
