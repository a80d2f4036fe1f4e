"""How hypothesis tries things."""

from hypothesis import HealthCheck, settings

# A busy machine is slow, and no test is about that.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
