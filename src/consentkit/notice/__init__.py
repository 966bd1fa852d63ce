"""What the visitor reads: banner, preferences, notice page, placeholders."""
