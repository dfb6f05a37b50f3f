"""What gateway and auth say alike about a session over HTTP."""
