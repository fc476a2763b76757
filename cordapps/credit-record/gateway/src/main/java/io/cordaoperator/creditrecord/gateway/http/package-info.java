/** The HTTP side: paths, headers, documents, problems. */
package io.cordaoperator.creditrecord.gateway.http;
