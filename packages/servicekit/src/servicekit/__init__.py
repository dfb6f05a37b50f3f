"""HTTP plumbing that the services share. Knows no Redis and no sessions."""
