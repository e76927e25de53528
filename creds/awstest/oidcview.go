package awstest

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"html/template"
)

// view is what a page shows. Do not change titles and the labels of buttons:
// tests find windows and buttons by them.
type view struct {
	Title    string
	Text     string
	Action   string   // where the form goes
	Token    string   // of the consent asked for, if one is
	Client   string   // who asks
	Scopes   []string // for what
	StartURL string
	UserCode string // to compare
	AskCode  bool   // shows a field for the code
}

// The page works without scripts, too. Approve has the focus, so that Return does.
var pageTemplate = template.Must(template.New("page").Parse(pageHead + `<title>{{.Title}} · AWS stand-in</title>
</head>
<body>
<header>IAM Identity Center <span>stand-in</span></header>
<main>
<h1>{{.Title}}</h1>
{{with .Text}}<p>{{.}}</p>
{{end}}{{if .AskCode}}<form method="get" action="{{.Action}}">
<p><label for="user_code">The code that the application shows</label></p>
<input id="user_code" name="user_code" autocomplete="off" autofocus required placeholder="ABCD-EFGH" size="12">
<button class="approve">Next</button>
</form>
{{end}}{{if .Token}}<p>An application asks for access to your AWS accounts and applications.</p>
<dl>
<dt>Application</dt><dd>{{.Client}}</dd>
<dt>Start URL</dt><dd>{{.StartURL}}</dd>
{{with .Scopes}}<dt>Scopes</dt><dd>{{range .}}{{.}} {{end}}</dd>
{{end}}{{with .UserCode}}<dt>Compare this code with the one that the application shows</dt><dd class="code">{{.}}</dd>
{{end}}</dl>
<form method="post" action="{{.Action}}">
<input type="hidden" name="token" value="{{.Token}}">
<button class="approve" name="decision" value="approve" autofocus>Approve</button>
<button name="decision" value="deny">Deny</button>
</form>
{{end}}` + pageFoot))

// sentOnce has a form sent once, and the title say that it is on its way: a slow machine
// keeps the page for seconds after the button, and who presses again would send it twice.
const sentOnce = `addEventListener("submit", sent => {
if (document.title === "Sending…") sent.preventDefault();
document.title = "Sending…";
});`

// The start and end of every page.
const (
	pageHead = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0; background: #f2f3f3; color: #16191f; font: 16px/1.5 "Helvetica Neue", Arial, sans-serif; }
header { background: #232f3e; color: #fff; padding: 14px 24px; font-weight: bold; }
header span { color: #ffb84d; }
main { max-width: 30em; margin: 48px auto; padding: 24px 32px; background: #fff; border: 1px solid #d5dbdb; border-radius: 8px; }
h1 { font-size: 1.4em; margin: 0 0 .6em; }
dt { color: #545b64; font-size: .85em; }
dd { margin: 0 0 .8em; overflow-wrap: anywhere; }
.wide { max-width: 40em; margin: 32px; }
.wide dl { display: grid; grid-template-columns: max-content 1fr; gap: .5em 1.5em; align-items: baseline; }
.wide dd { margin: 0; }
.code { font: bold 2em/1.2 monospace; letter-spacing: .1em; }
input { margin-right: 8px; font: inherit; font-family: monospace; padding: 6px 10px; text-transform: uppercase; }
button { font: inherit; font-weight: bold; padding: 8px 24px; margin: 8px 8px 0 0; border: 1px solid #545b64; border-radius: 6px; background: #fff; color: #16191f; cursor: pointer; }
button.approve { background: #b25000; border-color: #8a3d00; color: #fff; }
button:focus-visible, input:focus-visible, textarea:focus-visible { outline: 3px solid #0073bb; outline-offset: 2px; }
textarea { box-sizing: border-box; width: 100%; font: inherit; font-family: monospace; padding: 8px 12px; border: 1px solid #545b64; border-radius: 6px; resize: none; }
fieldset { margin: 0 0 12px; padding: 8px 16px 12px; border: 1px solid #d5dbdb; border-radius: 6px; }
legend { color: #545b64; font-size: .85em; padding: 0 4px; }
.choice { display: flex; align-items: baseline; margin-top: 6px; overflow-wrap: anywhere; line-height: 1.3; }
.choice small { display: block; color: #545b64; }
footer { color: #545b64; font-size: .85em; margin-top: 2em; }
</style>
`
	pageFoot = `<script>` + sentOnce + `</script>
<footer>This is a stand-in for AWS on this computer, made for tests and demonstrations. Nothing here reaches AWS.</footer>
</main>
</body>
</html>
`
)

func (s *SSO) show(status int, v view) *answer { return s.html(status, pageTemplate, v) }

// html is a page that is not cached or framed.
func (w *wire) html(status int, t *template.Template, v any) *answer {
	var b bytes.Buffer
	if err := t.Execute(&b, v); err != nil { // a field that v lacks
		panic(err)
	}
	ans := w.newAnswer(status, mintRequestID(), "text/html; charset=utf-8", b.Bytes())
	ans.header.Set("Cache-Control", "no-store")
	script := sha256.Sum256([]byte(sentOnce))
	ans.header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-"+
		base64.StdEncoding.EncodeToString(script[:])+"'; frame-ancestors 'none'; base-uri 'none'")
	ans.header.Set("Referrer-Policy", "no-referrer")
	return ans
}
