"""Agreement, payment instruction, inquiry and reconciliation, asked of the disbursement room."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any, Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from services.kernel.clock import lima_date
from services.kernel.working_days import end_of_term, is_working_day, working_day
from workflows.activities.applications import make_moves
from workflows.clients import CHANNEL_READ_TIMEOUT_S, Rooms, RoomUnavailable, is_refusal
from workflows.messages import (
    CloseDaysInput,
    ClosedDay,
    ClosedDays,
    DraftAgreementInput,
    DraftedAgreement,
    InquireInput,
    InstructInput,
    Move,
    ReconcileInput,
    TrancheReport,
)
from workflows.steps import CLOSE_DAYS, DRAFT_AGREEMENT, INQUIRE, INSTRUCT, RECONCILE

BUDGET_EXCEEDED: Final = "disbursement.budget_exceeded"
STATEMENT_RACE: Final = "disbursement.constraint"
STATEMENTS_KEPT: Final = 64
RESOLUTION_MISSING: Final = "disbursement.resolution_missing"
RESOLUTION_PAUSES_S: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Waiting here for the usual delay costs less than another try of the activity."""


class DisbursementActivities:
    """Asks the disbursement room."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._statements: dict[tuple[str, str], asyncio.Lock] = {}

    @activity.defn(name=DRAFT_AGREEMENT.name)
    async def record_approval_and_draft(self, message: DraftAgreementInput) -> DraftedAgreement:
        """Record the board's approval, then commit the budget and draft the agreement."""
        give_up_at = end_of_term(message.asked_at, message.budget_term_working_days)
        await make_moves(
            self._rooms,
            message.application_id,
            [Move(to="approved", reference=message.ballot_id)],
            counter=message.round,
        )
        try:
            agreement = await self._draft(message)
        except ApplicationError as error:
            if is_refusal(error, BUDGET_EXCEEDED):
                return DraftedAgreement(give_up_at=give_up_at)
            raise
        return DraftedAgreement(
            give_up_at=give_up_at,
            agreement_id=agreement["id"],
            tranche_ids=await self._tranche_ids(agreement),
        )

    async def _draft(self, message: DraftAgreementInput) -> dict[str, Any]:
        """Draft it, once the board's resolution has arrived by event."""
        for pause_s in (*RESOLUTION_PAUSES_S, None):
            try:
                return await self._rooms.post(
                    "disbursement",
                    "/v1/agreements",
                    {"application_id": message.application_id, "ballot_id": message.ballot_id},
                    step="draft_agreement",
                    counter=message.round,
                )
            except ApplicationError as error:
                if pause_s is None or not is_refusal(error, RESOLUTION_MISSING):
                    raise
            await asyncio.sleep(pause_s)
        raise AssertionError("the last turn returns or raises")

    async def _tranche_ids(self, agreement: dict[str, Any]) -> list[str]:
        tranches = agreement.get("tranches")
        if tranches is None:
            page = await self._rooms.get(
                "disbursement", f"/v1/tranches?agreement_id={agreement['id']}&limit=200"
            )
            tranches = page["data"]
        return [tranche["id"] for tranche in tranches]

    @activity.defn(name=INSTRUCT.name)
    async def instruct(self, message: InstructInput) -> TrancheReport:
        """Send the payment to its channel, once for each release."""
        tranche = await self._rooms.post(
            "disbursement",
            f"/v1/tranches/{message.tranche_id}/instruct",
            None,
            step="instruct",
            counter=message.release_id,
            read_timeout_s=CHANNEL_READ_TIMEOUT_S,
        )
        return _report(tranche)

    @activity.defn(name=INQUIRE.name)
    async def inquire(self, message: InquireInput) -> TrancheReport:
        """Ask the channel what became of the payment; never sends it again."""
        tranche = await self._rooms.post(
            "disbursement",
            f"/v1/tranches/{message.tranche_id}/inquire",
            None,
            step="inquire",
            counter=f"{message.release_id}:{message.number}",
            read_timeout_s=CHANNEL_READ_TIMEOUT_S,
        )
        return _report(tranche)

    @activity.defn(name=RECONCILE.name)
    async def reconcile(self, message: ReconcileInput) -> TrancheReport:
        """Match the channel's statement of the day, then look whether it holds this tranche.

        One reading serves all tranches that wait for the same statement.
        """
        path = f"/v1/tranches/{message.tranche_id}"
        async with self._statement(message.channel, message.business_date):
            tranche = await self._rooms.get("disbursement", path)
            if tranche["state"] == "confirmed":
                counter = f"{message.release_id}:{message.number}"
                await self._read_statement(message.channel, message.business_date, counter)
                tranche = await self._rooms.get("disbursement", path)
        return _report(tranche)

    def _statement(self, channel: str, business_date: str) -> asyncio.Lock:
        """The lock of a statement within this worker."""
        if len(self._statements) > STATEMENTS_KEPT:
            self._statements = {
                key: lock for key, lock in self._statements.items() if lock.locked()
            }
        return self._statements.setdefault((channel, business_date), asyncio.Lock())

    @activity.defn(name=CLOSE_DAYS.name)
    async def close_days(self, message: CloseDaysInput) -> ClosedDays:
        """Read the statements since the last working day, and close each day, in order."""
        morning = date.fromisoformat(message.morning)
        if not is_working_day(morning):
            return ClosedDays()
        last = working_day(morning, -1)
        days = [last + timedelta(days=number) for number in range((morning - last).days)]
        return ClosedDays([await self._close(message.channel, day) for day in days])

    async def _close(self, channel: str, day: date) -> ClosedDay:
        asked = {"channel": channel, "business_date": day.isoformat()}
        async with self._statement(channel, day.isoformat()):
            try:
                await self._read_statement(channel, day.isoformat(), day.isoformat())
            except RoomUnavailable:
                if is_working_day(day):
                    raise
                # A partner may make no statement of a day without work; what moved all the same
                # stands in the closing as a difference.
            closing = await self._rooms.post(
                "disbursement",
                "/v1/closings",
                asked,
                step="close_day",
                counter=day.isoformat(),
                read_timeout_s=CHANNEL_READ_TIMEOUT_S,
            )
        return ClosedDay(asked["business_date"], closing["id"], closing["balanced"])

    async def _read_statement(self, channel: str, business_date: str, counter: str) -> None:
        try:
            await self._rooms.post(
                "disbursement",
                "/v1/reconciliations",
                {"channel": channel, "business_date": business_date},
                step="reconcile",
                counter=counter,
                read_timeout_s=CHANNEL_READ_TIMEOUT_S,
            )
        except ApplicationError as error:
            if is_refusal(error, STATEMENT_RACE):
                raise RoomUnavailable("somebody else reads the same statement") from error
            raise


def _report(tranche: dict[str, Any]) -> TrancheReport:
    confirmed_at = tranche.get("confirmed_at")
    return TrancheReport(
        tranche_id=tranche["id"],
        state=tranche["state"],
        channel=tranche["channel"],
        business_date=lima_date(datetime.fromisoformat(confirmed_at)).isoformat()
        if confirmed_at
        else None,
    )
