"""A consortium's services: admission, store, publishing and HTTP."""
