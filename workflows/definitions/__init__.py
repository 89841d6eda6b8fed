"""The workflows, one a file: no I/O, no clock but Temporal's, no chance."""
