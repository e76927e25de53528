package awstest

import "html/template"

// signInPage is what a page of the sign-in for programs shows.
type signInPage struct {
	Title string
	Text  string
	Code  string // to copy

	Token      string // of the consent that is asked for, or ""
	Action     string
	Client     string
	Region     string
	Identities []signInChoice
}

// signInChoice is one identity to choose.
type signInChoice struct {
	ARN, Account string
	Chosen       bool
}

// viewSignIn returns the page that asks for a consent. The first identity is chosen.
func viewSignIn(c *codeConsent, offered []*ConsoleIdentity) signInPage {
	v := signInPage{
		Title: "Allow access to your AWS account?", Token: c.token, Action: authorizePath, Region: c.region,
		Client: "AWS tools on this computer",
	}
	if c.client == clientCrossDevice {
		v.Client = "AWS tools on another computer"
	}
	for i, id := range offered {
		name, _ := id.owner.account().shown()
		v.Identities = append(v.Identities, signInChoice{id.ARN(), name, i == 0})
	}
	return v
}

// The page works without scripts, too. Allow and the code have the focus.
var signInPageTemplate = template.Must(template.New("sign-in").Parse(pageHead + `<title>{{.Title}} · AWS stand-in</title>
</head>
<body>
<header>AWS Sign-In <span>stand-in</span></header>
<main>
<h1>{{.Title}}</h1>
{{with .Text}}<p>{{.}}</p>
{{end}}{{with .Code}}<textarea id="code" readonly autofocus rows="4">{{.}}</textarea>
{{end}}{{if .Token}}<p>An application asks for credentials of your console session.</p>
<dl>
<dt>Application</dt><dd>{{.Client}}</dd>
{{with .Region}}<dt>Region</dt><dd>{{.}}</dd>
{{end}}</dl>
<form method="post" action="{{.Action}}">
<input type="hidden" name="token" value="{{.Token}}">
<fieldset>
<legend>Continue as</legend>
{{range .Identities}}<label class="choice"><input type="radio" name="identity" value="{{.ARN}}"{{if .Chosen}} checked{{end}}><span>{{.ARN}}{{with .Account}}<small>{{.}}</small>{{end}}</span></label>
{{end}}</fieldset>
<button class="approve" name="decision" value="allow" autofocus>Allow</button>
<button name="decision" value="deny">Deny</button>
</form>
{{end}}` + pageFoot))

func (s *SignIn) page(status int, v signInPage) *answer { return s.html(status, signInPageTemplate, v) }
