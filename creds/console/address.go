package console

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"daypass/internal/lang"
	"daypass/internal/partition"
	"daypass/internal/words"
)

const (
	// maxAddress is above the longest ones, which hold a query of CloudWatch.
	maxAddress = 16 << 10
	// regionMark is where a region goes.
	regionMark = "{region}"
	// regionStandIn replaces the mark while an address is taken apart, as no host has
	// braces. It is no region's name, and does not complete an escape after a "%".
	regionStandIn = "where-the-region-goes"
)

// address is the address of a page of the console, taken apart. Its parts are
// escaped, with regionStandIn for the mark.
type address struct {
	partition partition.Partition
	// labels are the parts before the console's host, without those that name a
	// session: a region, or before it a service.
	labels   []string
	path     string
	query    []string // name=value
	fragment string
}

var (
	markPattern = regexp.MustCompile(`(?i)(\{|%7b)region(\}|%7d)`)
	// accountPattern is an account in a host. With multi-session support
	// the first label is one with a hash behind it.
	// https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/multisession.html
	accountPattern = regexp.MustCompile(`\d{12}`)
	labelPattern   = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
)

// parseAddress reads the address of a page. Its errors are sentences and do not
// repeat it, as it may hold secrets.
func parseAddress(text, endpoint string) (*address, error) {
	text = unwrap(strings.TrimSpace(text), endpoint)
	if len(text) > maxAddress {
		return nil, lang.Error("the address is too long for a page of the AWS console")
	}
	if !words.IsOneLine(text) {
		return nil, errNoPage
	}
	text = markPattern.ReplaceAllString(text, regionStandIn)
	text, fragment, _ := strings.Cut(text, "#")
	text, query, _ := strings.Cut(text, "?")
	if strings.Contains(text, `\`) {
		return nil, errNoPage // only browsers end the host there
	}
	u, err := url.Parse(escapeStray(text))
	if err != nil || u.Scheme != "https" || u.Opaque != "" || u.Port() != "" && u.Port() != "443" {
		return nil, errNoPage
	}
	a := &address{path: u.EscapedPath(), fragment: escapeStray(fragment)}
	if a.path == "" {
		a.path = "/"
	}
	a.query = strings.FieldsFunc(escapeStray(query), func(r rune) bool { return r == '&' })
	return a, a.readHost(strings.ToLower(u.Hostname()))
}

var errNoPage = lang.Error("this is no page of the AWS console; copy an address that begins like https://eu-west-1.console.aws.amazon.com/")

// unwrap returns the AWS address in that of a page at a custom sign-in endpoint, which
// is /console?dest=ADDRESS there. It returns other addresses unchanged.
func unwrap(text, endpoint string) string {
	u, err := url.Parse(text)
	own, ownErr := url.Parse(endpoint)
	if endpoint == "" || err != nil || ownErr != nil || u.Scheme != own.Scheme || !strings.EqualFold(u.Host, own.Host) {
		return text
	}
	if dest := u.Query().Get("dest"); strings.HasSuffix(u.Path, "/console") && dest != "" {
		return dest
	}
	return text
}

// readHost takes the host apart, which names the partition.
func (a *address) readHost(host string) error {
	for _, p := range partition.All() {
		rest, ok := strings.CutSuffix("."+host, "."+p.Console)
		if !ok {
			continue
		}
		a.partition = p
		if rest == "" {
			return nil
		}
		for _, label := range strings.Split(rest[1:], ".") {
			if accountPattern.MatchString(label) {
				continue
			}
			if !labelPattern.MatchString(label) {
				return errNoPage
			}
			a.labels = append(a.labels, label)
		}
		for i, label := range a.labels {
			of, ok := partition.Of(label)
			if i > 1 || ok && (of.Name != p.Name || i != len(a.labels)-1) {
				return errNoPage
			}
		}
		return nil
	}
	return errNoPage
}

// escapeStray escapes what browsers allow in an address but standards do not.
func escapeStray(text string) string {
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}#", c) >= 0 || c == '%' && !percentEscape.MatchString(text[i:min(i+3, len(text))]) {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// marked reports whether a region is to be filled in.
func (a *address) marked() bool { return strings.Contains(a.in(regionStandIn), regionStandIn) }

// String returns the whole address, with the mark.
func (a *address) String() string { return a.in(regionMark) }

// in returns the whole address, with a region in place of the mark.
func (a *address) in(region string) string {
	var b strings.Builder
	b.WriteString("https://" + strings.Join(append(slices.Clone(a.labels), a.partition.Console), ".") + a.path)
	if len(a.query) > 0 {
		b.WriteString("?" + strings.Join(a.query, "&"))
	}
	if a.fragment != "" {
		b.WriteString("#" + a.fragment)
	}
	return strings.ReplaceAll(b.String(), regionStandIn, region)
}

// regionParameter is a region in a query, or in a fragment that has one.
var regionParameter = regexp.MustCompile(`(?i)(^|[?&;])(region=)([a-z0-9-]+)`)

// setRegion puts a region where the address names one.
func (a *address) setRegion(region string) {
	if n := len(a.labels); n > 0 && (a.labels[n-1] == regionStandIn || a.partition.Has(a.labels[n-1])) {
		a.labels[n-1] = region
	}
	for i, part := range a.query {
		a.query[i] = a.replaceRegion(part, region)
	}
	a.fragment = a.replaceRegion(a.fragment, region)
}

func (a *address) replaceRegion(text, region string) string {
	return regionParameter.ReplaceAllStringFunc(text, func(match string) string {
		m := regionParameter.FindStringSubmatch(match)
		if m[3] != regionStandIn && !a.partition.Has(m[3]) {
			return match
		}
		return m[1] + m[2] + region
	})
}
