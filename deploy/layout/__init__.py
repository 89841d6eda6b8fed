"""The one description of everything that is deployed, and what is written from it.

`services.SERVICES` says of each deployable what it runs, which settings and secrets it is given and
no others, whom it may reach and how it is watched. The Compose file, the Kubernetes manifests, the
gateway's routes and the page of settings are written from it (`make layout`), and
`make split-layout` starts every service alone by it. This package imports no room.
"""
