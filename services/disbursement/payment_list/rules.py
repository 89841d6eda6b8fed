"""The checks of a payment list that need no database; each fault says where it stands.

Nothing stops at the first fault: the caller is told all of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.disbursement.limits import Limits
from services.kernel.errors import FieldError
from services.kernel.values import cci_checks, is_dni, is_ruc, to_amount

CCI_LENGTH: Final = 20
KINDS: Final[Mapping[str, frozenset[str]]] = {
    "agroideas": frozenset({"consortium", "supplier"}),
    "agrobanco": frozenset({"producer"}),
}
"""Whom each channel pays: loans go to each producer (Ley 29064 art. 5.5: no on-lending)."""


@dataclass(frozen=True, slots=True)
class Payee:
    """One line of a list: whom to pay, where, how much, of which line of the budget."""

    kind: str
    name: str
    document: str
    cci: str
    bank: str
    amount_centimos: int
    budget_line: int
    invoice: str | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """What a list is held against: its tranche, its agreement, its consortium and the limits.

    `lines` are the céntimos that each budget line still has for the channel.
    """

    channel: str
    amount_centimos: int
    consortium_id: str
    members: frozenset[str]
    lines: Mapping[int, int]
    paid_invoices: frozenset[tuple[str, str]]
    limits: Limits


def faults(payees: Sequence[Payee], frame: Frame) -> list[FieldError]:
    """All that is wrong with the list, in the order of its lines; none when it may be stored."""
    if len(payees) > frame.limits.batch_max:
        return [
            _fault(
                "/payments",
                "list_too_long",
                f"La lista tiene {len(payees)} pagos y admite {frame.limits.batch_max}.",
            )
        ]
    found = [
        fault for place, payee in enumerate(payees) for fault in _of_payee(place, payee, frame)
    ]
    return [*found, *_repeated(payees, frame), *_over_lines(payees, frame), *_sum(payees, frame)]


def warnings(payees: Sequence[Payee]) -> list[FieldError]:
    """What a person should confirm: real accounts exist whose control digits fail."""
    return [
        _fault(
            f"/payments/{place}/cci",
            "cci_control_digits",
            "Los dígitos de control del CCI no coinciden; confírmelo con el beneficiario.",
        )
        for place, payee in enumerate(payees)
        if not cci_checks(payee.cci)
    ]


def _of_payee(place: int, payee: Payee, frame: Frame) -> Iterator[FieldError]:
    at = f"/payments/{place}"
    if payee.kind not in KINDS[frame.channel]:
        allowed = ", ".join(sorted(KINDS[frame.channel]))
        yield _fault(f"{at}/kind", "kind_of_channel", f"Por este canal se paga a: {allowed}.")
    yield from _of_document(at, payee, frame)
    if not (len(payee.cci) == CCI_LENGTH and payee.cci.isascii() and payee.cci.isdigit()):
        yield _fault(f"{at}/cci", "cci_length", f"Un CCI tiene {CCI_LENGTH} dígitos.")
    elif payee.cci[:3] not in frame.limits.banks:
        yield _fault(f"{at}/cci", "bank_unknown", f"Ningún banco tiene el código {payee.cci[:3]}.")
    elif payee.bank != payee.cci[:3]:
        yield _fault(
            f"{at}/bank", "bank_differs", f"El CCI es del banco {payee.cci[:3]}, no {payee.bank}."
        )
    if payee.amount_centimos <= 0:
        yield _fault(f"{at}/amount", "amount_zero", "El monto debe ser mayor que cero.")
    elif payee.amount_centimos > frame.limits.instruction_max_centimos:
        most = to_amount(frame.limits.instruction_max_centimos)
        yield _fault(f"{at}/amount", "amount_over_cap", f"Un pago llega hasta S/ {most}.")
    if payee.budget_line not in frame.lines:
        yield _fault(
            f"{at}/budget_line",
            "budget_line_unknown",
            f"El convenio no tiene la línea {payee.budget_line}.",
        )


def _of_document(at: str, payee: Payee, frame: Frame) -> Iterator[FieldError]:
    if payee.kind == "supplier" and not is_ruc(payee.document):
        yield _fault(f"{at}/document", "ruc_invalid", "El RUC del proveedor no es válido.")
    if payee.kind == "producer" and not is_dni(payee.document):
        yield _fault(f"{at}/document", "dni_invalid", "El DNI del productor no es válido.")
    elif payee.kind == "producer" and payee.document not in frame.members:
        yield _fault(f"{at}/document", "not_a_member", "No es socio del consorcio.")
    if payee.kind == "consortium" and payee.document != frame.consortium_id:
        yield _fault(f"{at}/document", "another_consortium", "El desembolso es de otro consorcio.")


def _repeated(payees: Sequence[Payee], frame: Frame) -> Iterator[FieldError]:
    payments: dict[tuple[str, str, int], int] = {}
    invoices: dict[tuple[str, str], int] = {}
    producers: dict[str, int] = {}
    for place, payee in enumerate(payees):
        at = f"/payments/{place}"
        first = payments.setdefault((payee.document, payee.cci, payee.amount_centimos), place)
        if first != place and payee.invoice is None:
            yield _fault(
                at, "payment_repeated", f"Repite el pago {first}: mismo documento, CCI y monto."
            )
        if payee.kind == "producer":
            first = producers.setdefault(payee.document, place)
            if first != place:
                yield _fault(
                    f"{at}/document",
                    "producer_repeated",
                    f"Ya recibe un préstamo en el pago {first}.",
                )
        if payee.invoice is None:
            continue
        invoice = (payee.document, payee.invoice)
        first = invoices.setdefault(invoice, place)
        if first != place:
            yield _fault(
                f"{at}/invoice", "invoice_repeated", f"El comprobante ya está en el pago {first}."
            )
        elif invoice in frame.paid_invoices:
            yield _fault(f"{at}/invoice", "invoice_paid", "El comprobante ya tiene un pago.")


def _over_lines(payees: Sequence[Payee], frame: Frame) -> Iterator[FieldError]:
    asked: dict[int, int] = defaultdict(int)
    for payee in payees:
        asked[payee.budget_line] += payee.amount_centimos
    for line, centimos in sorted(asked.items()):
        left = frame.lines.get(line)
        if left is not None and centimos > left:
            yield _fault(
                "/payments",
                "budget_line_exceeded",
                f"La línea {line} tiene S/ {to_amount(left)} y la lista pide"
                f" S/ {to_amount(centimos)}.",
            )


def _sum(payees: Sequence[Payee], frame: Frame) -> Iterator[FieldError]:
    total = sum(payee.amount_centimos for payee in payees)
    if total != frame.amount_centimos:
        yield _fault(
            "/payments",
            "sum_differs",
            f"La lista suma S/ {to_amount(total)} y el desembolso es de"
            f" S/ {to_amount(frame.amount_centimos)}.",
        )


def _fault(pointer: str, code: str, detail: str) -> FieldError:
    return FieldError(pointer, f"disbursement.{code}", detail)
