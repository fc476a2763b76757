"""A Kubernetes of its own on this machine, in two flavours.

- ``pods``: real nodes with real containers. kind where a Docker engine answers; elsewhere the genuine
  Kubernetes programs, each node in namespaces of its own (``namespaces.py``).
- ``fast``: the same control plane, with nodes and pods faked by kwok, for tests without containers.

``spec``, ``pki``, ``control_plane``, ``node`` and ``addons`` say what to run with which files and objects, as data;
``namespaces``, ``machine``, ``load_balancers`` and ``loading`` are what it takes of the machine; ``lifecycle`` and
``fast`` bring it up and down. ``choice`` picks kind or our own; ``stand_ins`` adds Azure's.
"""
