"""Applications (solicitudes): calls, applications, their documents and their amended plans.

Owns: call, application, application_round, document, timeline_entry.
Publishes: fund.applications.v1: call opened; application submitted, assessment recorded, evaluated,
amendment waived, progressed, withdrawn.
Listens to: eligibility, board and disbursement, for the timeline only (consumer
`applications.timeline`); no event of theirs moves an application.
Never does: judge eligibility, add up budgets against a rule, count votes, pay, wait for a term.
"""
