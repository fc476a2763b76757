/** What the gateway wants of a node, in its own words: no Corda, no HTTP. */
package io.cordaoperator.creditrecord.gateway.ledger;
