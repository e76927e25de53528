package awstest

import (
	"html/template"
	"net/url"
	"strings"
)

// signinView is what a page of the sign-in shows.
type signinView struct {
	Title  string
	Text   string
	LogOut bool // shows the link to log out
}

var signinTemplate = template.Must(template.New("signin").Parse(pageHead + `<title>{{.Title}} · AWS stand-in</title>
</head>
<body>
<header>AWS Sign-In <span>stand-in</span></header>
<main>
<h1>{{.Title}}</h1>
{{with .Text}}<p>{{.}}</p>
{{end}}{{if .LogOut}}<p>To logout, <a href="/oauth?Action=logout">click here</a></p>
{{end}}` + pageFoot))

// consoleView is what the console's page shows. The title of its window has
// the first four, so that windows differ in their titles.
type consoleView struct {
	Account  string
	Identity string // as the console's corner has it: ROLE/SESSION
	Region   string // or "global" if the address names none
	Service  string

	AccountName string
	ARN         string
	Permissions string
	Ends        string
	Destination string
	SignOut     string // an address
}

var consoleTemplate = template.Must(template.New("console").Parse(pageHead + `<title>{{.Account}} · {{.Identity}} · {{.Region}} · {{.Service}} · AWS stand-in console</title>
</head>
<body>
<header>AWS console <span>stand-in</span></header>
<main class="wide">
<h1>{{if eq .Service "console"}}Console home{{else}}{{.Service}}{{end}} · {{.Region}}</h1>
<dl>
<dt>Account</dt><dd id="account">{{.Account}}{{with .AccountName}} ({{.}}){{end}}</dd>
<dt>Identity</dt><dd id="identity">{{.ARN}}</dd>
<dt>Region</dt><dd id="region">{{.Region}}</dd>
<dt>Service</dt><dd id="service">{{.Service}}</dd>
<dt>Permissions</dt><dd id="permissions">{{.Permissions}}</dd>
<dt>Session ends</dt><dd id="ends">{{.Ends}}</dd>
{{with .Destination}}<dt>Address at AWS</dt><dd id="destination">{{.}}</dd>
{{end}}</dl>
<p><a href="{{.SignOut}}">Sign out</a></p>
` + pageFoot))

// viewConsole returns what the session's page at an address shows, or nil if the address
// has a region of another partition. Without an address it is the console's home.
func viewConsole(s *consoleSession, to *url.URL, host browserHost) *consoleView {
	acct := s.key.account()
	_, identity, _ := strings.Cut(s.key.arn(), acct.id+":")
	name, _ := acct.shown()
	v := &consoleView{
		Account: acct.id, AccountName: name, ARN: s.key.arn(), Identity: strings.TrimPrefix(identity, "assumed-role/"),
		Region: "global", Service: "console", Permissions: s.key.grants(), Ends: timestamp(s.ends),
	}
	if to == nil {
		return v
	}
	v.Destination = to.String()
	if host.named {
		v.Region = host.region
	}
	if q := to.Query(); q.Has("region") {
		v.Region = q.Get("region")
		if partitionOf(v.Region) != acct.partition {
			return nil
		}
	}
	if service, _, _ := strings.Cut(strings.TrimPrefix(to.Path, "/"), "/"); service != "" {
		v.Service = service
	}
	return v
}
