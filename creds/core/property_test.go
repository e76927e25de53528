package core_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"daypass/creds"
	"daypass/creds/awstest"
	"daypass/creds/core"
	"daypass/creds/settings"
	"daypass/internal/signin"
)

var (
	propertySeed  = flag.Uint64("core.seed", 0, "the one seed that random operations are run with")
	propertySeeds = flag.Uint64("core.seeds", 6, "how many seeds random operations are run with")
)

// TestTheCoreKeepsItsPromisesUnderRandomOperations runs random operations,
// some of them at the same time, kills the agent in between, and checks the promises
// after each round. A failure names its seed, for -core.seed.
func TestTheCoreKeepsItsPromisesUnderRandomOperations(t *testing.T) {
	seeds := make([]uint64, 0, *propertySeeds)
	for n := range *propertySeeds {
		seeds = append(seeds, n+1)
	}
	if *propertySeed > 0 {
		seeds = []uint64{*propertySeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRound(t, seed)
				defer func() {
					r.w.stop()
					time.Sleep(3 * time.Minute) // a renewal that AWS was asked for ends by itself
				}()
				for range 30 {
					r.play()
					r.check()
					if t.Failed() {
						t.Logf("what was done:\n%s", strings.Join(r.did, "\n"))
						return
					}
				}
			})
		})
	}
}

// playing runs operations on a core, and tracks what it should do.
type playing struct {
	t   *testing.T
	w   *world
	rng *rand.Rand
	spy *spy

	mu  sync.Mutex
	did []string
	// profiles tracks each profile.
	profiles map[string]*known
	// marks is held while the settings change.
	marks sync.Mutex
	// silentUntil is until when AWS does not answer.
	silentUntil time.Time
	round       int
	// kills counts the agents that were killed.
	kills int
}

// known is what a person knows of a profile.
type known struct {
	// holds is set if the profile got credentials that were not removed since, and
	// until is when they end.
	holds bool
	until time.Time
	// away is set if the profile was logged out and not requested since.
	away bool
	// unlocked is when a sensitive profile was unlocked last.
	unlocked time.Time
	// busy counts its running operations, and unsure is set if their result in this
	// round is unknown.
	busy   int
	unsure bool
	// left is when its last logout started, and wanted when its last request started.
	left, wanted time.Time
	// leaving counts the running logouts.
	leaving int
}

// The profiles of the operations, and those that get credentials with them.
var players = map[string][]string{
	"alice": nil, "ci": nil, "dev-admin": {"alice"}, "dev-readonly": {"alice"}, "chain-2": {"alice", "chain-1"}, "chain-1": {"alice"},
	// A sign-in for one refreshes the other.
	"sso-dev-admin": {"sso-sandbox"}, "sso-sandbox": {"sso-dev-admin"},
	"console-alice": nil, "console-deploy": {"console-alice"},
	// A key in the layout of aws-mfa, and a role of it by another name.
	"filed": nil, "filed-role": {"filed"},
}

// takesWith are the profiles that lose their credentials with a profile that is logged out.
var takesWith = map[string][]string{"console-alice": {"console-deploy"}}

func newRound(t *testing.T, seed uint64) *playing {
	w := newWorld(t)
	w.stop()
	w.withSSO("\n" + w.Console.Config() + "\n[profile filed-role]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111111111111:role/Filed\nsource_profile = filed-temporary\n")
	corp := w.AWS.IAM.Account("111111111111")
	corp.Role("Filed", awstest.Trust{Principals: []string{corp.RootARN()}})
	id, key := corp.User("filed").AccessKey()
	w.write(w.files.Credentials, "[filed-long-term]\naws_access_key_id = "+id+"\naws_secret_access_key = "+key+"\nregion = eu-west-1\n")
	r := &playing{t: t, w: w, rng: rand.New(rand.NewPCG(seed, 0)), profiles: map[string]*known{}}
	for name := range players {
		r.profiles[name] = &known{away: true}
	}
	r.spy = &spy{r: r, inner: w.AWS.Transport(), underWay: map[string]int{}, gave: map[string]time.Time{}, given: make(chan struct{}, 1)}
	w.aws.HTTPClient = &http.Client{Transport: r.spy}
	w.userOf = func() core.User { return &careful{person: w.person, r: r, asked: map[string]int{}} }
	w.settings = settings.Defaults()
	w.start()
	return r
}

func (r *playing) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did = append(r.did, fmt.Sprintf("%s round %d: %s", time.Now().Format("02 15:04:05"), r.round, fmt.Sprintf(format, args...)))
}

