"""Tables that users bring, and what is done with them without a service."""
