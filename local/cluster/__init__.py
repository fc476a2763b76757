"""A Kubernetes of its own on this machine, in two flavours.

- ``pods``: real nodes with real containers. kind where a Docker engine answers; elsewhere the genuine
  Kubernetes programs, each node in namespaces of its own (``namespaces.py``).
- ``fast``: the same control plane, with nodes and pods faked by kwok, for tests without containers.

``spec.py``, ``pki.py``, ``control_plane.py`` and ``node.py`` say what to run with which files, as data;
``lifecycle.py`` does it.
"""
