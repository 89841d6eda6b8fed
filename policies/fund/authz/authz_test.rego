package fund.authz_test

import data.fund.authz

ask(principal, action, resource) := decision if {
	decision := authz.decision with input as {
		"principal": object.union({"sub": "u-1"}, principal),
		"action": action,
		"resource": resource,
	}
}

ok := {"allow": true, "reason": "ok"}

role := {"allow": false, "reason": "role"}

object_ := {"allow": false, "reason": "object"}

applicant := {"role": "applicant", "consortium_id": "con_01"}

seated := {"role": "board_member", "seat": "mef"}

test_nothing_is_denied if {
	authz.decision == role with input as {}
	authz.decision == role with input as "nada"
}

test_an_unknown_action_or_role_is_denied if {
	ask({"role": "secretariat"}, "registry.consortium.burn", null) == role
	ask({"role": "ministro"}, "registry.consortium.read", null) == role
	ask({"role": null}, "registry.consortium.read", null) == role
}

test_a_principal_without_sub_is_denied if {
	authz.decision == role with input as {
		"principal": {"role": "auditor"},
		"action": "registry.consortium.read",
		"resource": null,
	}
}

test_the_secretariat_registers if {
	ask({"role": "secretariat"}, "registry.consortium.form", null) == ok
	ask({"role": "operator"}, "registry.consortium.form", null) == role
}

test_an_applicant_acts_for_its_own_consortium_only if {
	every action in ["applications.application.submit", "disbursement.tranche.request", "registry.consortium.read"] {
		ask(applicant, action, {"consortium_id": "con_01"}) == ok
		ask(applicant, action, {"consortium_id": "con_02"}) == object_
		ask(applicant, action, {"consortium_id": null}) == object_
		ask(applicant, action, {}) == object_
		ask(applicant, action, null) == object_
	}
}

test_an_applicant_without_consortium_owns_nothing if {
	ask({"role": "applicant"}, "applications.application.read", {"consortium_id": "con_01"}) == object_
	ask({"role": "applicant", "consortium_id": null}, "applications.application.read", {"consortium_id": null}) == object_
	ask({"role": "applicant", "consortium_id": ""}, "applications.application.read", {"consortium_id": ""}) == object_
}

test_an_applicant_lists_its_own_only if {
	ask(applicant, "applications.application.list", {"consortium_id": "con_01"}) == ok
	ask(applicant, "applications.application.list", {"consortium_id": null}) == object_
}

test_calls_are_read_by_all_but_partners if {
	every r in ["applicant", "board_member", "secretariat", "operator", "auditor", "service"] {
		ask({"role": r}, "applications.call.read", {}) == ok
	}
	ask({"role": "partner", "program": "agroideas"}, "applications.call.read", {}) == role
}

test_what_does_not_exist_is_an_object_matter if {
	ask({"role": "auditor"}, "applications.application.read", {"exists": false}) == object_
	ask({"role": "auditor"}, "applications.application.read", {"exists": true}) == ok
	ask({"role": "auditor"}, "applications.application.submit", {"exists": false}) == role
}

test_a_vote_needs_a_seat if {
	ask(seated, "board.ballot.vote", {}) == ok
	ask({"role": "board_member", "seat": null}, "board.ballot.vote", {}) == role
	ask({"role": "board_member"}, "board.ballot.recuse", {}) == role
	ask({"role": "secretariat", "seat": "mef"}, "board.ballot.vote", {}) == role
	ask(seated, "board.ballot.vote", {"exists": false}) == object_
}

test_a_partner_reads_its_own_instructions_only if {
	partner := {"role": "partner", "program": "agroideas"}
	ask(partner, "disbursement.instruction.read", {"program": "agroideas"}) == ok
	ask(partner, "disbursement.instruction.read", {"program": "agrobanco"}) == object_
	ask(partner, "disbursement.instruction.list", {}) == object_
	ask({"role": "partner"}, "disbursement.instruction.read", {"program": "agroideas"}) == object_
}

actions_of(r) := {action | some action, roles in data.fund.authz.actions; roles[r]}

test_a_partner_may_do_nothing_else if {
	actions_of("partner") == {
		"disbursement.instruction.list",
		"disbursement.instruction.read",
		"disbursement.instruction.trace",
		"disbursement.message.list",
		"disbursement.purchase.answer",
		"disbursement.purchase.list",
		"disbursement.purchase.read",
		"notices.contact.read",
		"notices.contact.replay",
		"notices.contact.set",
		"notices.delivery.list",
		"notices.delivery.read",
		"notices.delivery.redeliver",
		"notices.secret.rotate",
	}
	every action in actions_of("partner") {
		data.fund.authz.actions[action].partner == "program"
	}
}

