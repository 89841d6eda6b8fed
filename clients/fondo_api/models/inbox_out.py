from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.acta_summary import ActaSummary
    from ..models.recusal_out import RecusalOut
    from ..models.waiting_ballot import WaitingBallot


T = TypeVar("T", bound="InboxOut")


@_attrs_define
class InboxOut:
    """What waits for the reader in the place that it holds today; all empty without one, but for
    the actas of what it took part in, which it still has to sign.

        Attributes:
            actas (list[ActaSummary]):
            ballots (list[WaitingBallot]):
            recusals (list[RecusalOut]): Those that wait for the reader's decision.
            seat (None | str):
    """

    actas: list[ActaSummary]
    ballots: list[WaitingBallot]
    recusals: list[RecusalOut]
    seat: None | str

    def to_dict(self) -> dict[str, Any]:
        actas = []
        for actas_item_data in self.actas:
            actas_item = actas_item_data.to_dict()
            actas.append(actas_item)

        ballots = []
        for ballots_item_data in self.ballots:
            ballots_item = ballots_item_data.to_dict()
            ballots.append(ballots_item)

        recusals = []
        for recusals_item_data in self.recusals:
            recusals_item = recusals_item_data.to_dict()
            recusals.append(recusals_item)

        seat: None | str
        seat = self.seat

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "actas": actas,
                "ballots": ballots,
                "recusals": recusals,
                "seat": seat,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.acta_summary import ActaSummary  # noqa: PLC0415
        from ..models.recusal_out import RecusalOut  # noqa: PLC0415
        from ..models.waiting_ballot import WaitingBallot  # noqa: PLC0415

        d = dict(src_dict)
        actas = []
        _actas = d.pop("actas")
        for actas_item_data in _actas:
            actas_item = ActaSummary.from_dict(actas_item_data)

            actas.append(actas_item)

        ballots = []
        _ballots = d.pop("ballots")
        for ballots_item_data in _ballots:
            ballots_item = WaitingBallot.from_dict(ballots_item_data)

            ballots.append(ballots_item)

        recusals = []
        _recusals = d.pop("recusals")
        for recusals_item_data in _recusals:
            recusals_item = RecusalOut.from_dict(recusals_item_data)

            recusals.append(recusals_item)

        def _parse_seat(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        seat = _parse_seat(d.pop("seat"))

        inbox_out = cls(
            actas=actas,
            ballots=ballots,
            recusals=recusals,
            seat=seat,
        )

        return inbox_out
