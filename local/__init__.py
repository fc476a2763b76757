"""A whole network on one machine: cluster, Azure's stand-ins, images.

Nothing here ships to users; the product (``corda_operator``) never imports it. Everything runs as
``python -m local.<part>``, and the Makefile lists what there is.
"""
