"""Writing a pain.002.001.10: what became of a file and of each of its transactions."""

from datetime import datetime
from decimal import Decimal
from itertools import groupby

from pyiso20022.pain.pain_002_001_10 import pain_002_001_10 as pain
from xsdata.models.datatype import XmlDateTime

from deploy.sandbox import clock, pain001, payments
from deploy.sandbox.files import FileStatus, TransactionStatus
from deploy.sandbox.iso20022 import render
from deploy.sandbox.money import decimal_of

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"
AGENT = "AGROBANCO"


def write(status: FileStatus, *, now: datetime) -> bytes:
    groups = [
        pain.OriginalPaymentInstruction32(
            orgnl_pmt_inf_id=group, tx_inf_and_sts=[_transaction(entry) for entry in entries]
        )
        for group, entries in groupby(status.transactions, key=lambda entry: entry.payment_group)
    ]
    report = pain.CustomerPaymentStatusReportV10(
        grp_hdr=pain.GroupHeader86(
            msg_id=payments.identifier("sts", status.message_id, clock.stamp(now))[:35],
            cre_dt_tm=XmlDateTime.from_datetime(now.replace(microsecond=0)),
            initg_pty=pain.PartyIdentification135(nm=AGENT),
        ),
        orgnl_grp_inf_and_sts=pain.OriginalGroupHeader17(
            orgnl_msg_id=status.message_id,
            orgnl_msg_nm_id=pain001.MESSAGE,
            orgnl_nb_of_txs=str(len(status.transactions)),
            orgnl_ctrl_sum=decimal_of(status.control_cents),
            grp_sts=status.group_status,
            sts_rsn_inf=_reason(status.reason_code),
        ),
        orgnl_pmt_inf_and_sts=groups,
    )
    return render(pain.Document(cstmr_pmt_sts_rpt=report), NAMESPACE)


def _reason(code: str | None, note: str | None = None) -> list[pain.StatusReasonInformation12]:
    if code is None:
        return []
    reason = pain.StatusReasonInformation12(
        rsn=pain.StatusReason6Choice(cd=code), addtl_inf=[note] if note else []
    )
    return [reason]


def _transaction(entry: TransactionStatus) -> pain.PaymentTransaction105:
    """A returned payment was settled (ACSC) and says so with a reason and RETURNED <moment>."""
    note = f"RETURNED {entry.returned_at}" if entry.returned_at else None
    accepted_at = None
    if entry.accepted_at is not None:
        moment = clock.parse(entry.accepted_at).replace(microsecond=0)
        accepted_at = XmlDateTime.from_datetime(moment)
    return pain.PaymentTransaction105(
        orgnl_instr_id=entry.instruction_id,
        orgnl_end_to_end_id=entry.end_to_end_id,
        tx_sts=entry.status,
        sts_rsn_inf=_reason(entry.reason_code, note),
        accptnc_dt_tm=accepted_at,
        acct_svcr_ref=entry.execution_id,
        orgnl_tx_ref=pain.OriginalTransactionReference28(
            amt=pain.AmountType4Choice(
                instd_amt=pain.ActiveOrHistoricCurrencyAndAmount(
                    value=Decimal(entry.amount_text), ccy=entry.currency
                )
            )
        ),
    )
