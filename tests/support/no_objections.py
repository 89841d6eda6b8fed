"""No-objections in tests that are about something else: what prepared tranches buy is granted."""

from typing import Final

GRANTED: Final = """
INSERT INTO purchase (id, agreement_id, application_id, consortium_id, program, reference,
    budget_line, description, supplier_ruc, supplier_name, amount_centimos, quotations, state,
    requested_by, requested_at, sent_by, sent_at, record_number, answered_by, answered_at, version)
SELECT 'pur_' || md5(random()::text), tranche.agreement_id, tranche.application_id,
    tranche.consortium_id, 'agroideas', left(md5(random()::text), 30), budget_line, 'Compra',
    beneficiary_document, min(beneficiary_name), sum(instruction.amount_centimos), '[{}]',
    'granted', 'rosa', now(), 'ana', now(), 'NO-1', 'agroideas', now(), 1
FROM instruction JOIN tranche ON tranche.id = tranche_id
WHERE tranche.agreement_id = %s AND beneficiary_kind = 'supplier' AND live
    AND NOT EXISTS (SELECT FROM purchase WHERE purchase.agreement_id = tranche.agreement_id
        AND supplier_ruc = beneficiary_document AND purchase.budget_line = instruction.budget_line)
GROUP BY tranche.agreement_id, tranche.application_id, tranche.consortium_id, budget_line,
    beneficiary_document
"""
"""Takes the agreement's id."""
