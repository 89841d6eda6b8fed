"""The real servers and our own processes on one machine, without a container engine.

Everything lives in one state folder of the checkout; `python -m deploy.local` is the way in.
"""
