"""A payment provider to try things with: a process of its own that stands for somebody else's system.

It speaks like Alipay's open platform: requests and answers signed with RSA2, a cashier page, notices repeated until
they are answered with `success`, a bill of the day. It shares no code, no database and no memory with the house; only
`adapter` and `setup`, which belong to our side, know the house. No money moves here.
"""
