"""Loans to read: what each producer owes on a day, by which schedule, and what was moved."""
