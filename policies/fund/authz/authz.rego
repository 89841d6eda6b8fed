# METADATA
# title: Authorisation
# description: |
#   May this principal do this action on this resource? The table of actions, roles and scopes is
#   data in actions/data.yaml. Whether the holder of a seat is still its holder is the board's own
#   question; that preparer and releaser differ is asked in fund.disbursement.
package fund.authz

import data.fund.values

default decision := {"allow": false, "reason": "role"}

# METADATA
# title: Authorisation decision
# description: |
#   reason is "role" when the role may never do the action, "object" when this resource is not
#   theirs or does not exist, and "ok" when it is allowed.
# entrypoint: true
# custom:
#   norm: Ley 27444 (TUO DS 004-2019-JUS) art. 78; Ley 29733, datos personales
decision := {"allow": true, "reason": "ok"} if {
	_known_principal
	_may
	_theirs
}

decision := {"allow": false, "reason": "object"} if {
	_known_principal
	_may
	not _theirs
}

_known_principal if {
	values.is_text(input.principal.sub)
	values.is_text(input.principal.role)
}

_scope := data.fund.authz.actions[input.action][input.principal.role]

_may if _scope in {"none", "consortium", "decided", "program"}

_may if {
	_scope == "seat"
	values.is_text(input.principal.seat)
}

_theirs if {
	_exists
	_in_scope(_scope)
	_signs_for_own_party
}

_exists if object.get(input, ["resource", "exists"], true) == true

_in_scope(scope) if scope in {"none", "seat"}

_in_scope("consortium") if _own_consortium

# Whom a ballot is about learns of it with the decision, not before.
_in_scope("decided") if {
	_own_consortium
	input.resource.state == "decided"
}

_in_scope("program") if {
	values.is_text(input.principal.program)
	input.resource.program == input.principal.program
}

_own_consortium if {
	values.is_text(input.principal.consortium_id)
	input.resource.consortium_id == input.principal.consortium_id
}

# A room that says for which party the agreement is signed has that checked too.
_signs_for_own_party if {
	party := object.get(input, ["resource", "party"], null)
	party in {null, _own_party}
}

default _own_party := null

_own_party := {"applicant": "consortium", "secretariat": "fund"}[input.principal.role]
