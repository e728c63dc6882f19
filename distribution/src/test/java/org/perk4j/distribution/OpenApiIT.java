package org.perk4j.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service's document for OpenAPI. */
class OpenApiIT {

    @Test
    void whatItDescribesIsServed(@TempDir Path folder) throws Exception {
        try (Served service = new Served(Perk.INSTALLATION, folder, Map.of())) {
            SwaggerParseResult document = new OpenAPIV3Parser().readContents(service.get("/openapi.yaml").body());
            assertEquals(List.of(), document.getMessages());
            assertFalse(document.getOpenAPI().getPaths().isEmpty());
            for (String limited : List.of("/v1/completions", "/v1/chat/completions", "/v1/ask")) {
                assertTrue(document.getOpenAPI().getPaths().get(limited).getPost().getResponses().keySet()
                        .containsAll(List.of("408", "413", "429", "504")), limited);
            }
            for (Map.Entry<String, PathItem> path : document.getOpenAPI().getPaths().entrySet()) {
                for (Map.Entry<PathItem.HttpMethod, Operation> operation : path.getValue().readOperationsMap().entrySet()) {
                    HttpResponse<String> response = service.send(service.to(path.getKey().replaceAll("\\{\\w+}", "none"))
                            .method(operation.getKey().name(), HttpRequest.BodyPublishers.ofString("{}")));
                    String asked = operation.getKey() + " " + path.getKey() + ": " + response.body();
                    assertTrue(response.statusCode() != 405 && response.statusCode() != 500
                            && !response.body().contains("unknown_url"), asked);
                    assertTrue(operation.getValue().getResponses().containsKey(Integer.toString(response.statusCode()))
                            || operation.getValue().getResponses().getDefault() != null, asked);
                }
            }
        }
    }
}
