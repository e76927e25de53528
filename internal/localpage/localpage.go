// Package localpage serves pages to the user's browser on a port of 127.0.0.1.
package localpage

import (
	"fmt"
	"net/http"
)

// page is filled with daypass's own texts only. Package html/template would make an idle
// agent 200 kB larger.
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>daypass: %[1]s</title>
<style>
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.1rem/1.5 system-ui, sans-serif; background: #f4f6f8; color: #1b2733; }
main { max-width: 26rem; margin: 1rem; padding: 2rem 2.5rem; border-radius: 1rem; background: #fff; box-shadow: 0 1px 8px #0002; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; }
p { margin: 0; }
@media (prefers-color-scheme: dark) { body { background: #12181f; color: #e6ebf0; } main { background: #1d2630; } }
</style>
<main><h1>%[1]s</h1><p>%[2]s</p></main>
</html>
`

// Write answers with a page. Title and text are not escaped: they must not contain
// anything of the request.
func Write(w http.ResponseWriter, status int, title, text string) {
	Secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, page, title, text) // The browser may be gone.
	_ = http.NewResponseController(w).Flush()
}

// Secure sets headers that keep an answer out of caches, and its address out of the
// Referer of later requests.
func Secure(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Connection", "close")
}
