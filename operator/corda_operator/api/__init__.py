"""What users write: typed models of the custom resources, from which the CRDs are generated. No I/O.

`consortium` and `corda_node` are the two kinds, `conditions` what their status says; the other modules hold their
parts. `schema`, `crds` and `reference` turn the models into CustomResourceDefinitions and their documentation.
"""
