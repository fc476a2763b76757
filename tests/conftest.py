"""What holds for all tests."""

from hypothesis import settings

# A deadline for each example tests how busy the machine is.
settings.register_profile("without-deadline", deadline=None)
settings.load_profile("without-deadline")
