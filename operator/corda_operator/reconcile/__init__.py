"""From a resource and the observed world to objects and status: pure planning, work queue, apply."""
