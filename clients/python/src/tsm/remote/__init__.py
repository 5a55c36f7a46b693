"""The service from afar: connection, uploads, jobs and what they answer."""
