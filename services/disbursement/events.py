"""Facts of this room, published on `fund.disbursement.v1`. Amounts are integer céntimos."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from services.kernel.schemas import Sha256, identifier
from services.kernel.work import Event

AgreementId = Annotated[str, identifier("agr")]
ApplicationId = Annotated[str, identifier("app")]
CallId = Annotated[str, identifier("cal")]
InstructionId = Annotated[str, identifier("ins")]
TrancheId = Annotated[str, identifier("tra")]


class BudgetAllocated(Event):
    """A call was given money."""

    TYPE: ClassVar[str] = "fund.disbursement.budget.allocated.v1"
    SUBJECT: ClassVar[str] = "call_id"
    call_id: CallId
    amount_centimos: int


class _OfAgreement(Event):
    SUBJECT: ClassVar[str] = "agreement_id"
    agreement_id: AgreementId
    application_id: ApplicationId


class AgreementDrafted(_OfAgreement):
    """The agreement is drawn up and its money committed."""

    TYPE: ClassVar[str] = "fund.disbursement.agreement.drafted.v1"
    committed_centimos: int
    tranches: int


class AgreementSigned(_OfAgreement):
    """Both parties have signed; the agreement is active."""

    TYPE: ClassVar[str] = "fund.disbursement.agreement.signed.v1"


class AgreementClosed(_OfAgreement):
    """The agreement is closed and what it did not use is released to the call."""

    TYPE: ClassVar[str] = "fund.disbursement.agreement.closed.v1"
    released_centimos: int


class AgreementSuspended(_OfAgreement):
    """Nothing is paid on the agreement until it is resumed."""

    TYPE: ClassVar[str] = "fund.disbursement.agreement.suspended.v1"
    reason: str


class AgreementResumed(_OfAgreement):
    """The agreement is in force again."""

    TYPE: ClassVar[str] = "fund.disbursement.agreement.resumed.v1"
    reason: str


class AgreementTerminated(_OfAgreement):
    """The agreement ended before its time; what it had not used went back to the call."""

    TYPE: ClassVar[str] = "fund.disbursement.agreement.terminated.v1"
    reason: str
    released_centimos: int


class _OfAddendum(Event):
    SUBJECT: ClassVar[str] = "addendum_id"
    addendum_id: Annotated[str, identifier("add")]
    agreement_id: AgreementId
    application_id: ApplicationId
    consortium_id: Annotated[str, identifier("con")]
    number: int


class AddendumDrafted(_OfAddendum):
    """An amendment of an agreement is proposed; `route` says who is to decide on it."""

    TYPE: ClassVar[str] = "fund.disbursement.addendum.drafted.v1"
    route: Literal["secretariat", "board"]
    due_on: date


class AddendumSentToBoard(_OfAddendum):
    """A second person let the amendment go to the board, which votes on its hash."""

    TYPE: ClassVar[str] = "fund.disbursement.addendum.sent_to_board.v1"
    call_id: CallId
    proposal_sha256: Sha256


class AddendumApproved(_OfAddendum):
    """The amendment is approved: both parties may sign the agreement's next version."""

    TYPE: ClassVar[str] = "fund.disbursement.addendum.approved.v1"
    document_version: int


class AddendumEntered(_OfAddendum):
    """Both have signed: the agreement is what the amendment says, with these tranches more."""

    TYPE: ClassVar[str] = "fund.disbursement.addendum.entered.v1"
    document_version: int
    tranche_ids: list[TrancheId]


class AddendumEnded(_OfAddendum):
    """The amendment was refused or withdrawn; the version in force stands."""

    TYPE: ClassVar[str] = "fund.disbursement.addendum.ended.v1"
    state: Literal["refused", "withdrawn"]
    reason: str


class _OfPurchase(Event):
    SUBJECT: ClassVar[str] = "purchase_id"
    purchase_id: Annotated[str, identifier("pur")]
    agreement_id: AgreementId
    application_id: ApplicationId
    consortium_id: Annotated[str, identifier("con")]


class PurchaseRequested(_OfPurchase):
    """The consortium asks for the programme's no-objection to a purchase."""

    TYPE: ClassVar[str] = "fund.disbursement.purchase.requested.v1"
    amount_centimos: int


class PurchaseSent(_OfPurchase):
    """The programme has the request."""

    TYPE: ClassVar[str] = "fund.disbursement.purchase.sent.v1"


class PurchaseAnswered(_OfPurchase):
    """The programme does not object, observes or denies."""

    TYPE: ClassVar[str] = "fund.disbursement.purchase.answered.v1"
    outcome: Literal["granted", "observed", "denied"]
    record_number: Annotated[str, Field(examples=["NO-2026-000123"])] | None


class _OfTranche(Event):
    SUBJECT: ClassVar[str] = "tranche_id"
    tranche_id: TrancheId
    agreement_id: AgreementId
    application_id: ApplicationId
    channel: Literal["agroideas", "agrobanco"]
    amount_centimos: int


class TrancheRequested(_OfTranche):
    """The consortium asks for the money of a milestone."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.requested.v1"


class TrancheReleased(_OfTranche):
    """A second person released the prepared payment, and the release rules agreed."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.released.v1"
    lineage: int


class TrancheInstructed(_OfTranche):
    """The money is in transit; the references stand before anything was sent."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.instructed.v1"
    instructions: int


class TrancheConfirmed(_OfTranche):
    """No instruction is open any more and at least one was paid."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.confirmed.v1"
    settled_centimos: int


class TrancheRejected(_OfTranche):
    """The partner refused every instruction; the money is committed again."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.rejected.v1"


class TrancheReturned(_OfTranche):
    """The money came back; it is committed again."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.returned.v1"


