"""`python -m services notify` and the local mail server, as processes of their own."""

import os
import signal
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path

from deploy.mailbox.server import serving
from tests.factories.notices import received
from tests.integration.notices.conftest import Notices
from tests.support.serving import metrics_on, unused_port
from tests.support.stack import ROOT
from tests.support.waiting import eventually

SENT = "['email', 'sent']"


async def test_the_process_sends_what_is_due_and_stops_when_told(
    notices: Notices, tmp_path: Path
) -> None:
    await notices.contact("role:secretariat", email="ana@fondo.example")
    await notices.hear(received("fund.board.acta.sealed.v1"))
    smtp, shown = unused_port(), unused_port()
    environment = {
        **os.environ,
        "FUND_DATABASE_URL": notices.settings.database_url,
        "FUND_SMTP_URL": f"smtp://127.0.0.1:{smtp}",
        "FUND_METRICS_PORT": str(shown),
    }
    command = [sys.executable, "-m", "services", "notify"]
    with serving(tmp_path, smtp), subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        try:

            async def counted() -> bool:
                sent = await notices.deliveries("&state=sent")
                return bool(sent) and metrics_on(shown).get("fund_notices_tries_total" + SENT) == 1

            await eventually(counted, within_s=90, what="the e-mail, sent and counted")
            [delivery] = await notices.deliveries()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    [path] = tmp_path.glob("*.eml")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)  # type: ignore[arg-type]
    assert delivery["id"] in message["Message-ID"]
    assert message["Subject"] == "Acta sellada: ACTA-007-2026-FC"
