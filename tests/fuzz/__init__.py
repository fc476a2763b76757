"""Coverage-guided fuzzing of everything that reads bytes from elsewhere.

`python -m tests.fuzz TARGET --seconds N` starts from the golden payloads and ends with an input beside it that
broke the reader, if one did: by another error than the one for bad input, by time, or by memory.
"""