class TrancheReconciled(_OfTranche):
    """Every paid instruction stands in the partner's statement, to the céntimo."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.reconciled.v1"


class TrancheAccounted(_OfTranche):
    """The consortium accounted for what it was paid."""

    TYPE: ClassVar[str] = "fund.disbursement.tranche.accounted.v1"
    accounted_centimos: int


class _OfInstruction(Event):
    SUBJECT: ClassVar[str] = "tranche_id"
    tranche_id: TrancheId
    instruction_id: InstructionId
    application_id: ApplicationId
    reference: Annotated[str, Field(examples=["01k9v1q0m5f3tt0p6k1s9w2r4e-01"])]
    amount_centimos: int


class InstructionSettled(_OfInstruction):
    """A beneficiary was paid."""

    TYPE: ClassVar[str] = "fund.disbursement.instruction.settled.v1"


class InstructionRejected(_OfInstruction):
    """The partner refused the payment, definitively."""

    TYPE: ClassVar[str] = "fund.disbursement.instruction.rejected.v1"
    reason_code: Annotated[str, Field(examples=["AC04"])]


class InstructionReturned(_OfInstruction):
    """The payment came back."""

    TYPE: ClassVar[str] = "fund.disbursement.instruction.returned.v1"
    reason_code: Annotated[str, Field(examples=["AC04"])]


class _OfReport(Event):
    SUBJECT: ClassVar[str] = "report_id"
    report_id: Annotated[str, identifier("rep")]
    tranche_id: TrancheId
    agreement_id: AgreementId


class ReportFiled(_OfReport):
    """The consortium handed in an accountability report, or its correction."""

    TYPE: ClassVar[str] = "fund.disbursement.report.filed.v1"
    invoices: int


class ReportObserved(_OfReport):
    """A report must be corrected by a day."""

    TYPE: ClassVar[str] = "fund.disbursement.report.observed.v1"
    reason: str
    due_on: date


class ReportAccepted(_OfReport):
    """The eligible spend of a report is accounted for."""

    TYPE: ClassVar[str] = "fund.disbursement.report.accepted.v1"
    accepted_centimos: int


class _OfClaim(Event):
    SUBJECT: ClassVar[str] = "claim_id"
    claim_id: Annotated[str, identifier("clm")]
    tranche_id: TrancheId
    agreement_id: AgreementId
    kind: Literal["refund", "undue"]
    amount_centimos: int


class ClaimRaised(_OfClaim):
    """Money of a tranche must come back: a refund, or an undue payment."""

    TYPE: ClassVar[str] = "fund.disbursement.claim.raised.v1"
    ground: str


class ClaimRecovered(_OfClaim):
    """All of a claim came back."""

    TYPE: ClassVar[str] = "fund.disbursement.claim.recovered.v1"


class ClaimWaived(_OfClaim):
    """Two people gave up what was still open of a claim."""

    TYPE: ClassVar[str] = "fund.disbursement.claim.waived.v1"
    waived_centimos: int


class LoanRepaid(Event):
    """Money came in for a producer's loan: interest first, then principal; what was paid beyond
    both is owed back."""

    TYPE: ClassVar[str] = "fund.disbursement.loan.repaid.v1"
    SUBJECT: ClassVar[str] = "repayment_id"
    repayment_id: Annotated[str, identifier("rpy")]
    loan_id: Annotated[str, identifier("loa")]
    agreement_id: AgreementId
    application_id: ApplicationId
    payer_kind: Literal["producer", "anchor_firm", "other", "untold"]
    interest_centimos: int
    principal_centimos: int
    overpaid_centimos: int


class _OfCase(Event):
    SUBJECT: ClassVar[str] = "case_id"
    case_id: Annotated[str, identifier("cas")]
    channel: Annotated[str, Field(examples=["agrobanco"])]
    kind: Annotated[str, Field(examples=["unknown_reference"])]


class CaseOpened(_OfCase):
    """A partner's word and ours differ; a person is to say what it means by a day."""

    TYPE: ClassVar[str] = "fund.disbursement.case.opened.v1"
    due_on: date


class CaseResolved(_OfCase):
    """A person said what a difference means."""

    TYPE: ClassVar[str] = "fund.disbursement.case.resolved.v1"
    resolution: Annotated[str, Field(examples=["matched"])]


class DayClosed(Event):
    """A channel's day was closed, or closed anew; balanced when ledger and statement agree."""

    TYPE: ClassVar[str] = "fund.disbursement.day.closed.v1"
    SUBJECT: ClassVar[str] = "closing_id"
    closing_id: Annotated[str, identifier("clo")]
    channel: Annotated[str, Field(examples=["agrobanco"])]
    business_date: date
    balanced: bool
    difference_centimos: int


EVENTS = (
    BudgetAllocated,
    AgreementDrafted,
    AgreementSigned,
    AgreementClosed,
    AddendumDrafted,
    AddendumSentToBoard,
    AddendumApproved,
    AddendumEntered,
    AddendumEnded,
    PurchaseRequested,
    PurchaseSent,
    PurchaseAnswered,
    TrancheRequested,
    TrancheReleased,
    TrancheInstructed,
    TrancheConfirmed,
    TrancheRejected,
    TrancheReturned,
    TrancheReconciled,
    TrancheAccounted,
    InstructionSettled,
    InstructionRejected,
    InstructionReturned,
    ReportFiled,
    ReportObserved,
    ReportAccepted,
    ClaimRaised,
    ClaimRecovered,
    ClaimWaived,
    LoanRepaid,
    CaseOpened,
    CaseResolved,
    DayClosed,
)
OF_TRANCHE_OUTCOME = {"rejected": TrancheRejected, "returned": TrancheReturned}
