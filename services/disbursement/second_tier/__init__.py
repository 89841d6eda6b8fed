"""What a channel was given, what it passed on, and what the beneficiary says was received."""
