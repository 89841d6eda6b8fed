"""What the tests of several folders share: the servers, scratch databases, callers, waiting."""
