package main

import (
	"context"
)

// page is one page of the portal or the console, as a signed-in person gets it.
type page struct {
	name  string
	local string // who looks: the part of a demo address before the @
	path  string // {ticket} stands for the id of a ticket they see
}

// pageList is one page of each kind. Whoever builds a page adds it here.
var pageList = []page{}

// sessionCookie is the name of the cookie a session travels in; its value is
// the session's secret.
const sessionCookie = "casepath_session"

// pages measures each page, and how much of it goes over the wire.
func (b *bench) pages(ctx context.Context) error {
	for _, p := range pageList {
		token, err := b.signIn(ctx, p.local)
		if err != nil {
			return err
		}
		get := request{method: "GET", path: p.path, cookie: sessionCookie + "=" + token}
		if _, err := b.measure(ctx, work{name: "page: " + p.name, n: b.plan.requests, clients: 4, do: func(ctx context.Context, _ int) error {
			_, err := b.ask(ctx, get)
			return err
		}}); err != nil {
			return err
		}
	}
	return nil
}
