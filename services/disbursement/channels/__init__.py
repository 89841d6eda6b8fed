"""The ways money leaves: one interface (`protocol`), one module a partner."""
