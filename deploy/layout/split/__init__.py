"""The split layout on one machine: the real servers, then every service alone as a process of its
own, with the settings that the description gives it and no others.

It proves of the Compose file and the manifests what can be proven without a container engine: that
each list of settings suffices, that nothing else is needed, and that a room's secret opens no other
room's database. It cannot prove images and network policies.
"""
