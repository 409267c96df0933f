package api

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"
)

const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Casepath API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<noscript><p>This page draws the contract with a script. The contract itself is at <a href="/openapi.yaml">/openapi.yaml</a>.</p></noscript>
<main id="docs"></main>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const docsStart = `SwaggerUIBundle({url: "/openapi.yaml", dom_id: "#docs", deepLinking: true, docExpansion: "list",
  validatorUrl: null, presets: [SwaggerUIBundle.presets.apis]});
`

// docs serves the contract at /openapi.yaml and a page that reads it at /docs,
// all assets embedded. Its own content policy lets it run its one script and
// speak to this origin, no other.
func docs(e *echo.Echo) {
	assets := http.StripPrefix("/docs/assets", statigz.FileServer(static.FS))
	policy := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			c.Response().Header().Set("Content-Security-Policy",
				"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'")
			return next(c)
		}
	}
	e.GET("/openapi.yaml", func(c echo.Context) error { return c.Blob(http.StatusOK, "application/yaml", contract) })
	e.GET("/docs", func(c echo.Context) error { return c.HTML(http.StatusOK, docsPage) }, policy)
	e.GET("/docs/start.js", func(c echo.Context) error { return c.Blob(http.StatusOK, "text/javascript", []byte(docsStart)) }, policy)
	e.GET("/docs/assets/*", echo.WrapHandler(assets), policy)
}
