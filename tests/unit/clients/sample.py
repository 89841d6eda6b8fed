"""A compiled dossier with something in each of its parts, and one that is not known yet."""

from typing import Any

FILE: dict[str, Any] = {
    "type": "fondo.file.v1",
    "consortium": {
        "name": "Consorcio Palta",
        "members": 10,
        "women": 6,
        "anchor_firm": {"legal_name": "Agroexportadora", "ruc": "20515397290"},
        "directors": ["Rosa Quispe"],
        "suppliers": [{"name": "Riegos SAC", "ruc": None}],
    },
    "call": {"code": "PALTA-1", "title": "Palta"},
    "plan": {
        "title": "Acopio y riego",
        "summary": "Selección [en origen].",
        "budget_lines": [
            {
                "line_no": 1,
                "item": "Riego",
                "total": "80000.00",
                "agroideas": "0.00",
                "agrobanco": "50000.00",
                "own": "30000.00",
            }
        ],
        "tranches": [
            {
                "sequence": 1,
                "channel": "agrobanco",
                "amount": "50000.00",
                "milestone": "Inicio de campaña",
            }
        ],
    },
    "budget": {"total": "80000.00", "fund": "50000.00", "fund_per_producer": "5000.00"},
    "eligibility": {
        "outcome": "eligible",
        "score": {"women_share": 5},
        "findings": [
            {
                "code": "EL-014",
                "severity": "warning",
                "subject": {"type": "parcel", "label": "ICA-1"},
                "norm": "Ley 31071",
                "message_es": "Área al límite.",
            }
        ],
        "answers": [{"finding_code": "EL-014", "text": "Se midió."}],
    },
    "signals": {"level": "clear", "signals": [{"open": False, "finding": {"code": "PO-1"}}]},
    "evaluation": {"score": 82, "recommendation": "recommend", "reasons": "Viable."},
    "concentration": {
        "lines": [
            {
                "kind": "region",
                "name": "Ica",
                "holds": "0.00",
                "would_hold": "50000.00",
                "share_bp": 1205,
            }
        ]
    },
    "earlier": {
        "agreements": [
            {
                "relation": "same_anchor_firm",
                "consortium_name": "Consorcio Mango",
                "state": "closed",
                "agroideas": "1.00",
                "agrobanco": "2.00",
            }
        ],
        "ballots": [{"ballot_id": "bal_0", "result": "rejected"}],
    },
    "documents": [{"kind": "contrato", "name": "contrato.pdf", "sha256": "ab" * 32}],
    "parties": [{"role": "director", "kind": "dni", "value": "40000001", "name": "Rosa Quispe"}],
    "later_part": {"of": ["a newer server"], "at": None},
}
