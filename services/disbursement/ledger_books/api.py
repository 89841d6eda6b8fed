"""Routes of the ledger's readers: accounts, their statements at any moment, exports."""

import base64
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from services.disbursement.ledger_books import exports, queries
from services.disbursement.ledger_books.schemas import AccountStatementOut, account_out
from services.disbursement.models import Account
from services.disbursement.schemas import AccountOut
from services.kernel import clock
from services.kernel.auth import guarded, reading
from services.kernel.db import AsyncSession
from services.kernel.downloads import files_told
from services.kernel.ids import id_pattern
from services.kernel.pages import PageRequest, cursor_after, page_of, page_request
from services.kernel.schemas import Instant, Page

router = APIRouter()

Session = Annotated[AsyncSession, Depends(reading("disbursement"))]
Paging = Annotated[PageRequest, Depends(page_request)]
Code = Annotated[str, PathParameter(pattern=r"^[a-z0-9_:]{3,80}$")]
CallFilter = Annotated[str | None, Query(pattern=id_pattern("cal"))]
KindFilter = Annotated[str | None, Query(pattern=r"^[a-z_]{4,20}$")]


FORMS: Final = [media_type.partition(";")[0] for media_type in exports.MEDIA_TYPES.values()]


@router.get("/v1/ledger/accounts", **guarded("disbursement.ledger.read"))
async def list_accounts(
    session: Session, page: Paging, kind: KindFilter = None
) -> Page[AccountOut]:
    """The accounts, of one kind if named, and what each holds now."""
    return await page_of(session, queries.accounts(kind), Account.code, page, account_out)


@router.get("/v1/ledger/accounts/{code}/statement", **guarded("disbursement.ledger.read"))
async def read_statement(
    code: Code,
    session: Session,
    page: Paging,
    since: Instant | None = None,
    until: Instant | None = None,
) -> AccountStatementOut:
    """An account's statement of a period, from its beginning to now unless it says otherwise: what
    it held before, each entry with the balance after it, what it held at the end."""
    found = await queries.statement(
        session,
        code,
        since=since,
        until=until or clock.now(),
        limit=page.limit,
        after=page.after,
    )
    last = found.entries[-1].transfer_id if found.more else None
    return AccountStatementOut.of(found, cursor_after(last))


@router.get(
    "/v1/ledger/export",
    response_class=Response,
    **files_told(guarded("disbursement.ledger.read"), *FORMS),
)
async def export(
    session: Session,
    form: Annotated[exports.Format, Query(alias="format")] = "csv",
    call_id: CallFilter = None,
) -> FileResponse:
    """The whole ledger as a file, or what one call moved: a row an entry, amounts in integer
    céntimos that sum to zero. `Repr-Digest` is the file's SHA-256 (RFC 9530)."""
    written = await exports.write(form, queries.exported(session, call_id))
    digest = base64.b64encode(written.sha256).decode()
    return FileResponse(
        written.path,
        media_type=exports.MEDIA_TYPES[form],
        filename=f"ledger.{form}",
        headers={
            "Repr-Digest": f"sha-256=:{digest}:",
            "X-Entries": str(written.entries),
            "X-Total-Centimos": str(written.total_centimos),
        },
        background=BackgroundTask(written.path.unlink),
    )
