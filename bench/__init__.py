"""What is measured, how, and beside what: `make bench` prints one JSON line per figure.

Every figure stands beside the machine's own limit or a peer measured in the same run, as a ratio; nothing here
passes or fails. docs/performance.md tells what was reached and what was not, with the reason.
"""
