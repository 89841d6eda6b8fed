"""Whether the registers are asked at all: FUND_REGISTERS_URL."""

from starlette.datastructures import State

from services.eligibility.facts import Facts
from services.eligibility.registers.asking import Asking
from services.eligibility.registers.gathering import RegisterFacts
from services.kernel.settings import Settings


def with_registers(rooms: Facts, state: State) -> Facts:
    """The rooms' facts and the registers', or the rooms' alone where no register is configured;
    the connections are opened at the first use and kept."""
    settings: Settings = state.settings
    if not settings.registers_url:
        return rooms
    if not hasattr(state, "registers"):
        state.registers = Asking(
            settings.registers_url,
            timeout_s=settings.registers_timeout_s,
            at_once=settings.registers_at_once,
        )
    asking: Asking = state.registers
    return RegisterFacts(rooms, state.databases["eligibility"], asking)
