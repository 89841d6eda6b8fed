# METADATA
# title: Dossier
# description: |
#   The parts of the input that several rules read, with their sums and the subjects that findings
#   name. A list that is absent or malformed is an empty list here; rules then find what lacks.
# schemas:
#   - input: schema["fund.eligibility.input"]
package fund.eligibility.dossier

import data.fund.values

default members := []

# METADATA
# title: Members of the consortium
members := input.facts.members if {
	_objects(input.facts.members)
}

default lines := []

# METADATA
# title: Budget lines of the plan
lines := input.application.plan.budget_lines if {
	_objects(input.application.plan.budget_lines)
}

default tranches := []

# METADATA
# title: Tranches of the plan
tranches := input.application.plan.tranches if {
	_objects(input.application.plan.tranches)
}

# METADATA
# title: Producers counted once each
members_count := count({member.dni | some member in members; values.is_text(member.dni)})

# METADATA
# title: Programmes that pay
channels := {"agroideas", "agrobanco"}

# METADATA
# title: What the budget lines ask from one channel, in céntimos
line_total(channel) := sum([amount |
	some line in lines
	amount := line[sprintf("%s_centimos", [channel])]
	values.is_amount(amount)
])

# METADATA
# title: Cost of the whole plan, in céntimos
plan_total := line_total("total")

# METADATA
# title: What the fund is asked for, in céntimos
requested_total := line_total("agroideas") + line_total("agrobanco")

# METADATA
# title: Subject of a finding about a member
member_subject(member) := {
	"type": "producer",
	"id": object.get(member, "producer_id", null),
	"label": member_label(member),
}

# METADATA
# title: A member by name and DNI
member_label(member) := sprintf("%s (DNI %s)", [
	values.shown(member, "full_name"),
	values.shown(member, "dni"),
])

# METADATA
# title: Subject of a finding about a budget line
line_subject(line) := {
	"type": "line",
	"id": object.get(line, "line_no", null),
	"label": line_label(line),
}

# METADATA
# title: A budget line by number and description
line_label(line) := sprintf("%s (%s)", [
	values.shown(line, "line_no"),
	values.shown(line, "description"),
])

# METADATA
# title: Subject of a finding about the consortium
consortium_subject := {
	"type": "consortium",
	"id": object.get(input, ["facts", "consortium", "id"], null),
	"label": object.get(input, ["facts", "consortium", "name"], "—"),
}

# METADATA
# title: Subject of a finding about the anchor firm
anchor_subject := {
	"type": "anchor_firm",
	"id": object.get(input, ["facts", "anchor_firm", "id"], null),
	"label": sprintf("%s (RUC %s)", [
		object.get(input, ["facts", "anchor_firm", "legal_name"], "—"),
		object.get(input, ["facts", "anchor_firm", "ruc"], "—"),
	]),
}

# METADATA
# title: Subject of a finding about the tranches of a channel
channel_subject(channel) := {"type": "tranche", "id": channel, "label": channel}

_objects(list) if {
	is_array(list)
	every item in list { is_object(item) }
}
