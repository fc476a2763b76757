/** The connections of this replica: kept up, spread over the bank's nodes, and lent to requests. */
package io.cordaoperator.creditrecord.gateway.connections;
