"""Benchmarks of IRC servers as separate processes, over real loopback sockets: `python -m bench --help`.

Nothing in here imports chatdaemon: every server, ours too, is driven and measured from outside.
"""
