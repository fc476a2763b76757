"""What holds for all tests."""

from hypothesis import HealthCheck, settings

# A deadline for each example, and for making one, tests how busy the machine is.
settings.register_profile("without-deadline", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("without-deadline")
