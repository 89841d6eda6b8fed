"""Table of final reports: what an agreement came to, filed by the consortium and judged by another
person before the agreement is closed."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from services.disbursement.tables import Table, optional_text, reference, text_column
from services.kernel.db import instant_column


class FinalReport(Table, table=True):
    """The final technical and financial report (informe final) of an agreement."""

    __tablename__ = "final_report"
    __table_args__ = (
        CheckConstraint("state IN ('filed', 'approved', 'observed')", name="state_known"),
        CheckConstraint("judged_by <> filed_by", name="judge_is_another"),
        CheckConstraint(
            "(state = 'filed') = (judged_by IS NULL) AND (judged_by IS NULL) = (judged_at IS NULL)"
            " AND (state = 'observed') = (reason IS NOT NULL)",
            name="judged_whole",
        ),
        Index(
            "uq_final_report_standing",
            "agreement_id",
            unique=True,
            postgresql_where=text("state <> 'observed'"),
        ),
    )

    id: str = text_column(primary_key=True)
    agreement_id: str = reference("agreement.id", index=True)
    consortium_id: str = text_column(index=True)
    results: str = text_column()
    spending: str = text_column()
    document_sha256: str = text_column()
    state: str = text_column(default="filed")
    filed_by: str = text_column()
    filed_at: datetime = instant_column()
    judged_by: str | None = optional_text()
    judged_at: datetime | None = instant_column(nullable=True)
    reason: str | None = optional_text()
    version: int = Field(default=1, nullable=False)
