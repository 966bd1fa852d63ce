"""HTML as bytes: knows the WHATWG syntax and nothing of consent. Sans-IO."""
