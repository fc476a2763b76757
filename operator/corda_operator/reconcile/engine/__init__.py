"""What runs the plans: the world as watched, work at one key at a time, and everything that talks to others.

The planning half of ``reconcile`` decides and does no I/O; here is the half that looks and acts. A step may end at any
line: the next one looks anew, so nothing depends on what was remembered.
"""
