"""Reconciliation cases: differences between a partner's word and ours, worked on by people."""
