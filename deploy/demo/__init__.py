"""The main job as a person would do it: over the public HTTP API, with real tokens only."""
