/* global SwaggerUIBundle */

/** Shows the document, with a lock on each operation only where this host requires a token. */
async function start() {
  const [document, attempt] = await Promise.all([
    fetch('/openapi.json').then((response) => response.json()),
    fetch('/v1/providers'),
  ]);
  document.security = attempt.status === 401 ? [{ jwt: [] }] : [];
  SwaggerUIBundle({
    spec: document,
    dom_id: '#reference',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    // The validator is a service on the web, and this page loads from its own host only.
    validatorUrl: null,
  });
}

start();
