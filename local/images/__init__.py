"""The container images that a network is made of, built without a registry.

    recipes   which images there are and what goes into each
    context   the files a build sees
    bases     the root file systems that local builds start from
    engines   Docker where it answers, buildah where not
    archives  one file per image in the cache, named by what went in
    sandbox   containers of an image, started without a cluster
    corda     what genuine nodes in a sandbox are given

``ensure`` is all that others need.
"""

from local.images.archives import Image
from local.images.builder import ensure

__all__ = ["Image", "ensure"]
