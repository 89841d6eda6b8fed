"""`python -m deploy.mailbox`: an SMTP server that writes .eml files to `<state folder>/mail`."""

import signal
import sys

from deploy.mailbox.server import MailboxSettings, serving


def main() -> int:
    """Serve until told to stop."""
    stops = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stops)  # inherited by the server's thread
    settings = MailboxSettings()
    with serving(settings.folder, settings.port):
        signal.sigwait(stops)
    return 0


if __name__ == "__main__":
    sys.exit(main())
