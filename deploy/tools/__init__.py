"""Pinned servers, fetched or built once into the user's cache and shared by every checkout.

Order for each tool: the cache, an acceptable version on PATH, a build from its registry through
the ordinary clients (go, mvn, apt-get) with the machine's own configuration.
"""

from deploy.tools.catalog import CATALOG, STACK_TOOLS, Tool
from deploy.tools.errors import ToolError
from deploy.tools.install import Installed, ensure, ensure_all, find

__all__ = [
    "CATALOG",
    "STACK_TOOLS",
    "Installed",
    "Tool",
    "ToolError",
    "ensure",
    "ensure_all",
    "find",
]
