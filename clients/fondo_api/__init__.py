"""A client library for accessing Fondo Consorcios: board"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
