"""The only code that every room shares: what each needs and none owns.

Owns no business noun. Imports point downwards in the order that `pyproject.toml` states for
import-linter; nothing here knows a room or a workflow.
"""
