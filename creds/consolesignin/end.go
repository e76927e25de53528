package consolesignin

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	service "github.com/aws/aws-sdk-go-v2/service/signin"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/internal/lang"
	"daypass/internal/secret"
)

// Keep stores the token of a sign-in in the file of its ARN. An [ErrUnsaved] leaves it in
// memory.
func (c *Client) Keep(ctx context.Context, t Token) error {
	// Though the caller may be gone: AWS has issued it. A renewal of the session before it
	// comes to its end first.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*renewLimit)
	defer cancel()
	h := c.held(t.ARN)
	unlock, failed := c.cache.lock(ctx, t.ARN)
	if failed == nil {
		defer unlock()
	}
	was, err := c.cache.load(ctx, t.ARN)
	if u, ok := errors.AsType[*unusable](err); ok && failed == nil && u.foreign != nil {
		failed = c.setAside(u)
	}
	if failed != nil {
		h.keep(was.RefreshToken, t)
		return unsaved(t, failed)
	}
	return h.store(ctx, was.RefreshToken, t)
}

// setAside makes room for a sign-in where another kind of file is.
func (c *Client) setAside(file *unusable) error {
	moved, _ := errors.AsType[*unusable](c.cache.files.SetAside(file.foreign, file.Why))
	return moved.Err
}

// keep keeps a token in memory alone.
func (h *held) keep(was secret.Text, t Token) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unsaved, h.instead = t, was
}

// Discard ends the session of a token that nobody wants.
func (c *Client) Discard(ctx context.Context, s Session, t Token) error { return c.revoke(ctx, s, t) }

// End ends a session: at AWS, where the person may do that, and on this machine. The first
// error is why it goes on at AWS, the second why the file is still there.
func (c *Client) End(ctx context.Context, s Session) (unrevoked, err error) {
	h := c.held(s.ARN)
	if _, err := h.peek(ctx); errors.Is(err, ErrNoToken) {
		return nil, nil
	}
	// A renewal that is under way would make a token of which nobody knows.
	if unlock, err := c.cache.lock(ctx, s.ARN); err == nil {
		defer unlock()
	} else if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	token, err := h.peek(ctx)
	u, isUnusable := errors.AsType[*unusable](err)
	switch {
	case errors.Is(err, ErrNoToken):
		return nil, nil
	case isUnusable && u.Aside != "":
		return s.unreadable(ctx, err), nil
	case err != nil:
		err = s.unreadable(ctx, err)
		return err, err
	}
	unrevoked = c.revoke(ctx, s, token)
	if err := c.cache.remove(ctx, s.ARN); err != nil {
		return unrevoked, say(lang.Sprintf("the console sign-in of %s", s.ARN), creds.CodeFile, nil, advice.File(err), "its file is still there: %v", err)
	}
	h.forget()
	c.log.Info("console sign-in ended", "identity", s.ARN, "revoked", unrevoked == nil)
	return unrevoked, nil
}

// revokeLimit is how long AWS is waited for: a person waits.
const revokeLimit = 20 * time.Second

// revoke ends a session at AWS, with its own credentials.
func (c *Client) revoke(ctx context.Context, s Session, t Token) error {
	subject := s.goesOn(t)
	s = s.in(t)
	if t.lasts() == 0 {
		return say(subject, creds.CodeAWS, nil, lang.T("It ends by itself, 12 hours after the sign-in at the latest."),
			"its credentials have ended, with which it could be ended there")
	}
	client, _, err := c.service(ctx, s, subject, credentials.NewStaticCredentialsProvider(t.AccessKeyID, t.SecretAccessKey.Reveal(), t.SessionToken.Reveal()), true)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, revokeLimit)
	defer cancel()
	_, err = client.RevokeOAuth2TokenWithIAM(limited, &service.RevokeOAuth2TokenWithIAMInput{Token: aws.String(t.RefreshToken.Reveal())})
	if err == nil {
		return nil
	}
	if err = s.explain(ctx, subject, err); creds.CodeOf(err) == creds.CodeDenied {
		// AWS's managed policy for such sign-ins does not have it.
		return say(subject, creds.CodeDenied, nil,
			lang.T("It ends by itself, 12 hours after the sign-in at the latest; whoever looks after the AWS account can allow signin:RevokeOAuth2Token."),
			"AWS does not allow who signed in to end it")
	}
	return err
}
