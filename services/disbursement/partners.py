"""The two channels of a running application, and the steps of a payment around their calls."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from fastapi import Request

from services.disbursement import payments
from services.disbursement.channels.agrobanco import Agrobanco
from services.disbursement.channels.agroideas import Agroideas
from services.disbursement.channels.folder import AgrobancoFolder
from services.disbursement.channels.protocol import Channel, PartnerUnclear, Status
from services.disbursement.inbound import security
from services.disbursement.reconciliation import Callback, callback_of
from services.kernel import clock
from services.kernel.errors import Malformed
from services.kernel.settings import Settings
from services.kernel.telemetry import log

Result = TypeVar("Result")


class Steps(Protocol):
    """Who runs a use case in a transaction of its own: a `Command` does."""

    async def step(self, use_case: Callable[..., Awaitable[Result]], /, **arguments: Any) -> Result:
        """The use case's result, committed."""
        ...


def channels_of(request: Request) -> Mapping[str, Channel]:
    """The application's channels, opened at the first use and kept."""
    state = request.app.state
    if not hasattr(state, "channels"):
        settings: Settings = state.settings
        by_folder = settings.agrobanco_transport == "folder"
        bank: Channel = AgrobancoFolder(settings) if by_folder else Agrobanco(settings)
        state.channels = {"agroideas": Agroideas(settings), "agrobanco": bank}
    channels: Mapping[str, Channel] = state.channels
    return channels


async def instruct(run: Steps, channels: Mapping[str, Channel], tranche_id: str) -> None:
    """Send a released tranche once. What an earlier try has begun is never begun again."""
    sending = await run.step(payments.begin_sending, tranche_id=tranche_id)
    if sending is not None:
        await _send(run, channels, tranche_id, sending)


async def inquire(
    run: Steps, channels: Mapping[str, Channel], tranche_id: str, *, beyond: bool = False
) -> None:
    """Ask the partner what became of the tranche and apply its word; when it never got the
    references, and says so past its finality window, send the same ones again: at most five times,
    unless an operator says `beyond`."""
    asked = await run.step(payments.begin_inquiry, tranche_id=tranche_id)
    if asked is None:
        return
    try:
        statuses: Mapping[str, Status] = await channels[asked.channel].inquire(asked.batch)
    except PartnerUnclear as error:
        log().info("channel.unclear", channel=asked.channel, tranche=tranche_id, error=str(error))
        return
    _, never_got = await run.step(
        payments.end_inquiry, tranche_id=tranche_id, statuses=statuses, asked_at=asked.asked_at
    )
    if never_got:
        sending = await run.step(
            payments.begin_resending,
            tranche_id=tranche_id,
            asked_at=asked.asked_at,
            beyond=beyond,
        )
        if sending is not None:
            await _send(run, channels, tranche_id, sending)


async def _send(
    run: Steps, channels: Mapping[str, Channel], tranche_id: str, sending: payments.Sending
) -> None:
    sent = await channels[sending.channel].send(sending.batch)
    log().info(
        "channel.sent",
        channel=sending.channel,
        tranche=tranche_id,
        attempt=sending.attempt,
        outcome=sent.outcome,
        detail=sent.detail,
    )
    await run.step(payments.end_sending, tranche_id=tranche_id, attempt=sending.attempt, sent=sent)


def verified_callback(settings: Settings, raw: bytes, headers: Mapping[str, str]) -> Callback:
    """The callback in a signed message (Standard Webhooks, five minutes of tolerance).

    Raises Unauthenticated for a wrong, old or missing signature, Malformed for another form.
    """
    body = security.verified(settings, raw, headers, clock.now())
    try:
        return callback_of(headers["webhook-id"], body)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        refusal = Malformed(
            "disbursement.bad_callback", f"El mensaje no tiene la forma acordada: {error}."
        )
        raise security.refuse("malformed", refusal) from error
