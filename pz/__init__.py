"""What passes between this service and a PZ Server: products in, training sets out."""
