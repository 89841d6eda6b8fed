"""Accountability of grants, and what must come back: reports, refunds, undue payments."""
