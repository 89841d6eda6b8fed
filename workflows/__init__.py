"""When things happen: the fund's workflows, their activities, the worker and the bridge.

Holds no truth: facts are rows of the rooms, which are reached over HTTP only. A workflow waits,
counts days and says what comes next. Imports point downwards: worker, bridge → routes →
definitions → activities → clients → steps → messages; no room is imported.
"""
