"""Daily closings: the ledger against the statements, by channel, to the céntimo."""
