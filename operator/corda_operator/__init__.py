"""Runs Corda 4 networks on Kubernetes: operator, network services and enrolment."""

__version__ = "0.1.0"
