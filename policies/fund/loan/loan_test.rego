package fund.loan_test

import data.fund.loan

test_the_programme_binds_while_its_level_is_the_lesser if {
	loan.producer_cap_centimos("2026-06-15") == 3000000
	loan.binding("2026-06-15").key == "agroperu.producer.max_credit"
}

test_the_law_binds_once_it_is_the_lesser if {
	five := {"producer.max_credit_uit": [{"value": 5, "valid_from": "2020-01-01", "valid_to": null}]}
	loan.producer_cap_centimos("2026-06-15") == 2750000 with data.fund.parameters.agrobanco as five
	loan.binding("2026-06-15").key == "agrobanco.producer.max_credit_uit" with data.fund.parameters.agrobanco as five
}

test_without_a_uit_there_is_no_cap if {
	not loan.producer_cap_centimos("2019-12-31")
	not loan.producer_cap_centimos("")
}
