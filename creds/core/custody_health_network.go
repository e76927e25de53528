package core

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"daypass/creds"
	"daypass/creds/awscall"
	"daypass/creds/profile"
	"daypass/internal/lang"
	"daypass/internal/outage"
	"daypass/internal/safely"
	"daypass/internal/words"
)

// mostPlaces is how many endpoints are asked at the same time.
const mostPlaces = 24

// way is an endpoint that profiles use, and what became of asking it.
type way struct {
	awscall.Place

	reached awscall.Reached
	err     error
}

// lookAtNetwork asks the endpoints of the regions in use, all at the same time, and
// compares the clock with theirs.
func (d doctor) lookAtNetwork(ctx context.Context) []finding {
	c := check{id: "network", topic: creds.TopicNetwork}
	ways, found := d.ways(ctx, c)
	var asked sync.WaitGroup
	for _, w := range ways {
		asked.Go(func() {
			w.err = safely.Do(d.cfg.Log, "the way to "+w.URL.Host, func() (err error) {
				w.reached, err = w.Reach(ctx)
				return err
			})
		})
	}
	asked.Wait()
	dated := false
	for _, w := range ways {
		found = append(found, w.finding(c))
		if !dated && w.err == nil && w.reached.Dated {
			dated = true
			found = append(found, clockFinding(w))
		}
	}
	if !dated {
		clock := check{id: "clock", topic: creds.TopicClock}
		found = append(found, clock.unknown("", lang.T("The clock"), lang.T("AWS was not reached, so that the clock could not be compared with AWS’s.")))
	}
	return found
}

// ways returns the endpoints that profiles use, and what is wrong with settings about them.
func (d doctor) ways(ctx context.Context, c check) (ways []*way, found []finding) {
	seen := map[string]bool{}
	add := func(of string, err error, places ...awscall.Place) {
		if err != nil {
			found = append(found, c.because(creds.SeverityError, "settings-"+of, lang.Sprintf("%s says how AWS is reached, and cannot be followed", of), err, of))
			return
		}
		for _, p := range places {
			// A profile's own certificates make another way to the same place.
			if key := p.URL.String() + " " + p.Trusts; !seen[key] && len(ways) < mostPlaces {
				seen[key] = true
				ways = append(ways, &way{Place: p})
			}
		}
	}
	set, resolver := d.files.set(), d.resolver()
	for _, name := range slices.Sorted(maps.Keys(set.Profiles)) {
		chain, err := resolver.Resolve(name)
		if err != nil && !isUnread(err) || ctx.Err() != nil {
			continue // found by another check
		}
		if chain.Source == creds.KindConsole {
			of := d.loginOf(chain.Base)
			p, err := d.aws.SigninPlace(ctx, of.Region, of.Endpoint)
			add(name, err, p)
		}
		if len(chain.Roles) == 0 && (chain.Source == creds.KindConsole || chain.SSOSession != "") {
			continue // it asks STS for nothing
		}
		p, err := d.aws.STSPlace(ctx, set.Profiles[name], chain.STSRegion())
		add(name, err, p)
	}
	for _, id := range slices.Sorted(maps.Keys(set.Sessions)) {
		places, err := d.aws.IdentityCenterPlaces(ctx, set.Sessions[id].Region)
		add(id, err, places...)
	}
	if len(ways) == 0 && len(found) == 0 {
		p, err := d.aws.STSPlace(ctx, profile.Profile{}, profile.PartitionRegion(""))
		add("AWS", err, p)
	}
	return ways, found
}

func (w *way) finding(c check) finding {
	host, proxy := w.URL.Host, w.Proxy()
	through := lang.T("without a proxy")
	if proxy != "" {
		through = lang.Sprintf("through the proxy %s", proxy)
	}
	switch {
	case w.err == nil && w.reached.Status == http.StatusProxyAuthRequired:
		return c.found(creds.SeverityError, w.URL.String(), lang.Sprintf("%s is not reached", host),
			lang.Sprintf("It was asked %s, which wants a name and a password.", through)).
			advise(lang.T("Give both in HTTPS_PROXY, as in http://name:password@host:port. The agent keeps the proxy that it was started with; end it, so that it starts anew."))
	case w.err == nil:
		return c.found(creds.SeverityOK, w.URL.String(), lang.Sprintf("%s is reached", host), lang.Sprintf("It was asked %s.", through))
	case errors.Is(w.err, context.DeadlineExceeded):
		return c.found(creds.SeverityError, w.URL.String(), lang.Sprintf("%s is not reached", host),
			lang.Sprintf("It was asked %s, and did not answer within %s.", through, checkLimit-checkMargin)).advise(reachAdvice(w.err))
	}
	return c.found(creds.SeverityError, w.URL.String(), lang.Sprintf("%s is not reached", host),
		lang.Sprintf("It was asked %s: %s.", through, outage.Words(w.err))).advise(reachAdvice(w.err))
}

func reachAdvice(err error) string {
	return cmp.Or(outage.Advice(err), lang.T("Look at the connection, and at HTTPS_PROXY if you are behind a proxy. The agent keeps the proxy that it was started with; to change it: daypass stop"))
}

// clockFinding compares the clock with that of an endpoint.
func clockFinding(w *way) finding {
	c := check{id: "clock", topic: creds.TopicClock}
	off := w.reached.Ahead.Round(time.Second)
	if off.Abs() <= awscall.ClockTolerance {
		return c.ok(lang.T("The clock is right"), lang.Sprintf("It differs from that of %s by less than %s.", w.URL.Host, words.Duration(awscall.ClockTolerance)))
	}
	return c.found(creds.SeverityWarning, "", lang.T("The clock is wrong"),
		lang.Sprintf("This computer’s clock is %s, as %s has it: times that are shown are off by as much, and MFA codes may be refused.", words.ClockOff(off), w.URL.Host)).
		advise(lang.T("Set this computer’s clock; on Linux: sudo timedatectl set-ntp true"))
}

// lookAtEnvironment looks at what decides how AWS is reached.
func (d doctor) lookAtEnvironment(ctx context.Context) []finding {
	c := check{id: "environment", topic: creds.TopicNetwork}
	var found []finding
	if _, err := awscall.Load(ctx); err != nil {
		found = append(found, c.found(creds.SeverityError, "agent", lang.T("The agent could not start again"), sentence(err.Error())).
			advise(lang.T("Correct the variable, or the file that it names, where the agent gets its variables from.")))
	}
	own := creds.ReachEnvironment(os.Getenv)
	if d.client != nil {
		for _, name := range slices.Sorted(maps.Keys(variablesOf(own, d.client))) {
			if own[name] == d.client[name] {
				continue
			}
			found = append(found, c.found(creds.SeverityWarning, name, lang.Sprintf("%s differs between the agent and this terminal", name),
				lang.Sprintf("The agent has %s, and this terminal %s.", orNothing(own[name]), orNothing(d.client[name]))).
				advise(lang.T("To have an agent with the variables of this terminal, end the present one: daypass stop")))
		}
	}
	if len(found) > 0 {
		return found
	}
	if len(own) == 0 {
		return []finding{c.ok(lang.T("No variable changes the way to AWS"), "")}
	}
	detail := ""
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if detail != "" {
			detail += ", "
		}
		detail += name + "=" + own[name]
	}
	return []finding{c.ok(lang.T("The way to AWS is as the variables say"), detail)}
}

func variablesOf(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

func orNothing(value string) string {
	if value == "" {
		return lang.T("nothing")
	}
	return value
}
