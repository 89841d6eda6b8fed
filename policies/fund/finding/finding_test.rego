package fund.finding_test

import data.fund.finding

detail := {"subject": {"type": "line", "id": 1, "label": "1"}, "fact": {}, "message_es": "a", "message_en": "b"}

test_without_annotations_a_finding_blocks if {
	found := finding.make({}, detail)
	found.code == "UNK-000"
	found.severity == "blocking"
	found.parameter == null
	finding.blocks({found})
}

test_an_unenforced_parameter_makes_a_signal if {
	parameter := {"key": "a.b", "value": 1, "unit": "count", "enforce": false, "source": "x"}
	found := finding.make({"custom": {"code": "AAA-001"}}, object.union(detail, {"parameter": parameter}))
	found.severity == "signal"
	found.parameter == {"key": "a.b", "value": 1, "unit": "count", "enforce": false}
	not finding.blocks({found})
}

test_a_signal_stays_a_signal if {
	finding.make({"custom": {"severity": "signal"}}, detail).severity == "signal"
	finding.make({"custom": {"severity": "info"}}, detail).severity == "info"
}

test_the_order_is_severity_code_subject if {
	entries := [
		{"severity": "info", "code": "A-1", "subject": {"id": 1}},
		{"severity": "signal", "code": "A-1", "subject": {"id": 1}},
		{"severity": "blocking", "code": "B-1", "subject": {"id": 2}},
		{"severity": "blocking", "code": "B-1", "subject": {"id": 1}},
		{"severity": "blocking", "code": "A-1"},
	]
	finding.ordered({entry | some entry in entries}) == [entries[i] | some i in [4, 3, 2, 1, 0]]
}