func (r *playing) with(name string, do func(k *known)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	do(r.profiles[name])
}

// pick returns one of the profiles.
func (r *playing) pick() string {
	names := make([]string, 0, len(players))
	for name := range players {
		names = append(names, name)
	}
	slices.Sort(names)
	return names[r.rng.IntN(len(names))]
}

// play runs some operations, most of them at about the same time, and waits for all.
func (r *playing) play() {
	r.round++
	r.mu.Lock()
	for _, k := range r.profiles {
		k.unsure = false
	}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(r.t.Context(), 10*time.Minute)
	defer cancel()
	var all sync.WaitGroup
	for range 1 + r.rng.IntN(4) {
		do := r.next(ctx)
		pause := time.Duration(r.rng.IntN(3000)) * time.Millisecond
		all.Go(func() {
			time.Sleep(pause)
			if ctx.Err() == nil { // else the agent was killed, and whoever asked with it
				do()
			}
		})
	}
	kills := r.rng.IntN(8) == 0
	after := time.Duration(r.rng.IntN(4000)) * time.Millisecond
	if kills {
		time.Sleep(after)
		if r.rng.IntN(2) == 0 {
			r.awaitWrite()
		}
		r.kill(cancel)
	}
	all.Wait()
	if r.rng.IntN(3) == 0 {
		sleeps := time.Duration(1+r.rng.IntN(150)) * time.Minute
		r.note("the machine sleeps for %s", sleeps)
		time.Sleep(sleeps)
	}
	synctest.Wait()
}

// next returns an operation.
func (r *playing) next(ctx context.Context) func() {
	name := r.pick()
	switch n := r.rng.IntN(22); {
	case n < 8:
		o := core.RefreshOptions{Requester: atTray, Force: r.rng.IntN(4) == 0}
		if r.rng.IntN(2) == 0 {
			o.Duration = time.Duration(15+r.rng.IntN(12*60-15)) * time.Minute
		}
		return func() { r.login(ctx, name, o) }
	case n < 11:
		return func() { r.program(ctx, name) }
	case n < 13:
		return func() { r.logout(ctx, name) }
	case n < 14:
		return func() { r.logoutAll(ctx) }
	case n < 15:
		return func() { r.lock(ctx) }
	case n < 17:
		sensitive := r.rng.IntN(2) == 0
		return func() { r.mark(name, sensitive) }
	case n < 18:
		region := []string{"eu-west-1", "us-east-1", "ap-south-1"}[r.rng.IntN(3)]
		return func() { r.edit(ctx, name, region) }
	case n < 20:
		return func() { r.awsLogout(ctx) }
	case n < 21:
		return func() { r.awsLogin(ctx) }
	case n < 22 && r.rng.IntN(2) == 0:
		silence := time.Duration(1+r.rng.IntN(120)) * time.Second
		return func() { r.silence(silence) }
	}
	return func() { r.signOut(ctx) }
}

// wanted records that a profile, and with it its source profiles, is requested until the
// returned function is called.
func (r *playing) wanted(name string) (done func()) {
	names := append([]string{name}, players[name]...)
	for _, one := range names {
		r.with(one, func(k *known) {
			k.busy, k.away, k.unsure = k.busy+1, false, k.unsure || one != name
			k.wanted = time.Now()
		})
	}
	return func() {
		for _, one := range names {
			r.with(one, func(k *known) { k.busy-- })
		}
	}
}

func (r *playing) login(ctx context.Context, name string, o core.RefreshOptions) {
	defer r.wanted(name)()
	began := time.Now()
	if o.Force || o.Duration > 0 {
		// Another session is requested than the current one, or AWS must decide whether a
		// longer one is possible now.
		defer r.spy.expectMore()()
	}
	s, err := r.manager().Refresh(ctx, name, o)
	r.note("login of %s (%s, force %v): %v", name, o.Duration, o.Force, err)
	if err != nil {
		r.with(name, func(k *known) { k.unsure = true })
		return
	}
	r.with(name, func(k *known) {
		if began.Before(k.left) && k.leaving == 0 {
			r.t.Errorf("a login of %s that began at %s has ended well, after a logout at %s", name, began.Format("15:04:05.000"), k.left.Format("15:04:05.000"))
		}
	})
	if lasts := s.Expires.Sub(s.Issued); o.Duration > 0 && !s.Sensitive && lasts < o.Duration-time.Minute && s.Note == "" && !s.Expires.IsZero() {
		r.t.Errorf("%s lasts %s instead of %s, without a note", name, lasts, o.Duration)
	}
	r.with(name, func(k *known) { k.holds, k.until, k.unlocked = true, s.Expires, time.Now() })
}

