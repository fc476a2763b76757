"""What users write: typed models of the custom resources, from which the CRDs are generated. No I/O."""
