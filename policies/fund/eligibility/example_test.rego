package fund.eligibility_test

# A consortium of ten producers that meets every rule; the tests break one thing at a time.
dnis := ["45678901", "45678902", "45678903", "45678904", "45678905", "45678906", "45678907", "45678908", "45678909", "45678910"]

valid := {
	"as_of": "2026-06-15",
	"application": {
		"id": "app_01",
		"submitted_on": "2026-06-10",
		"requested": {"agroideas_centimos": 8000000, "agrobanco_centimos": 4000000},
		"plan": {
			"budget_lines": [
				{
					"line_no": 1,
					"item": "riego",
					"description": "Riego por goteo",
					"total_centimos": 10000000,
					"agroideas_centimos": 8000000,
					"agrobanco_centimos": 0,
					"own_centimos": 2000000,
				},
				{
					"line_no": 2,
					"item": "insumos",
					"description": "Plantones de palto",
					"total_centimos": 6000000,
					"agroideas_centimos": 0,
					"agrobanco_centimos": 4000000,
					"own_centimos": 2000000,
				},
			],
			"tranches": [
				{"sequence": 1, "channel": "agroideas", "amount_centimos": 5000000, "milestone": "Compra"},
				{"sequence": 2, "channel": "agroideas", "amount_centimos": 3000000, "milestone": "Uso"},
				{"sequence": 3, "channel": "agrobanco", "amount_centimos": 4000000, "milestone": "Siembra"},
			],
		},
	},
	"call": {
		"id": "cal_01",
		"opens_on": "2026-06-01",
		"closes_on": "2026-06-30",
		"instruments": ["agroideas", "agrobanco"],
		"envelope_centimos": 500000000,
		"per_producer_cap_centimos": 2000000,
	},
	"facts": {
		"as_of": "2026-06-15",
		"consortium": {"id": "con_01", "name": "Paltos de Huanta", "cci": "01136600010003254221"},
		"anchor_firm": {
			"id": "anc_01",
			"ruc": "20131312955",
			"legal_name": "Agroexportadora Ejemplo SAC",
			"ruc_state": "ACTIVO",
			"ruc_condition": "HABIDO",
			"exporting": true,
		},
		"members": [member(i, dni) | some i, dni in dnis],
		"registers": registers,
	},
}

member(i, dni) := {
	"producer_id": sprintf("pro_%02d", [i]),
	"dni": dni,
	"full_name": sprintf("Rosa Quispe %d", [i]),
	"sex": "F",
	"born_on": "1980-03-01",
	"alive": true,
	"cci": sprintf("cci-%d", [i]),
	"ppa": {"valid_from": "2026-01-01", "valid_to": "2027-01-01"},
	"parcels": [{"code": "P1", "area_m2": 18000, "crop": "palta", "tenure": "propiedad"}],
	"total_area_m2": 18000,
	"contract": {"product": "palta", "annual_volume_kg": 9000, "price_formula": "FOB - 15 %"},
	"other_consortia": [],
}

# What public registers say of them: the same.
registers := {
	"sunat": {
		"ruc": "20131312955",
		"found": true,
		"legal_name": "AGROEXPORTADORA EJEMPLO SAC",
		"state": "ACTIVO",
		"condition": "HABIDO",
		"registered_on": "2011-06-15",
		"exporting": true,
		"coercive_debt_centimos": 0,
	},
	"sunarp": {
		"ruc": "20131312955",
		"found": true,
		"registered_on": "2011-05-20",
		"directors": [{
			"dni": "40771236",
			"full_name": "JULIA ANAYA",
			"term_from": "2022-01-10",
			"term_to": null,
		}],
	},
	"reniec": [{"dni": dni, "found": true, "full_name": sprintf("QUISPE %d, ROSA", [i]), "alive": true} | some i, dni in dnis],
	"ppa": [{"dni": dni, "found": true, "valid_from": "2024-01-01", "valid_to": null, "total_area_m2": 18000} | some dni in dnis],
	"credit": [{"dni": dni, "found": true, "classification": "NORMAL", "overdue_centimos": 0} | some dni in array.concat(dnis, ["40771236"])],
}

# The input with one change written as JSON patches.
patched(patches) := json.patch(valid, patches)

with_value(path, value) := patched([{"op": "replace", "path": path, "value": value}])

without(path) := patched([{"op": "remove", "path": path}])

codes(findings) := [found.code | some found in findings]

blocking(findings) := [found.code | some found in findings; found.severity == "blocking"]
