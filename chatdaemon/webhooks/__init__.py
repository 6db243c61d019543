"""Webhooks: what happens in a channel, sent to addresses that those who look after it have named."""
