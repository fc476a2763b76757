/** What the gateway does with a request: which node it asks, and when it may ask again. */
package io.cordaoperator.creditrecord.gateway.requests;
