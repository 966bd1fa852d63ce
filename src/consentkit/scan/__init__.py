"""Looking at a site from outside: whom its pages contact and which cookies its server sets."""
