/** Azure: the workload's identity, and the secret that it may read. */
package io.cordaoperator.creditrecord.gateway.azure;
