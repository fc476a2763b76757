"""The Consortium's plan: its network services, trust root and status."""
