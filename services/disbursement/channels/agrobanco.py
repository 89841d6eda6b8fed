"""Agrobanco: one loan per producer, by ISO 20022 files; a batch is one pain.001."""

import asyncio
from collections.abc import Mapping
from datetime import date

import httpx2

from services.disbursement.channels import camt, iso20022
from services.disbursement.channels.http import (
    DEFINITIVE_REFUSALS,
    PartnerHttp,
    final_after_s,
    object_of,
)
from services.disbursement.channels.protocol import Batch, Lines, PartnerUnclear, Sent, Status
from services.kernel.settings import Settings


class Agrobanco:
    """The bank that manages the fund's credit by mandate (Ley 29064 art. 11.d)."""

    name = "agrobanco"

    def __init__(self, settings: Settings) -> None:
        self._debtor_account = settings.agrobanco_debtor_account
        self._http = PartnerHttp(
            self.name,
            settings.agrobanco_url,
            settings.agrobanco_client_id,
            settings.agrobanco_client_secret,
            settings.channel_timeout_s,
        )

    async def send(self, batch: Batch) -> Sent:
        """Upload the batch's payment file."""
        try:
            body = iso20022.payment_order(batch, self._debtor_account)
        except ValueError as error:
            return Sent("rejected", f"our file is not valid: {error}")
        try:
            answer = await self._http.post(
                "/v1/files",
                content=body,
                headers={
                    "Content-Type": "application/xml",
                    "X-File-Reference": batch.message_id,
                },
            )
            if answer.status_code == 202 and object_of(answer).get("message_id") != (
                batch.message_id
            ):
                raise PartnerUnclear("a 202 for another file")
        except (httpx2.HTTPError, PartnerUnclear) as error:
            return Sent("unknown", f"{type(error).__name__}: {error}")
        if answer.status_code == 202:
            return Sent("accepted")
        if answer.status_code in DEFINITIVE_REFUSALS - {409}:
            return Sent("rejected", f"status {answer.status_code}")
        return Sent("unknown", f"status {answer.status_code}")

    async def inquire(self, batch: Batch) -> Mapping[str, Status]:
        """What the file's status report says of each reference."""
        answer = await self._http.read(f"/v1/files/{batch.message_id}/status")
        if answer.status_code == 404:
            unknown = Status("not_found", final_after_s=final_after_s(answer))
            return {payment.reference: unknown for payment in batch.payments}
        return iso20022.statuses(answer.content, batch)

    async def statement(self, day: date) -> Lines:
        """The bank's statement of a day in Lima."""
        async with self._http.reading("/v1/statements", date=day.isoformat()) as file:
            return await asyncio.to_thread(camt.statement_lines, file, day, self._debtor_account)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()
