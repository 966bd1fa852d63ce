"""Looks at a site from outside, as a visitor's browser sees it."""
