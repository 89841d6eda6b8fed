"""Which invoices a report may hold: sound ones, that nothing else in the fund has used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_
from sqlmodel import col

from services.disbursement.models import (
    AccountabilityInvoice,
    AccountabilityReport,
    Agreement,
    Instruction,
    Tranche,
)
from services.kernel.errors import Conflict, FieldError, Invalid
from services.kernel.work import Work


@dataclass(frozen=True, slots=True)
class Voucher:
    """An invoice (comprobante) as the consortium hands it in, its number normalised."""

    kind: str
    series: str
    number: str
    issuer_ruc: str
    issued_on: date
    amount_centimos: int
    concept: str
    budget_line_no: int

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same invoice wherever it is handed in."""
        return (self.issuer_ruc, self.kind, self.series, self.number)


def demand_sound(vouchers: Sequence[Voucher], agreement: Agreement, today: date) -> None:
    """Each invoice of a granted budget line, of no later day, and named once in the list; raises
    disbursement.invoice_invalid with the fields."""
    granted = {
        line["line_no"] for line in agreement.plan["budget_lines"] if line["agroideas_centimos"] > 0
    }
    seen: set[tuple[str, str, str, str]] = set()
    errors = []
    for position, voucher in enumerate(vouchers):
        at = f"/invoices/{position}"
        if voucher.issued_on > today:
            errors.append(FieldError(f"{at}/issued_on", "future", "La fecha aún no llega."))
        if voucher.budget_line_no not in granted:
            cure = "No es una partida con aporte de Agroideas en el convenio."
            errors.append(FieldError(f"{at}/budget_line_no", "unknown", cure))
        if voucher.key in seen:
            errors.append(FieldError(at, "repeated", "El comprobante está dos veces en la lista."))
        seen.add(voucher.key)
    if errors:
        raise Invalid(
            "disbursement.invoice_invalid",
            "Hay comprobantes que no se pueden rendir; vea errors.",
            errors=errors,
        )


async def demand_unused(work: Work, tranche: Tranche, vouchers: Sequence[Voucher]) -> None:
    """The clear refusal before the constraint; it names the other place only to its owner. Raises
    disbursement.invoice_used."""
    rows = await work.session.execute(
        select(AccountabilityInvoice, AccountabilityReport)
        .join(
            AccountabilityReport,
            col(AccountabilityReport.id) == col(AccountabilityInvoice.report_id),
        )
        .where(
            col(AccountabilityInvoice.taken_out_at).is_(None),
            tuple_(
                col(AccountabilityInvoice.issuer_ruc),
                col(AccountabilityInvoice.kind),
                col(AccountabilityInvoice.series),
                col(AccountabilityInvoice.number),
            ).in_([voucher.key for voucher in vouchers]),
        )
    )
    used = {
        (row.issuer_ruc, row.kind, row.series, row.number): (
            f"Ya está en la rendición {report.id} del desembolso {report.tranche_id}."
            if report.consortium_id == tranche.consortium_id
            else "Ya figura en otra rendición."
        )
        for row, report in rows
    }
    used |= await _paid_elsewhere(work, tranche, vouchers)
    errors = [
        FieldError(f"/invoices/{position}", "disbursement.invoice_used", used[voucher.key])
        for position, voucher in enumerate(vouchers)
        if voucher.key in used
    ]
    if errors:
        raise Conflict(
            "disbursement.invoice_used",
            "Hay comprobantes que ya figuran en otra rendición; retírelos. Vea errors.",
            errors=errors,
        )


async def _paid_elsewhere(
    work: Work, tranche: Tranche, vouchers: Sequence[Voucher]
) -> dict[tuple[str, str, str, str], str]:
    """The invoices that another tranche's payment list pays to their issuer."""
    by_number = {(one.issuer_ruc, f"{one.series}-{one.number}"): one.key for one in vouchers}
    rows = await work.session.execute(
        select(
            col(Instruction.beneficiary_document),
            col(Instruction.invoice),
            col(Tranche.id),
            col(Tranche.consortium_id),
        )
        .join(Tranche, col(Tranche.id) == col(Instruction.tranche_id))
        .where(
            tuple_(col(Instruction.beneficiary_document), col(Instruction.invoice)).in_(
                list(by_number)
            ),
            col(Instruction.live),
            col(Tranche.id) != tranche.id,
        )
    )
    return {
        by_number[(ruc, number)]: (
            f"Ya lo paga el desembolso {tranche_id}."
            if consortium_id == tranche.consortium_id
            else "Ya figura en otro desembolso."
        )
        for ruc, number, tranche_id, consortium_id in rows
    }