func (r *playing) program(ctx context.Context, name string) {
	defer r.wanted(name)()
	_, err := r.manager().Credentials(ctx, name, creds.Requester{Surface: creds.SurfaceProgram})
	r.note("a program wants %s: %v", name, err)
	r.with(name, func(k *known) {
		k.unsure = true
		k.unlocked = time.Now()
	})
}

// taken records that profiles lose their credentials, until the returned function is
// called.
func (r *playing) taken(names ...string) (done func()) {
	r.spy.excuse()
	during := func() {
		for _, name := range names {
			r.with(name, func(k *known) {
				k.holds = false
				k.unsure = k.unsure || k.busy > 0
			})
		}
	}
	during()
	return during
}

func (r *playing) logout(ctx context.Context, name string) {
	done := r.taken(append([]string{name}, takesWith[name]...)...)
	r.with(name, func(k *known) { k.left, k.leaving = time.Now(), k.leaving+1 })
	err := r.unlessKilled(func(m *core.Manager) error { return m.Logout(ctx, name) })
	done()
	r.note("logout of %s: %v", name, err)
	r.with(name, func(k *known) {
		k.leaving--
		k.away = err == nil && k.busy == 0
		k.unsure = k.unsure || err != nil
		if err != nil {
			k.left = time.Time{}
		}
	})
}

// unlessKilled does what the present manager is asked for. What an agent that was
// killed says of it later is not what is on the disk.
func (r *playing) unlessKilled(do func(*core.Manager) error) error {
	r.mu.Lock()
	m, kills := r.w.m, r.kills
	r.mu.Unlock()
	err := do(m)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.kills > kills {
		return errors.New("the agent was killed")
	}
	return err
}

func (r *playing) logoutAll(ctx context.Context) {
	var names []string
	for name := range players {
		names = append(names, name)
	}
	done := r.taken(names...)
	err := r.unlessKilled(func(m *core.Manager) error { return m.LogoutAll(ctx) })
	done()
	r.note("logout of all: %v", err)
	for _, name := range names {
		r.with(name, func(k *known) {
			k.away = err == nil && k.busy == 0
			k.unsure = k.unsure || err != nil
		})
	}
}

func (r *playing) lock(ctx context.Context) {
	var names []string
	for name := range players {
		if r.isSensitive(name) {
			names = append(names, name)
		}
	}
	done := r.taken(names...)
	err := r.manager().LockAgain(ctx)
	done()
	r.note("the screen is locked: %v", err)
}

func (r *playing) isSensitive(name string) bool {
	r.marks.Lock()
	defer r.marks.Unlock()
	return r.w.settings.Profile[name].Sensitive
}

// manager returns the current one.
func (r *playing) manager() *core.Manager {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.w.m
}

func (r *playing) mark(name string, sensitive bool) {
	r.note("%s is sensitive: %v", name, sensitive)
	r.marks.Lock()
	defer r.marks.Unlock()
	s := r.w.settings
	marked := map[string]creds.ProfileSettings{}
	for other, p := range s.Profile {
		marked[other] = p
	}
	marked[name] = creds.ProfileSettings{Sensitive: sensitive, Lease: creds.Span(20 * time.Minute), Programs: creds.ProgramsAlways}
	s.Profile = marked
	r.w.settings = s
	r.with(name, func(k *known) { k.unlocked, k.unsure, k.holds = time.Now(), true, false })
	r.spy.excuse() // it is another session that is wanted now
	r.manager().SettingsChanged()
}

// edit changes the config file, and lets the watcher report it.
func (r *playing) edit(ctx context.Context, name, region string) {
	r.note("the region of %s is %s", name, region)
	if !strings.HasPrefix(name, "sso-") && !strings.HasPrefix(name, "console-") {
		r.w.set(name, "region", region)
	}
	r.manager().Reread(ctx)
}

func (r *playing) silence(length time.Duration) {
	r.note("AWS is silent for %s", length)
	r.mu.Lock()
	r.silentUntil = time.Now().Add(length)
	r.mu.Unlock()
}

func (r *playing) signOut(ctx context.Context) {
	names := []string{"sso-dev-admin", "sso-sandbox"}
	done := r.taken(names...)
	err := r.unlessKilled(func(m *core.Manager) error { return m.SignOut(ctx, awstest.SampleSession) })
	done()
	r.note("sign-out: %v", err)
	for _, name := range names {
		r.with(name, func(k *known) {
			k.away = err == nil && k.busy == 0
			k.unsure = k.unsure || err != nil
		})
	}
}

