package fund.eligibility.registers.producers_test

import data.fund.eligibility.registers.producers
import data.fund.eligibility_test as example

found(path, value) := result if {
	result := example.codes(producers.findings) with input as example.with_value(path, value)
}

missing(path) := result if {
	result := example.codes(producers.findings) with input as example.without(path)
}

severity_of(path, value) := result if {
	some one in producers.findings with input as example.with_value(path, value)
	result := one.severity
}

test_what_registers_confirm_passes if {
	count(producers.findings) == 0 with input as example.valid
}

test_nobody_is_found_where_no_register_was_asked if {
	found("/facts/registers", null) == []
}

test_a_member_who_is_not_alive_blocks if {
	found("/facts/registers/reniec/3/alive", false) == ["REG-010"]
	severity_of("/facts/registers/reniec/3/alive", false) == "blocking"
	found("/facts/registers/reniec/3", {"dni": "45678904", "found": false}) == ["REG-010"]
	missing("/facts/registers/reniec/3") == ["REG-010"]
	missing("/facts/registers/reniec/3/alive") == ["REG-010"]
	count(found("/facts/registers/reniec", [])) == 10
}

said_of_life(path, value) := {one.message_es | some one in said; one.code == "REG-010"} if {
	said := producers.findings with input as example.with_value(path, value)
}

told(messages, text) if {
	count(messages) == 1
	every message in messages {
		endswith(message, text)
	}
}

test_what_reniec_says_of_a_life_is_told if {
	told(said_of_life("/facts/registers/reniec/3/alive", false), "según el RENIEC, falleció.")
	told(said_of_life("/facts/registers/reniec/3/alive", "sí"), "según el RENIEC, sin dato.")
	told(said_of_life("/facts/registers/reniec/3/found", null), "según el RENIEC, sin dato.")
	unknown := {"dni": "45678904", "found": false}
	told(said_of_life("/facts/registers/reniec/3", unknown), "según el RENIEC, el DNI no existe.")
	lost := {"dni": "45678904", "found": false, "alive": false}
	told(said_of_life("/facts/registers/reniec/3", lost), "según el RENIEC, el DNI no existe.")
}

test_a_name_is_its_words if {
	found("/facts/registers/reniec/0/full_name", "Quispe 0, ROSA") == []
	found("/facts/registers/reniec/0/full_name", "QUISPÉ 0 ROSA") == []
	found("/facts/registers/reniec/0/full_name", "HUAMÁN 0, ROSA") == ["REG-011"]
	missing("/facts/registers/reniec/0/full_name") == ["REG-011"]
}

test_a_member_not_in_the_ppa_on_the_day_blocks if {
	found("/facts/registers/ppa/2/valid_to", "2026-06-15") == ["REG-012"]
	found("/facts/registers/ppa/2/valid_to", "2026-06-16") == []
	found("/facts/registers/ppa/2/valid_from", "2026-06-16") == ["REG-012"]
	found("/facts/registers/ppa/2", {"dni": "45678903", "found": false}) == ["REG-012"]
	missing("/facts/registers/ppa/2/valid_to") == ["REG-012"]
	severity_of("/facts/registers/ppa/2/valid_from", "2026-06-16") == "blocking"
}

test_an_area_beyond_the_tolerance_is_a_signal if {
	found("/facts/registers/ppa/2/total_area_m2", 16364) == []
	found("/facts/registers/ppa/2/total_area_m2", 16363) == ["REG-013"]
	found("/facts/registers/ppa/2/total_area_m2", 20000) == []
	found("/facts/registers/ppa/2/total_area_m2", 20001) == ["REG-013"]
	severity_of("/facts/registers/ppa/2/total_area_m2", 0) == "signal"
}

test_a_credit_class_that_is_not_normal_is_a_signal if {
	found("/facts/registers/credit/4/classification", "CPP") == ["REG-014"]
	severity_of("/facts/registers/credit/4/classification", "PERDIDA") == "signal"
	found("/facts/registers/credit/4", {"dni": "45678905", "found": false}) == []
	missing("/facts/registers/credit/4") == ["REG-014"]
}
