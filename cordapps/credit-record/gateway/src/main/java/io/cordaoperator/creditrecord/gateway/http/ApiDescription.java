package io.cordaoperator.creditrecord.gateway.http;

import io.swagger.v3.oas.annotations.OpenAPIDefinition;
import io.swagger.v3.oas.annotations.info.Info;
import io.swagger.v3.oas.annotations.servers.Server;
import org.springframework.context.annotation.Configuration;

/** The head of the OpenAPI document. */
@Configuration
@OpenAPIDefinition(
    info = @Info(title = "Credit record gateway", version = "1.0.0", description = """
        Writes and reads credit records that two banks share over Corda, through the nodes of one of them. \
        Problems come as application/problem+json (RFC 9457)."""),
    servers = @Server(url = "/"))
class ApiDescription {
}
