"""Who is asking: address, agent, place, language, signals."""
