"""What is kept: consent log (evidence), browser log (expires), observed inventory."""
