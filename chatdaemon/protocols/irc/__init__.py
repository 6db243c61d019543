"""IRC as modern.ircdocs.horse and the IRCv3 specifications describe it, on the realm's events."""
