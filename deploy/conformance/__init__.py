"""Black-box checks of a partner's sandbox, and of our callback endpoint, for whoever builds one.

`python -m deploy.conformance agroideas|agrobanco|fund [--url …]`: each check has an id, the rule
that it holds the other side to, and the cure. It imports no room and nothing of the sandbox.
"""
