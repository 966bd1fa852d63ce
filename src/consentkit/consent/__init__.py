"""What the visitor allowed: choice cookie, regime and signals become one Decision."""
