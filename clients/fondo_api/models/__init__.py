"""Contains all the data models used in inputs/outputs"""

from .absence_in import AbsenceIn
from .absence_out import AbsenceOut
from .ballot_in import BallotIn
from .ballot_out import BallotOut
from .ballot_seat import BallotSeat
from .ballot_summary import BallotSummary
from .ballot_vote import BallotVote
from .board_list_ballots_state import BoardListBallotsState
from .condition import Condition
from .condition_in import ConditionIn
from .counted_vote import CountedVote
from .deferral_in import DeferralIn
from .deferral_out import DeferralOut
from .field_problem import FieldProblem
from .jwk import Jwk
from .jwk_crv import JwkCrv
from .jwk_kty import JwkKty
from .key_in import KeyIn
from .key_out import KeyOut
from .page_absence_out import PageAbsenceOut
from .page_ballot_summary import PageBallotSummary
from .problem import Problem
from .recusal_in import RecusalIn
from .recusal_out import RecusalOut
from .resolution_out import ResolutionOut
from .seat_at_decision import SeatAtDecision
from .seat_in import SeatIn
from .seat_in_capacity import SeatInCapacity
from .seat_now import SeatNow
from .seat_out import SeatOut
from .seats_out import SeatsOut
from .second_call_in import SecondCallIn
from .vote_in import VoteIn
from .vote_in_choice import VoteInChoice
from .vote_out import VoteOut
from .withdrawal_in import WithdrawalIn

__all__ = (
    "AbsenceIn",
    "AbsenceOut",
    "BallotIn",
    "BallotOut",
    "BallotSeat",
    "BallotSummary",
    "BallotVote",
    "BoardListBallotsState",
    "Condition",
    "ConditionIn",
    "CountedVote",
    "DeferralIn",
    "DeferralOut",
    "FieldProblem",
    "Jwk",
    "JwkCrv",
    "JwkKty",
    "KeyIn",
    "KeyOut",
    "PageAbsenceOut",
    "PageBallotSummary",
    "Problem",
    "RecusalIn",
    "RecusalOut",
    "ResolutionOut",
    "SeatAtDecision",
    "SeatIn",
    "SeatInCapacity",
    "SeatNow",
    "SeatOut",
    "SeatsOut",
    "SecondCallIn",
    "VoteIn",
    "VoteInChoice",
    "VoteOut",
    "WithdrawalIn",
)
