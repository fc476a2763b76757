/** Nodes over Corda's RPC: the only code here that knows Corda, but for the bounds of a record's content. */
package io.cordaoperator.creditrecord.gateway.corda;