test_a_partner_asks_for_its_own_webhooks_only if {
	partner := {"role": "partner", "program": "agroideas"}
	ask(partner, "notices.contact.replay", {"sub": "program:agroideas", "program": "agroideas"}) == ok
	ask(partner, "notices.contact.set", {"sub": "program:agrobanco", "program": "agrobanco"}) == object_
	ask(partner, "notices.contact.set", {"sub": "mef-1", "program": null}) == object_
	ask(partner, "notices.delivery.list", {"sub": "", "program": null}) == object_
}

test_a_person_sets_its_own_contact_only if {
	ask(seated, "notices.contact.set", {"sub": "u-1"}) == ok
	ask(seated, "notices.contact.set", {"sub": "q"}) == object_
	ask(seated, "notices.contact.set", {"sub": null}) == object_
	ask(seated, "notices.contact.set", {}) == object_
	ask(applicant, "notices.contact.set", {"sub": "con_01", "consortium_id": "con_01"}) == ok
	ask(applicant, "notices.contact.set", {"sub": "con_02", "consortium_id": "con_02"}) == object_
	ask({"role": "secretariat"}, "notices.contact.set", {"sub": "q"}) == ok
	ask({"role": "auditor"}, "notices.contact.set", {"sub": "q"}) == role
}

test_an_auditor_writes_nothing if {
	every action in actions_of("auditor") {
		split(action, ".")[2] in {"read", "list", "facts", "timeline", "resolution", "proof", "replay", "trace", "verify"}
	}
	ask({"role": "auditor"}, "eligibility.assessment.replay", {}) == ok
}

test_members_sign_an_acta_and_the_secretariat_seals_it if {
	object.keys(data.fund.authz.actions["board.acta.sign"]) == {"board_member"}
	object.keys(data.fund.authz.actions["board.acta.seal"]) == {"secretariat"}
	not "service" in object.keys(data.fund.authz.actions["board.key.revoke"])
}

test_only_an_operator_prepares_and_releases if {
	every verb in ["prepare", "release"] {
		action := sprintf("disbursement.tranche.%s", [verb])
		object.keys(data.fund.authz.actions[action]) == {"operator"}
	}
}

test_only_the_service_moves_what_the_workflow_moves if {
	every action in [
		"applications.application.take_up", "applications.application.record_assessment",
		"applications.application.progress", "eligibility.assessment.assess", "board.ballot.open",
		"board.ballot.second_call", "board.ballot.close", "disbursement.agreement.draft",
		"disbursement.tranche.instruct",
	] {
		object.keys(data.fund.authz.actions[action]) == {"service"}
	}
	object.keys(data.fund.authz.actions["disbursement.tranche.inquire"]) == {"operator", "service"}
}

test_each_party_signs_for_itself if {
	action := "disbursement.agreement.sign"
	ask(applicant, action, {"consortium_id": "con_01", "party": "consortium"}) == ok
	ask(applicant, action, {"consortium_id": "con_01", "party": "fund"}) == object_
	ask(applicant, action, {"consortium_id": "con_01", "party": null}) == ok
	ask({"role": "secretariat"}, action, {"consortium_id": "con_01", "party": "fund"}) == ok
	ask({"role": "secretariat"}, action, {"consortium_id": "con_01", "party": "consortium"}) == object_
	ask({"role": "operator"}, action, {"party": "fund"}) == role
}

test_whom_a_ballot_is_about_reads_it_once_decided if {
	every action in ["board.ballot.read", "board.ballot.resolution"] {
		ask(applicant, action, {"consortium_id": "con_01", "state": "decided"}) == ok
		ask(applicant, action, {"consortium_id": "con_01", "state": "open"}) == object_
		ask(applicant, action, {"consortium_id": "con_01", "state": "lapsed"}) == object_
		ask(applicant, action, {"consortium_id": "con_02", "state": "decided"}) == object_
		ask({"role": "partner", "program": "agroideas"}, action, {"state": "decided"}) == role
	}
	ask(applicant, "board.ballot.list", {"consortium_id": "con_01"}) == role
}

test_every_action_has_known_roles_and_scopes if {
	count(data.fund.authz.actions) > 60
	every action, roles in data.fund.authz.actions {
		regex.match(`^(kernel|registry|applications|eligibility|board|disbursement|notices)\.[a-z_]+\.[a-z_]+$`, action)
		every r, scope in roles {
			r in {"applicant", "board_member", "secretariat", "partner", "operator", "auditor", "service"}
			scope in {"none", "consortium", "decided", "program", "seat", "own"}
		}
	}
}
