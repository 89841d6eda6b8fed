"""The commands, a group a file; each reads its desk, asks the gateway and shows the answer."""
