"""What is let through: pure functions of a Decision and a thing to a thing."""
