package agent

import (
	"context"

	"daypass/creds"
	"daypass/creds/advice"
	"daypass/creds/agentapi"
)

func (c *consoles) routes() []route {
	return []route{
		answers(agentapi.Console, c.openPage),
		answers(agentapi.Bookmarks, c.listBookmarks),
		answers(agentapi.ChangeBookmarks, c.changeBookmarks),
		answers(agentapi.Places, c.listPlaces),
		answers(agentapi.Visits, c.listVisits),
		answers(agentapi.ChangeVisits, c.changeVisits),
	}
}

func (c *consoles) openPage(ctx context.Context, from call, in creds.ConsoleRequest) (creds.ConsoleReply, error) {
	if err := checkSignIn(in.SignIn); err != nil {
		return creds.ConsoleReply{}, err
	}
	return c.show(ctx, in, from.by())
}

func (c *consoles) listBookmarks(context.Context, call, agentapi.Nothing) (creds.Bookmarks, error) {
	all, err := c.Bookmarks.List()
	if err != nil {
		return creds.Bookmarks{}, fileError(err)
	}
	c.refresh() // a person may have edited the file
	return all, nil
}

func (c *consoles) changeBookmarks(_ context.Context, _ call, in creds.BookmarksRequest) (creds.Bookmarks, error) {
	all, warning, err := c.Bookmarks.Change(in)
	if err != nil {
		return creds.Bookmarks{}, badRequest("%v", err)
	}
	if warning != "" {
		c.log.Info(warning)
		all.Note = warning
	}
	c.refresh()
	return all, nil
}

func (c *consoles) listVisits(context.Context, call, agentapi.Nothing) ([]creds.Visit, error) {
	all, err := c.Visits.List()
	if err != nil {
		return nil, fileError(err)
	}
	return append([]creds.Visit{}, all...), nil
}

func (c *consoles) changeVisits(ctx context.Context, from call, in creds.VisitsRequest) (agentapi.Nothing, error) {
	switch {
	case in.Clear && in.Reopen == "":
		err := c.Visits.Clear()
		c.refresh()
		if err != nil {
			err = fileError(err)
		}
		return done(err)
	case !in.Clear && in.Reopen != "":
		return done(c.reopen(ctx, in.Reopen, from.by()))
	}
	return done(badRequest("visits are cleared, or one is opened again"))
}

// fileError is the error of one of the person's files.
func fileError(err error) error {
	return &creds.Error{Code: creds.CodeFile, Message: err.Error(), Advice: advice.File(err)}
}
