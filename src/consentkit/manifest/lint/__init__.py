"""What the law or good practice asks of a manifest that is well-formed: rules L1 to L32, in groups."""
