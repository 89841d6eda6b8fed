"""ISO 20022 files: writing pain.001.001.09, reading pain.002.001.10 and camt.053.001.08.

A file is held against the published schema before it is believed or sent; entities are never
resolved and nothing is fetched.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from lxml import etree
from pyiso20022.camt.camt_053_001_08 import camt_053_001_08 as camt
from pyiso20022.pain.pain_001_001_09 import pain_001_001_09 as pain1
from pyiso20022.pain.pain_002_001_10 import pain_002_001_10 as pain2
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.models.datatype import XmlDate, XmlDateTime

from services.disbursement.channels.http import text_of
from services.disbursement.channels.protocol import (
    Batch,
    Line,
    PartnerUnclear,
    Payment,
    Status,
    sound_lines,
)
from services.kernel.clock import lima_date

PAYMENT_ORDER: Final = "pain.001.001.09"
STATUS_REPORT: Final = "pain.002.001.10"
STATEMENT: Final = "camt.053.001.08"
MAX_BYTES: Final = 20_000_000
DEBTOR: Final = "FONDO DE CONSORCIOS PRODUCTIVOS"
_SCHEMAS = Path(__file__).parents[3] / "contracts" / "partners" / "iso20022"


def payment_order(batch: Batch, debtor_account: str) -> bytes:
    """The payment file of a batch: the same batch gives the same bytes.

    Raises ValueError when the file does not meet its own schema.
    """
    total = Decimal(sum(payment.amount_centimos for payment in batch.payments)).scaleb(-2)
    count = str(len(batch.payments))
    debtor = pain1.PartyIdentification135(nm=DEBTOR)
    group = pain1.PaymentInstruction30(
        pmt_inf_id=batch.message_id,
        pmt_mtd=pain1.PaymentMethod3Code.TRF,
        nb_of_txs=count,
        ctrl_sum=total,
        reqd_exctn_dt=pain1.DateAndDateTime2Choice(
            dt=XmlDate.from_date(lima_date(batch.released_at))
        ),
        dbtr=debtor,
        dbtr_acct=_account(debtor_account, currency="PEN"),
        dbtr_agt=pain1.BranchAndFinancialInstitutionIdentification6(
            fin_instn_id=pain1.FinancialInstitutionIdentification18(nm="AGROBANCO")
        ),
        cdt_trf_tx_inf=[_transaction(payment, batch.concept) for payment in batch.payments],
    )
    document = pain1.Document(
        cstmr_cdt_trf_initn=pain1.CustomerCreditTransferInitiationV09(
            grp_hdr=pain1.GroupHeader85(
                msg_id=batch.message_id,
                cre_dt_tm=XmlDateTime.from_datetime(batch.released_at.replace(microsecond=0)),
                nb_of_txs=count,
                ctrl_sum=total,
                initg_pty=debtor,
            ),
            pmt_inf=[group],
        )
    )
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{PAYMENT_ORDER}"
    try:
        body = str(XmlSerializer().render(document, ns_map={None: namespace})).encode()
        _checked(body, PAYMENT_ORDER)
    except etree.LxmlError as error:  # a name with a character that no XML may hold
        raise ValueError(str(error)) from error
    return body


def _account(number: str, currency: str | None = None) -> pain1.CashAccount38:
    return pain1.CashAccount38(
        id=pain1.AccountIdentification4Choice(
            othr=pain1.GenericAccountIdentification1(
                id=number, schme_nm=pain1.AccountSchemeName1Choice(prtry="CCI")
            )
        ),
        ccy=currency,
    )


def _transaction(payment: Payment, concept: str) -> pain1.CreditTransferTransaction34:
    return pain1.CreditTransferTransaction34(
        pmt_id=pain1.PaymentIdentification6(end_to_end_id=payment.reference),
        amt=pain1.AmountType4Choice(
            instd_amt=pain1.ActiveOrHistoricCurrencyAndAmount(
                value=Decimal(payment.amount_centimos).scaleb(-2), ccy="PEN"
            )
        ),
        cdtr=pain1.PartyIdentification135(nm=payment.beneficiary_name[:140]),
        cdtr_acct=_account(payment.beneficiary_cci),
        rmt_inf=pain1.RemittanceInformation16(ustrd=[concept[:140]]),
    )


def statuses(body: bytes, batch: Batch) -> Mapping[str, Status]:
    """The bank's word on each reference of the batch; raises PartnerUnclear."""
    report = _read(body, STATUS_REPORT, pain2.Document).cstmr_pmt_sts_rpt
    if report.orgnl_grp_inf_and_sts.orgnl_msg_id != batch.message_id:
        raise PartnerUnclear("a status report of another file")
    ours = {payment.reference: payment for payment in batch.payments}
    found: dict[str, Status] = {}
    for group in report.orgnl_pmt_inf_and_sts:
        for item in group.tx_inf_and_sts:
            payment = ours.get(item.orgnl_end_to_end_id)
            if payment is None:
                continue
            status = _status(item, payment)
            if found.setdefault(payment.reference, status) != status:
                raise PartnerUnclear(f"two words on {payment.reference}")
    if report.orgnl_grp_inf_and_sts.grp_sts != "RJCT":
        return found
    if any(status.outcome != "rejected" for status in found.values()):
        raise PartnerUnclear("a rejected file with a payment that is not")
    code = _reason(report.orgnl_grp_inf_and_sts.sts_rsn_inf)
    return {reference: found.get(reference, Status("rejected", code)) for reference in ours}


