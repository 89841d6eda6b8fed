"""Contains all the data models used in inputs/outputs"""

from .ballot_in import BallotIn
from .ballot_out import BallotOut
from .ballot_seat import BallotSeat
from .ballot_summary import BallotSummary
from .ballot_vote import BallotVote
from .board_list_ballots_state import BoardListBallotsState
from .counted_vote import CountedVote
from .field_problem import FieldProblem
from .page_ballot_summary import PageBallotSummary
from .problem import Problem
from .recusal_in import RecusalIn
from .recusal_out import RecusalOut
from .resolution_out import ResolutionOut
from .seat_at_decision import SeatAtDecision
from .seat_in import SeatIn
from .seat_out import SeatOut
from .seats_out import SeatsOut
from .second_call_in import SecondCallIn
from .vote_in import VoteIn
from .vote_in_choice import VoteInChoice
from .vote_out import VoteOut

__all__ = (
    "BallotIn",
    "BallotOut",
    "BallotSeat",
    "BallotSummary",
    "BallotVote",
    "BoardListBallotsState",
    "CountedVote",
    "FieldProblem",
    "PageBallotSummary",
    "Problem",
    "RecusalIn",
    "RecusalOut",
    "ResolutionOut",
    "SeatAtDecision",
    "SeatIn",
    "SeatOut",
    "SeatsOut",
    "SecondCallIn",
    "VoteIn",
    "VoteInChoice",
    "VoteOut",
)