// awsLogin signs in to the console as the AWS CLI does.
func (r *playing) awsLogin(ctx context.Context) {
	r.spy.excuse()
	_, content := r.w.Console.Alice.LoginFile(15 * time.Minute)
	r.mu.Lock()
	r.w.write(r.w.loginFile(r.w.Console.Alice), string(content))
	m := r.w.m
	r.mu.Unlock()
	r.note("aws login")
	m.RereadLogins(ctx)
}

// awsLogout removes the file of a console sign-in as the AWS CLI does.
func (r *playing) awsLogout(ctx context.Context) {
	names := []string{"console-alice", "console-deploy"}
	done := r.taken(names...)
	defer done()
	r.mu.Lock()
	err := os.Remove(r.w.loginFile(r.w.Console.Alice))
	m := r.w.m
	r.mu.Unlock()
	r.note("aws logout: %v", err)
	m.RereadLogins(ctx)
	select {
	case <-time.After(10 * time.Second): // it is followed
	case <-ctx.Done():
	}
	for _, name := range names {
		r.with(name, func(k *known) { k.unsure = true }) // somebody may have signed in meanwhile
	}
}

// awaitWrite waits until AWS has issued credentials and the credentials file is being
// written. It gives up after a while.
func (r *playing) awaitWrite() {
	select {
	case <-r.spy.given:
	default:
	}
	select {
	case <-r.spy.given:
	case <-time.After(4 * time.Second):
	}
	text := func() string {
		text, _ := os.ReadFile(r.w.files.Credentials)
		return string(text)
	}
	// No sleep: the bubble's clock would go on only when nothing is being written.
	for before, n := text(), 0; n < 5_000 && text() == before; n++ {
		runtime.Gosched()
	}
}

// kill starts a new agent on a copy of the disk. The old one ends on a disk that is no
// longer used.
func (r *playing) kill(cancel context.CancelFunc) {
	home, old := r.t.TempDir(), r.w.home
	r.mu.Lock()
	r.kills++
	for _, k := range r.profiles {
		if k.busy > 0 {
			// What was under way may have been given to it in the last moment.
			k.unsure, k.holds, k.unlocked = true, false, time.Now()
		}
	}
	r.mu.Unlock()
	// What is written while it is read is read anew: a copy of one moment.
	files := readTree(r.t, old)
	for again := readTree(r.t, old); !maps.Equal(files, again); again = readTree(r.t, old) {
		files = again
	}
	for path, text := range files {
		r.w.write(filepath.Join(home, path), text)
	}
	r.note("kill")
	r.spy.excuse()
	cancel()
	r.w.stop()
	r.marks.Lock()
	r.mu.Lock()
	r.w.moveTo(home)
	r.w.start()
	r.mu.Unlock()
	r.marks.Unlock()
	synctest.Wait()
}

// readTree returns the texts of all files in a folder.
func readTree(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		var text []byte
		if err == nil && !entry.IsDir() {
			text, err = os.ReadFile(path)
		}
		if os.IsNotExist(err) {
			return nil // a temporary file that is gone
		}
		if rest, _ := filepath.Rel(folder, path); text != nil {
			files[rest] = string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// check checks the promises.
func (r *playing) check() {
	snapshot := r.manager().Snapshot(r.t.Context())
	now := time.Now()
	for name := range players {
		s, ok := snapshot.Profile(name)
		if !ok {
			r.t.Errorf("%s is not there", name)
			continue
		}
		section := s.WrittenAs
		if section == "" {
			section = name + "-temporary"
			if name == "alice" || name == "ci" || name == "filed" {
				section = name
			}
		}
		inFile := r.w.credentials(section)["aws_session_token"] != ""
		r.mu.Lock()
		k := *r.profiles[name]
		r.mu.Unlock()
		sensitive := r.isSensitive(name)
		switch {
		case k.away && !k.unsure && inFile:
			r.t.Errorf("%s was logged out, and there are credentials of it in the file", name)
		case sensitive && inFile && now.Sub(k.unlocked) > 21*time.Minute:
			r.t.Errorf("%s is unlocked since %s", name, k.unlocked.Format("15:04:05"))
		case k.holds && !k.unsure && !sensitive && k.until.Sub(now) > 2*time.Minute && !inFile:
			r.t.Errorf("%s has no credentials, which it was given until %s", name, k.until.Format("15:04:05"))
		case inFile && !sensitive && !k.unsure && s.Expires.After(now):
			r.with(name, func(k *known) { k.holds, k.until = true, s.Expires })
		}
	}
}

// spy counts the calls to AWS.
type spy struct {
	r     *playing
	inner http.RoundTripper

	mu       sync.Mutex
	underWay map[string]int
	// more counts the requests for another session than the last one.
	more int
	// gave is when each session was given last.
	gave map[string]time.Time
	// given holds a token after something was given.
	given chan struct{}
}

// excuse allows a session to be issued again: it was removed, or another one is
// requested.
func (s *spy) excuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.gave)
}

