"""Who somebody is: passwords, certificates, SASL, and whoever else may vouch for people. Off the reactor."""
