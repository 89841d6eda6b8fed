"""Everything that makes the platform run on a machine: tools, the local room, partner sandboxes."""
