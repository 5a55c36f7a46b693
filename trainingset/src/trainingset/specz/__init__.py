"""What is known of redshift surveys, as data."""
