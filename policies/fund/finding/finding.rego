# METADATA
# title: Finding
# description: One shape for what any rule finds, taken from the annotations of that rule.
package fund.finding

# METADATA
# title: Make a finding
# description: |
#   `annotations` is what rego.metadata.rule() says inside the rule; `detail` has subject, fact,
#   message_es, message_en and, when the rule reads one, parameter. A blocking rule whose parameter
#   is not enforced gives a signal. Without annotations the finding still exists and blocks.
make(annotations, detail) := object.union(_annotated(annotations), {
	"subject": detail.subject,
	"fact": detail.fact,
	"parameter": _parameter(detail),
	"message_es": detail.message_es,
	"message_en": detail.message_en,
	"severity": _severity(_annotated(annotations).severity, detail),
})

# METADATA
# title: Does any finding block?
blocks(findings) if {
	some found in findings
	found.severity == "blocking"
}

# METADATA
# title: Findings in a fixed order
# description: By severity, code and subject, so that two runs give the same bytes.
ordered(findings) := [entry.found | some entry in sort([e |
	some found in findings
	e := {
		"a_rank": object.get({"blocking": 0, "signal": 1, "info": 2}, found.severity, 0),
		"b_code": object.get(found, "code", ""),
		"c_subject": object.get(found, ["subject", "id"], ""),
		"found": found,
	}
])]

_annotated(annotations) := {field: value |
	some field, fallback in {
		"code": "UNK-000",
		"severity": "blocking",
		"rule": "",
		"norm": "",
		"source": "",
		"cure_es": "",
		"cure_en": "",
	}
	value := object.get(annotations, ["custom", field], fallback)
}

_parameter(detail) := object.filter(detail.parameter, ["key", "value", "unit", "enforce"]) if {
	is_object(detail.parameter)
} else := null

_severity("blocking", detail) := "signal" if {
	detail.parameter.enforce == false
} else := "blocking"

_severity(declared, _) := declared if declared != "blocking"
