"""The mail server of one machine: takes every e-mail and keeps it as a file to look at."""
