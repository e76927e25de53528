package console_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"daypass/creds"
	"daypass/creds/browsers"
	"daypass/creds/console"
)

// hostile are names that have broken other tools' addresses, and worse.
var hostile = []string{
	"prod", "my prod", `&#+%"'`, "a&url=https://evil.example", "100%", "%26", "%2526", "a+b", "a=b", "💥 Ünï cödé", "name?x", "a/b\\c",
	"<script>", "ext+container:name=x", "a;b", " two  spaces ", "%", "%zz", "日本", "{url}", "$(id)", "`id`", "-flag",
}

// asAddOn reads an address as Firefox and either add-on do. Firefox puts the
// address into "opener.html#%s", escaped by encodeURIComponent; the add-on undoes
// that once, cuts off the scheme, and has URLSearchParams read the rest.
func asAddOn(t *testing.T, addOn browsers.AddOn, address string) url.Values {
	t.Helper()
	hash := encodeURIComponent(asURL(address))
	plain, err := url.PathUnescape(hash) // decodeURIComponent: "+" stays
	if err != nil {
		t.Fatal(err)
	}
	rest, ok := strings.CutPrefix(plain, "ext+"+string(addOn)+":")
	if !ok {
		t.Fatalf("%q is not for %s", plain, addOn)
	}
	values := url.Values{}
	for part := range strings.SplitSeq(rest, "&") {
		name, value, _ := strings.Cut(part, "=")
		values.Add(searchParam(name), searchParam(value))
	}
	return values
}

// searchParam decodes as URLSearchParams: what is no escape stays as it is.
// https://url.spec.whatwg.org/#concept-urlencoded-parser
func searchParam(text string) string {
	var b []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]):
			one, _ := url.PathUnescape(text[i : i+3])
			b = append(b, one...)
			i += 2
		default:
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

// asURL is what the parser of addresses makes of one with an opaque path: it
// escapes what is not printable ASCII. https://url.spec.whatwg.org/#c0-control-percent-encode-set
func asURL(text string) string {
	var b strings.Builder
	for _, c := range []byte(strings.TrimSpace(text)) {
		if c < ' ' || c > '~' {
			b.WriteString(url.PathEscape(string([]byte{c})))
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// encodeURIComponent leaves letters, digits and -_.!~*'() as they are.
func encodeURIComponent(text string) string {
	escaped := strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	return strings.NewReplacer("%21", "!", "%27", "'", "%28", "(", "%29", ")", "%2A", "*").Replace(escaped)
}

func TestAnAddOnGetsTheNameAndTheAddressVerbatim(t *testing.T) {
	for _, addOn := range []browsers.AddOn{browsers.OpenInContainer, browsers.GrantedContainers} {
		for _, name := range hostile {
			for _, address := range append([]string{"http://127.0.0.1:41234/x?a=b&c=d#e"}, hostile...) {
				c := console.Container{Name: name, Colour: "turquoise", Icon: "briefcase"}
				got := asAddOn(t, addOn, must[string](t)(c.Wrap(addOn, address)))
				if got.Get("name") != name || got.Get("url") != address || got.Get("color") != "turquoise" || got.Get("icon") != "briefcase" || len(got) != 4 {
					t.Errorf("%s, %q and %q: %v", addOn, name, address, got)
				}
			}
		}
	}
}

func TestTheContainersAddressHasTheAddOnsForm(t *testing.T) {
	for addOn, want := range map[browsers.AddOn]string{
		browsers.OpenInContainer:   "ext+container:name=my%20prod&url=http%3A%2F%2F127.0.0.1%2Fx%3Fa%3Db&color=&icon=",
		browsers.GrantedContainers: "ext+granted-containers:name=my%20prod&url=http%3A%2F%2F127.0.0.1%2Fx%3Fa%3Db&color=&icon=",
	} {
		if got, err := (console.Container{Name: "my prod"}).Wrap(addOn, "http://127.0.0.1/x?a=b"); err != nil || got != want {
			t.Errorf("%s: %s, %v", addOn, got, err)
		}
	}
	for name, c := range map[string]console.Container{
		"is no name for a container": {Name: "a\nb"}, `"  " is no name`: {Name: "  "}, `"\xff" is no name`: {Name: "\xff"},
		`"mauve" is no colour of a container; use one of blue,`:    {Name: "x", Colour: "mauve"},
		`"skull" is no icon of a container; use one of fingerprin`: {Name: "x", Icon: "skull"},
	} {
		if got, err := c.Wrap(browsers.OpenInContainer, "x"); err == nil || got != "" || !strings.Contains(err.Error(), name) {
			t.Errorf("%+v: %s, %v", c, got, err)
		}
	}
	if _, err := (console.Container{Name: "x"}).Wrap("", "x"); err == nil {
		t.Error("no add-on is one")
	}
}

func TestAnAccountHasItsColour(t *testing.T) {
	seen := map[string]int{}
	for i := range 1000 {
		account := strings.Repeat("0", 8) + string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10), '7'})
		colour := console.ColourOf(account)
		if err := console.CheckColour(colour); err != nil || colour == "" || colour != console.ColourOf(account) {
			t.Errorf("%s: %q, %v", account, colour, err)
		}
		seen[colour]++
	}
	for _, colour := range creds.ContainerColours() {
		if seen[colour] < 60 {
			t.Errorf("of 1,000 accounts, %d are %s", seen[colour], colour)
		}
	}
	// For good: containers keep the colour that they were made with.
	if got := console.ColourOf("111111111111"); got != "turquoise" {
		t.Errorf("111111111111 is %s", got)
	}
}

func FuzzContainer(f *testing.F) {
	for _, name := range hostile {
		f.Add(name, "http://127.0.0.1:41234/x?a=b&c=d#e", true)
		f.Add("x", name, false)
	}
	f.Fuzz(func(t *testing.T, name, address string, granted bool) {
		addOn := browsers.OpenInContainer
		if granted {
			addOn = browsers.GrantedContainers
		}
		wrapped, err := console.Container{Name: name, Colour: "red"}.Wrap(addOn, address)
		if bad := strings.TrimSpace(name) == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl); bad || err != nil {
			if !bad || err == nil {
				t.Errorf("%q: %v", name, err)
			}
			return
		}
		if got := asAddOn(t, addOn, wrapped); got.Get("name") != name || utf8.ValidString(address) && got.Get("url") != address || len(got) != 4 {
			t.Errorf("%q and %q: %v", name, address, got)
		}
	})
}
