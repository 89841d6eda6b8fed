"""Facts from public registers: SUNAT, RENIEC, PPA, SUNARP and the credit bureau.

Each register has one small client over one shared way of asking. That a register does not know a
person is an answer; silence, an error or what cannot be read is none, and the assessment waits.
"""
