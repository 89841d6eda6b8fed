"""Purchases and the no-objection of the programme: asked with quotations, answered, then paid."""
