"""Budget envelopes: what a call may give through each instrument."""
