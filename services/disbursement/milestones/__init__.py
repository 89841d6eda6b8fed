"""What a payment waits for: milestones met and own contributions made, each with evidence."""
