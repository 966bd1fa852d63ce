"""The edge that carries the rooms over HTTP; no decisions of its own."""
