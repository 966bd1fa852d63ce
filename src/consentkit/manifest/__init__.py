"""What the site declares: purposes, services, cookies, retention, regions."""
