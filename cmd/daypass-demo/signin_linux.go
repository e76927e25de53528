package main

import (
	"context"
	"image"
	"strconv"
	"strings"

	"daypass/creds/awstest"
	"daypass/packaging/rig"
)

const (
	// signInDialog is the title of the window that waits for the browser.
	signInDialog = "daypass — sign in to " + awstest.SampleSession
	// consentPage is the title of the browser's window with the stand-in's page.
	consentPage = "Authorize request · AWS stand-in - Chromium"
	// devAdmin is who sso-dev-admin is.
	devAdmin = "arn:aws:sts::444444444444:assumed-role/AWSReservedSSO_AdministratorAccess_"
)

// sessionProfiles are those that one sign-in serves.
func sessionProfiles() []string { return []string{"sso-dev-admin", "sso-prod-readonly", "sso-sandbox"} }

// signIn signs in to Identity Center, through the menu, the window and the
// browser.
func (p *playing) signIn(ctx context.Context, item *rig.Item) error {
	p.say("Clicking \"sso-dev-admin\", a profile of the session " + awstest.SampleSession + "…")
	window, err := p.clickFor(ctx, item, signInDialog, "sso-dev-admin")
	if err != nil {
		return err
	}
	page, err := p.desktop.Windows.Wait(ctx, consentPage)
	if err != nil {
		return err
	}
	// Side by side, for the picture.
	if err := p.desktop.Notifications.Close(ctx); err != nil {
		return err
	}
	if err := window.Move(ctx, 808, 200); err != nil {
		return err
	}
	if err := window.Focus(ctx); err != nil {
		return err
	}
	if err := p.picture(ctx, "signin.png", func(r image.Rectangle) image.Rectangle {
		return image.Rect(0, 36, r.Max.X, 784)
	}); err != nil {
		return err
	}
	p.say("The browser shows the stand-in's page. Pressing Approve…")
	if err := page.Press(ctx, "Return"); err != nil {
		return err
	}
	if err := p.desktop.Windows.WaitGone(ctx, signInDialog); err != nil {
		return err
	}
	p.say("The window has closed by itself, and all profiles of the session turn valid.")
	for _, profile := range sessionProfiles() {
		if err := p.valid(ctx, profile); err != nil {
			return err
		}
	}
	if err := p.answersAs(ctx, "sso-dev-admin-temporary", devAdmin); err != nil {
		return err
	}
	if !p.cliKnowsPortal(ctx) {
		p.say("(This AWS CLI asks the portal at AWS's own address only, so plain SSO profiles are not shown.)")
		return nil
	}
	return p.answersAs(ctx, "sso-dev-admin", devAdmin)
}

// cliKnowsPortal reports whether the AWS CLI uses AWS_ENDPOINT_URL_SSO, as since 1.29.0 and
// 2.13.0. Without it, it asks Identity Center itself.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (p *playing) cliKnowsPortal(ctx context.Context) bool {
	said, err := p.run(ctx, "", "aws", "--version")
	version, ours := strings.CutPrefix(said, "aws-cli/")
	parts := strings.SplitN(version, ".", 3)
	if err != nil || !ours || len(parts) < 3 {
		return false
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	return errMajor == nil && errMinor == nil && (major == 1 && minor >= 29 || major == 2 && minor >= 13)
}
