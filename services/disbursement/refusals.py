"""What a broken constraint of this room means to the person who asked."""

from services.kernel.errors import Conflict, Denied, FundError

CONSTRAINT_ERRORS: dict[str, FundError] = {
    "ck_account_not_overdrawn": Conflict(
        "disbursement.overdrawn", "No hay saldo suficiente; nada se movió."
    ),
    "ck_tranche_preparer_is_not_releaser": Denied(
        "disbursement.same_person",
        "Quien preparó el pago no puede liberarlo; pídalo a otra persona.",
    ),
    "ck_tranche_requester_is_not_releaser": Denied(
        "disbursement.same_person", "Quien pidió el pago no puede liberarlo; pídalo a otra persona."
    ),
    "ck_tranche_requester_is_not_preparer": Denied(
        "disbursement.same_person",
        "Quien pidió el pago no puede prepararlo; pídalo a otra persona.",
    ),
    "ck_tranche_second_releaser_is_another": Denied(
        "disbursement.same_person", "La segunda liberación es de otra persona; pídasela."
    ),
    "uq_instruction_invoice": Conflict(
        "disbursement.invoice_paid", "Un comprobante de la lista ya tiene un pago; nada se guardó."
    ),
    "ck_agreement_two_signers": Denied(
        "disbursement.same_person", "Una misma persona no puede firmar por ambas partes."
    ),
    "ck_agreement_condition_verifier_is_another": Denied(
        "disbursement.same_person", "Quien la dio por cumplida no la verifica; pídalo a otra."
    ),
    "ck_evidence_judge_is_another": Denied(
        "disbursement.same_person", "Quien presentó el sustento no lo verifica; pídalo a otra."
    ),
    "uq_evidence_milestone": Conflict(
        "disbursement.evidence_filed",
        "Este hito ya tiene un sustento presentado o verificado; espere su revisión.",
    ),
    "uq_evidence_own_document": Conflict(
        "disbursement.document_used",
        "Ese documento ya sustenta un aporte propio; presente el que corresponde a este.",
    ),
    "ck_agreement_tranche_sums": Conflict(
        "disbursement.tranches_off", "Los desembolsos no suman el presupuesto; nada se guardó."
    ),
    "uq_agreement_signature_nonce": Conflict(
        "disbursement.signature_replayed", "Esa firma ya se usó; firme de nuevo con otro nonce."
    ),
    "uq_agreement_signature_agreement_id_version_holder_sub": Denied(
        "disbursement.same_person", "Una misma persona no puede firmar por ambas partes."
    ),
    **{
        f"ck_{name}": Denied(
            "disbursement.same_person",
            "Una misma persona no hace los dos pasos; pídalo a otra.",
        )
        for name in (
            "accountability_report_reviewer_is_not_filer",
            "accountability_report_observer_is_not_filer",
            "accountability_report_accepter_is_not_filer",
            "accountability_report_accepter_is_not_reviewer",
            "accountability_invoice_decider_is_not_filer",
            "accountability_invoice_finder_is_not_filer",
            "claim_two_people_waive",
            "claim_finder_does_not_waive",
            "receipt_confirmer_is_another",
            "reconciliation_case_two_people_match",
            "beneficiary_check_hearer_is_another",
            "addendum_approver_is_another",
            "purchase_sender_is_another",
            "final_report_judge_is_another",
        )
    },
    "uq_accountability_invoice_used": Conflict(
        "disbursement.invoice_used",
        "Uno de los comprobantes ya figura en otra rendición; retírelo.",
    ),
    "uq_receipt_bank_reference": Conflict(
        "disbursement.receipt_known", "Esa operación bancaria ya está registrada."
    ),
    "uq_receipt_line": Conflict(
        "disbursement.receipt_known", "Esa línea del estado de cuenta ya está registrada."
    ),
    "ck_tranche_used_within": Conflict(
        "disbursement.accounted_too_much", "La suma supera lo desembolsado; nada se movió."
    ),
    "ck_tranche_part_sums": Conflict(
        "disbursement.part_off", "La parte no suma lo que volvió; nada se guardó."
    ),
    "uq_agreement_application_id": Conflict(
        "disbursement.agreement_being_drafted",
        "El convenio de esta solicitud se está registrando; vuelva a intentarlo.",
        retry_after_s=1,
    ),
    "uq_purchase_corrects": Conflict(
        "disbursement.purchase_corrected", "Esa compra observada ya fue corregida por otra."
    ),
    "uq_final_report_standing": Conflict(
        "disbursement.final_report_filed",
        "El convenio ya tiene un informe final presentado o aprobado.",
    ),
    "ck_agreement_final_report": Conflict(
        "disbursement.agreement_unsettled", "Falta el informe final aprobado; nada se cerró."
    ),
    "uq_addendum_open": Conflict(
        "disbursement.addendum_open",
        "El convenio ya tiene una adenda en trámite; espere su fin o retírela.",
    ),
    "uq_addendum_agreement_id_number": Conflict(
        "disbursement.addendum_open",
        "Otra adenda del convenio se registró a la vez; vuelva a intentarlo.",
        retry_after_s=1,
    ),
    "uq_loan_in_force": Conflict(
        "disbursement.loan_in_force",
        "Un productor de la lista ya tiene en esta convocatoria un crédito vigente por otro"
        " convenio; nada se preparó.",
    ),
    "uq_instruction_live": Conflict(
        "disbursement.instruction_live", "Ya hay una instrucción viva para ese beneficiario."
    ),
    "uq_attempt_sending": Conflict(
        "disbursement.send_in_progress",
        "Ya se está enviando; espere el resultado.",
        retry_after_s=2,
    ),
}
