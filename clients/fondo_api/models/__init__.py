"""Contains all the data models used in inputs/outputs"""

from .absence_in import AbsenceIn
from .absence_out import AbsenceOut
from .acta_file import ActaFile
from .acta_file_content import ActaFileContent
from .acta_file_keys_item import ActaFileKeysItem
from .acta_file_seal_type_0 import ActaFileSealType0
from .acta_file_signatures_item import ActaFileSignaturesItem
from .acta_out import ActaOut
from .acta_out_content import ActaOutContent
from .acta_seal_in import ActaSealIn
from .acta_signature_in import ActaSignatureIn
from .acta_signed import ActaSigned
from .acta_summary import ActaSummary
from .agenda_item_out import AgendaItemOut
from .attendance_out import AttendanceOut
from .audit_out import AuditOut
from .ballot_in import BallotIn
from .ballot_out import BallotOut
from .ballot_proof import BallotProof
from .ballot_proof_absences_item import BallotProofAbsencesItem
from .ballot_proof_keys_item import BallotProofKeysItem
from .ballot_proof_matter import BallotProofMatter
from .ballot_proof_terms_item import BallotProofTermsItem
from .ballot_recusal import BallotRecusal
from .ballot_seat import BallotSeat
from .ballot_summary import BallotSummary
from .ballot_vote import BallotVote
from .board_list_ballots_state import BoardListBallotsState
from .board_list_sessions_state import BoardListSessionsState
from .condition import Condition
from .condition_in import ConditionIn
from .counted_vote import CountedVote
from .dead_letter_out import DeadLetterOut
from .dead_letter_whole import DeadLetterWhole
from .deferral_in import DeferralIn
from .deferral_out import DeferralOut
from .dossier_out import DossierOut
from .dossier_out_file import DossierOutFile
from .field_problem import FieldProblem
from .file_out import FileOut
from .inbox_out import InboxOut
from .interest_end_in import InterestEndIn
from .interest_in import InterestIn
from .interest_in_kind import InterestInKind
from .interest_out import InterestOut
from .jwk import Jwk
from .jwk_crv import JwkCrv
from .jwk_kty import JwkKty
from .key_in import KeyIn
from .key_out import KeyOut
from .outbox_event_out import OutboxEventOut
from .outbox_event_out_body import OutboxEventOutBody
from .page_absence_out import PageAbsenceOut
from .page_acta_summary import PageActaSummary
from .page_ballot_summary import PageBallotSummary
from .page_dead_letter_out import PageDeadLetterOut
from .page_interest_out import PageInterestOut
from .page_key_out import PageKeyOut
from .page_outbox_event_out import PageOutboxEventOut
from .page_session_summary import PageSessionSummary
from .parking_in import ParkingIn
from .part_out import PartOut
from .problem import Problem
from .recusal_decision_in import RecusalDecisionIn
from .recusal_in import RecusalIn
from .recusal_in_seat_type_0 import RecusalInSeatType0
from .recusal_out import RecusalOut
from .recusals_out import RecusalsOut
from .replacement_in import ReplacementIn
from .replay_in import ReplayIn
from .replay_out import ReplayOut
from .replayed_out import ReplayedOut
from .resend_in import ResendIn
from .resent_out import ResentOut
from .resolution_out import ResolutionOut
from .revocation_in import RevocationIn
from .room_state_out import RoomStateOut
from .seat_at_decision import SeatAtDecision
from .seat_in import SeatIn
from .seat_in_capacity import SeatInCapacity
from .seat_now import SeatNow
from .seat_out import SeatOut
from .seats_out import SeatsOut
from .second_call_in import SecondCallIn
from .session_in import SessionIn
from .session_in_kind import SessionInKind
from .session_in_mode import SessionInMode
from .session_out import SessionOut
from .session_summary import SessionSummary
from .signer import Signer
from .standing_out import StandingOut
from .tie_out import TieOut
from .vote_in import VoteIn
from .vote_in_choice import VoteInChoice
from .vote_out import VoteOut
from .waiting_ballot import WaitingBallot
from .withdrawal_in import WithdrawalIn
from .working_days_out import WorkingDaysOut

__all__ = (
    "AbsenceIn",
    "AbsenceOut",
    "ActaFile",
    "ActaFileContent",
    "ActaFileKeysItem",
    "ActaFileSealType0",
    "ActaFileSignaturesItem",
    "ActaOut",
    "ActaOutContent",
    "ActaSealIn",
    "ActaSignatureIn",
    "ActaSigned",
    "ActaSummary",
    "AgendaItemOut",
    "AttendanceOut",
    "AuditOut",
    "BallotIn",
    "BallotOut",
    "BallotProof",
    "BallotProofAbsencesItem",
    "BallotProofKeysItem",
    "BallotProofMatter",
    "BallotProofTermsItem",
    "BallotRecusal",
    "BallotSeat",
    "BallotSummary",
    "BallotVote",
    "BoardListBallotsState",
    "BoardListSessionsState",
    "Condition",
    "ConditionIn",
    "CountedVote",
    "DeadLetterOut",
    "DeadLetterWhole",
    "DeferralIn",
    "DeferralOut",
    "DossierOut",
    "DossierOutFile",
    "FieldProblem",
    "FileOut",
    "InboxOut",
    "InterestEndIn",
    "InterestIn",
    "InterestInKind",
    "InterestOut",
    "Jwk",
    "JwkCrv",
    "JwkKty",
    "KeyIn",
    "KeyOut",
    "OutboxEventOut",
    "OutboxEventOutBody",
    "PageAbsenceOut",
    "PageActaSummary",
    "PageBallotSummary",
    "PageDeadLetterOut",
    "PageInterestOut",
    "PageKeyOut",
    "PageOutboxEventOut",
    "PageSessionSummary",
    "ParkingIn",
    "PartOut",
    "Problem",
    "RecusalDecisionIn",
    "RecusalIn",
    "RecusalInSeatType0",
    "RecusalOut",
    "RecusalsOut",
    "ReplacementIn",
    "ReplayedOut",
    "ReplayIn",
    "ReplayOut",
    "ResendIn",
    "ResentOut",
    "ResolutionOut",
    "RevocationIn",
    "RoomStateOut",
    "SeatAtDecision",
    "SeatIn",
    "SeatInCapacity",
    "SeatNow",
    "SeatOut",
    "SeatsOut",
    "SecondCallIn",
    "SessionIn",
    "SessionInKind",
    "SessionInMode",
    "SessionOut",
    "SessionSummary",
    "Signer",
    "StandingOut",
    "TieOut",
    "VoteIn",
    "VoteInChoice",
    "VoteOut",
    "WaitingBallot",
    "WithdrawalIn",
    "WorkingDaysOut",
)
