"""What outlives the process: accounts, registered channels, invitations, read markers."""
