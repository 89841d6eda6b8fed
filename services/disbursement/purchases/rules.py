"""What a request for a no-objection must say: pure, in integer céntimos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.kernel.errors import FieldError, Invalid
from services.kernel.values import is_ruc, to_amount


@dataclass(frozen=True, slots=True)
class Quotation:
    """What a supplier asks for the purchase, and the hash of its paper."""

    supplier_ruc: str
    supplier_name: str
    amount_centimos: int
    document_sha256: str

    def stored(self) -> dict[str, Any]:
        """As the row keeps it."""
        return {
            "supplier_ruc": self.supplier_ruc,
            "supplier_name": self.supplier_name,
            "amount_centimos": self.amount_centimos,
            "document_sha256": self.document_sha256,
        }


def chosen(quotations: Sequence[Quotation], supplier_ruc: str, reason: str | None) -> Quotation:
    """The quotation of the supplier that is to be bought from.

    Raises disbursement.quotations_off: a supplier quotes twice or its RUC is wrong, the one chosen
    did not quote, or a dearer one is chosen without saying why.
    """
    faults = []
    for place, one in enumerate(quotations):
        at = f"/quotations/{place}"
        if not is_ruc(one.supplier_ruc):
            faults.append(_fault(f"{at}/supplier_ruc", "El RUC del proveedor no es válido."))
        if one.supplier_ruc in {other.supplier_ruc for other in quotations[:place]}:
            faults.append(_fault(f"{at}/supplier_ruc", "Ese proveedor ya tiene una cotización."))
    found = next((one for one in quotations if one.supplier_ruc == supplier_ruc), None)
    if found is None:
        faults.append(_fault("/supplier_ruc", "El proveedor elegido no cotizó."))
    elif not (reason or "").strip():
        least = min(one.amount_centimos for one in quotations)
        if found.amount_centimos > least:
            text = (
                f"Se elige una cotización de S/ {to_amount(found.amount_centimos)} y hay una de"
                f" S/ {to_amount(least)}; diga por qué en choice_reason."
            )
            faults.append(_fault("/choice_reason", text))
    if faults or found is None:
        raise Invalid(
            "disbursement.quotations_off", " ".join(one.detail for one in faults), errors=faults
        )
    return found


def demand_in_line(
    plan: Mapping[str, Any], budget_line: int, amount_centimos: int, asked_centimos: int
) -> None:
    """The purchase fits in what the programme gives to the budget line, beside what was asked for
    before; raises disbursement.budget_line_unknown or disbursement.budget_line_exceeded."""
    given = {int(line["line_no"]): int(line["agroideas_centimos"]) for line in plan["budget_lines"]}
    if budget_line not in given:
        detail = f"El convenio no tiene la línea {budget_line}."
        raise _refused("budget_line_unknown", detail)
    left = given[budget_line] - asked_centimos
    if amount_centimos > left:
        detail = (
            f"A la línea {budget_line} le quedan S/ {to_amount(max(left, 0))} del programa y la"
            f" compra es de S/ {to_amount(amount_centimos)}."
        )
        raise _refused("budget_line_exceeded", detail)


def _refused(code: str, detail: str) -> Invalid:
    name = f"disbursement.{code}"
    return Invalid(name, detail, errors=[FieldError("/budget_line", name, detail)])


def _fault(pointer: str, detail: str) -> FieldError:
    return FieldError(pointer, "disbursement.quotations_off", detail)
