"""Resources as users would write them."""

import copy
from typing import Any

import yaml

Object = dict[str, Any]

_DOCUMENTS = """
apiVersion: corda-operator.io/v1alpha1
kind: Consortium
metadata: {name: credit-records}
spec:
  hosted:
    keyVault: {url: "https://founder.vault.azure.net"}
    storage: {accountURL: "https://founder.blob.core.windows.net"}
    trustRoot: {organisation: Example Consortium, locality: London, country: GB}
    workloadIdentity: {clientID: 7d5c2a10-0000-4000-8000-0000000000d1}
    networkParameters: {eventHorizon: 14d}
    networkMap:
      publicURL: http://network.example.com:8080
      exposure: {type: InternalLoadBalancer, ipAddress: 10.1.0.4}
    revocations:
      - {serialNumber: "123", reason: keyCompromise}
  members:
    - {name: bank-a, organisation: Bank A, profile: Medium, nodePool: banka}
    - {name: bank-b, organisation: Bank B, legalNames: ["O=Bank B, L=Paris, C=FR"]}
  notaries:
    - {serviceLegalName: "O=Notary Service, L=London, C=GB"}
---
apiVersion: corda-operator.io/v1alpha1
kind: Consortium
metadata: {name: elsewhere}
spec:
  joined:
    identityManagerURL: https://identity.example.com
    networkMapURL: https://map.example.com
    trustRoot: |
      -----BEGIN CERTIFICATE-----
      MIIB
      -----END CERTIFICATE-----
---
apiVersion: corda-operator.io/v1alpha1
kind: CordaNode
metadata: {name: bank-a}
spec:
  legalName: O=Bank A, L=London, C=GB
  consortiumRef: {name: credit-records}
  keyVault: {url: "https://bank-a.vault.azure.net"}
  workloadIdentity: {clientID: 7d5c2a10-0000-4000-8000-0000000000d2}
  zones: [westeurope-1, westeurope-2]
  p2p: {address: bank-a.example.com, exposure: {type: InternalLoadBalancer}}
  rpc:
    users:
      - {name: gateway, passwordSecret: bank-a-gateway, permissions: [StartFlow.com.example.CreateRecord]}
  storage: {size: 20Gi, className: managed-csi-premium}
  cordapps:
    - name: credit-record
      url: https://artefacts.example.com/credit-record.jar
      sha256: 6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b
      configuration: {ratings: {largest: 850}}
  configuration: {flowTimeout: {timeout: 30 seconds}}
---
apiVersion: corda-operator.io/v1alpha1
kind: CordaNode
metadata: {name: notary}
spec:
  legalName: O=Notary, L=London, C=GB
  consortiumRef: {name: credit-records}
  notary: {serviceLegalName: "O=Notary Service, L=London, C=GB"}
  keyVault: {url: "https://founder.vault.azure.net", secretPrefix: notary}
  workloadIdentity: {clientID: 7d5c2a10-0000-4000-8000-0000000000d3}
  resources: {requests: {cpu: 1, memory: 2Gi}, limits: {memory: 2Gi}}
  database:
    postgresql: {host: db.example.com, name: corda, user: corda, passwordSecret: notary-database}
"""
_BY_NAME = {each["metadata"]["name"]: each for each in yaml.safe_load_all(_DOCUMENTS)}
NAMES = tuple(_BY_NAME)


def example(name: str) -> Object:
    """Return a copy of one of the resources."""
    return copy.deepcopy(_BY_NAME[name])