// expectMore is excuse until the returned function is called.
func (s *spy) expectMore() (done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more++
	return func() {
		s.excuse()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.more--
	}
}

func (s *spy) RoundTrip(req *http.Request) (*http.Response, error) {
	s.r.mu.Lock()
	silence := time.Until(s.r.silentUntil)
	s.r.mu.Unlock()
	if silence > 0 {
		select {
		case <-time.After(silence):
		case <-req.Context().Done():
			return nil, req.Context().Err()
		}
	}
	key := sessionAskedFor(req)
	if strings.HasPrefix(key, renewingLogin) {
		s.r.mu.Lock()
		key += fmt.Sprint(s.r.kills) // a killed agent renews nothing
		s.r.mu.Unlock()
	}
	if key == "" {
		return s.inner.RoundTrip(req)
	}
	s.mu.Lock()
	s.underWay[key]++
	twice, before, more := s.underWay[key] > 1, s.gave[key], s.more > 0
	s.mu.Unlock()
	if twice {
		s.r.t.Errorf("two calls for one session at the same time: %s", key)
	}
	if !more && !before.IsZero() && time.Since(before) < 20*time.Second {
		s.r.t.Errorf("two calls for one session within %s: %s", time.Since(before), key)
	}
	// Long enough for other requests to come meanwhile.
	select {
	case <-time.After(700 * time.Millisecond):
	case <-req.Context().Done():
	}
	resp, err := s.inner.RoundTrip(req)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.underWay[key]--
	if err == nil && resp.StatusCode == http.StatusOK {
		s.gave[key] = time.Now()
		select {
		case s.given <- struct{}{}:
		default:
		}
	}
	return resp, err
}

// renewingLogin begins what is said of the renewals of console sign-ins.
const renewingLogin = "refresh token "

// sessionAskedFor says which session a call is for, "" if it is for none.
func sessionAskedFor(req *http.Request) string {
	if strings.HasPrefix(req.URL.Path, "/federation/credentials") {
		return "portal " + req.URL.RawQuery
	}
	if req.Body == nil || req.Method != http.MethodPost {
		return ""
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return ""
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	if _, token, is := strings.Cut(string(body), `"refreshToken":"`); is {
		return renewingLogin + token
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	switch form.Get("Action") {
	case "GetSessionToken":
		id, _, _ := strings.Cut(req.Header.Get("Authorization"), "/")
		return strings.Join([]string{"user", id, form.Get("DurationSeconds"), form.Get("SerialNumber")}, " ")
	case "AssumeRole":
		return strings.Join([]string{"role", form.Get("RoleArn"), form.Get("DurationSeconds"), form.Get("ExternalId")}, " ")
	}
	return ""
}

// careful is a person who notices being asked twice.
type careful struct {
	*person
	r *playing

	mu    sync.Mutex
	asked map[string]int
	turns map[string]chan struct{}
}

// turn allows, like the agent's broker, one prompt about a device at a time.
func (c *careful) turn(serial string) chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.turns == nil {
		c.turns = map[string]chan struct{}{}
	}
	if c.turns[serial] == nil {
		c.turns[serial] = make(chan struct{}, 1)
	}
	return c.turns[serial]
}

func (c *careful) count(about string) (done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asked[about]++; c.asked[about] > 1 {
		c.r.t.Errorf("two questions at once about %s", about)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked[about]--
	}
}

func (c *careful) SignIn(ctx context.Context, ask core.SignInRequest, work func(context.Context, signin.Way) error) error {
	defer c.count(ask.About.Session + ask.About.Identity)()
	return c.person.SignIn(ctx, ask, work)
}

func (c *careful) Ask(ctx context.Context, ask creds.Prompt, try func(context.Context, creds.AnswerRequest) error) error {
	turn := c.turn(string(ask.Kind) + ask.Device)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return c.person.Ask(ctx, ask, try)
}