def _status(item: Any, payment: Payment) -> Status:
    code = _reason(item.sts_rsn_inf)
    execution_id = str(item.acct_svcr_ref or "")
    notes = [note for reason in item.sts_rsn_inf for note in reason.addtl_inf]
    if item.tx_sts == "RJCT":
        return Status("rejected", code, execution_id)
    if item.tx_sts != "ACSC":
        return Status("pending", code, execution_id)
    original = item.orgnl_tx_ref
    amount = original.amt.instd_amt if original is not None and original.amt is not None else None
    if amount is None or amount.ccy != "PEN" or amount.value.scaleb(2) != payment.amount_centimos:
        raise PartnerUnclear(f"another amount for {payment.reference}")
    returned = any(note.startswith("RETURNED") for note in notes)
    return Status("returned" if returned else "executed", code, execution_id)


def _reason(reasons: list[Any]) -> str:
    for reason in reasons:
        if reason.rsn is not None and reason.rsn.cd:
            return str(reason.rsn.cd)
    return ""


def statement_lines(body: bytes, day: date, account: str) -> list[Line]:
    """The booked lines of the account's statement of a day; raises PartnerUnclear unless its
    balances and every amount are sound: a statement is believed whole or not at all."""
    document = _read(body, STATEMENT, camt.Document)
    lines: list[Line] = []
    try:
        for statement in document.bk_to_cstmr_stmt.stmt:
            lines += _lines_of(statement, day, account)
    except (AttributeError, TypeError, ValueError) as error:  # optional parts that we need
        raise PartnerUnclear(f"a statement of another form: {error}") from error
    if len({line.line_id for line in lines}) != len(lines):
        raise PartnerUnclear("a line stands twice")
    return lines


def _lines_of(statement: Any, day: date, account: str) -> Sequence[Line]:
    if statement.acct.id.othr.id != account:
        raise PartnerUnclear("a statement of another account")
    balances = {balance.tp.cd_or_prtry.cd: balance for balance in statement.bal}
    if not balances.keys() >= {"OPBD", "CLBD"}:
        raise PartnerUnclear("no opening or no closing balance")
    opening, closing = balances["OPBD"], balances["CLBD"]
    if closing.dt.dt is None or closing.dt.dt.to_date() != day:
        raise PartnerUnclear("a statement of another day")
    booked = [_line(entry, day) for entry in statement.ntry if entry.sts.cd == "BOOK"]
    return sound_lines(booked, _signed(closing) - _signed(opening))


def _line(entry: Any, day: date) -> Line:
    if entry.amt.ccy != "PEN":
        raise PartnerUnclear(f"currency {entry.amt.ccy}")
    (details,) = entry.ntry_dtls
    (transaction,) = details.tx_dtls
    return Line(
        line_id=text_of(entry.ntry_ref),
        reference=text_of(transaction.refs.end_to_end_id or ""),
        kind="return" if entry.cdt_dbt_ind is camt.CreditDebitCode.CRDT else "payment",
        amount_centimos=_centimos(entry.amt.value),
        business_date=day,
    )


def _signed(balance: Any) -> int:
    if balance.amt.ccy != "PEN":
        raise PartnerUnclear(f"a balance in {balance.amt.ccy}")
    amount = _centimos(balance.amt.value)
    return amount if balance.cdt_dbt_ind is camt.CreditDebitCode.CRDT else -amount


def _centimos(value: Decimal) -> int:
    scaled = value.scaleb(2)
    if scaled != scaled.to_integral_value() or scaled < 0:
        raise PartnerUnclear(f"amount {value}")
    return int(scaled)


def _read(body: bytes, message: str, kind: type[Any]) -> Any:
    try:
        _checked(body, message)
        return XmlParser().from_bytes(body, kind)
    except (ValueError, TypeError, etree.LxmlError) as error:
        raise PartnerUnclear(f"not a sound {message}: {error}") from error


def _checked(body: bytes, message: str) -> None:
    if len(body) > MAX_BYTES:
        raise ValueError("the file is too large")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(body, parser)
    found = root.getroottree().docinfo
    if found.internalDTD is not None:
        raise ValueError("a document type is not accepted")
    if str(found.encoding or "UTF-8").upper() not in {"UTF-8", "US-ASCII"}:
        raise ValueError(f"encoding {found.encoding} is not accepted: UTF-8 is the agreed one")
    schema: Any = _schema(message)
    if not schema.validate(root):
        first = schema.error_log[0]
        raise ValueError(f"line {first.line}: {first.message}")


@cache
def _schema(message: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(_SCHEMAS / f"{message}.xsd")))
