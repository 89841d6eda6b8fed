"""A tranche's payments given one by one: a list, checked whole before anything is stored."""
