"""The eight boards, in the order in which somebody looks."""

from __future__ import annotations

from typing import Final

from deploy.grafana.boards import (
    applications,
    disbursement,
    events,
    glance,
    policies,
    services,
    stack,
    workflows,
)
from deploy.grafana.model import Board

BOARDS: Final[tuple[Board, ...]] = (
    glance.BOARD,
    applications.BOARD,
    disbursement.BOARD,
    policies.BOARD,
    services.BOARD,
    workflows.BOARD,
    events.BOARD,
    stack.BOARD,
)
