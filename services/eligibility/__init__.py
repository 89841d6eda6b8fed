"""Eligibility: gathers the facts of an application, asks the policy, keeps what it answered.

Owns: assessments (input, evidence, decision, policy revision), the replays made of them, answers of
public registers, what an assessment waits for, traits and likeness reviews, the resolutions of
signals, and what consortia answered to their findings.
Publishes: fund.eligibility.assessment.completed.v1 on fund.eligibility.v1.
Listens to: nothing; the workflow of an application asks for its assessment.
Never does: decide by itself, change an assessment, move an application, or say yes or no while a
fact or the policy is out of reach.
"""
