"""The ledger for people who read it: accounts, statements at any moment, exports."""
