package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/casepath/casepath/onebox"
	"github.com/casepath/casepath/store"
)

type migrateCommand struct{}

// Run migrates as the owner. With a superuser's address it first makes what is
// missing: roles and databases, with the names and passwords of the other
// addresses.
func (migrateCommand) Run(ctx context.Context, c config) error {
	if err := need(map[string]string{"CASEPATH_OWNER_DATABASE_URL": c.OwnerDatabase}); err != nil {
		return err
	}
	if c.AdminDatabase != "" {
		if err := c.bootstrap(ctx); err != nil {
			return err
		}
	}
	return store.Migrate(ctx, c.OwnerDatabase)
}

func (c config) bootstrap(ctx context.Context) error {
	var roles store.Roles
	for role, from := range map[string]struct {
		variable, url string
		to            *string
	}{
		store.RoleOwner: {"CASEPATH_OWNER_DATABASE_URL", c.OwnerDatabase, &roles.Owner},
		store.RoleApp:   {"CASEPATH_DATABASE_URL", c.Database, &roles.App},
		store.RoleRelay: {"CASEPATH_RELAY_DATABASE_URL", c.RelayDatabase, &roles.Relay},
	} {
		var err error
		if _, *from.to, err = signIn(from.variable, from.url, role); err != nil {
			return err
		}
	}
	database, _, err := signIn("CASEPATH_OWNER_DATABASE_URL", c.OwnerDatabase, store.RoleOwner)
	if err != nil {
		return err
	}
	if err := store.Bootstrap(ctx, c.AdminDatabase, database, roles); err != nil || c.TemporalDatabase == "" {
		return err
	}
	_, password, err := signIn("TEMPORAL_DATABASE_URL", c.TemporalDatabase, "temporal")
	if err != nil {
		return err
	}
	return onebox.TemporalDatabases(ctx, c.AdminDatabase, password)
}

// signIn takes a role's address apart: the database and the password.
func signIn(variable, address, role string) (database, password string, err error) {
	u, err := url.Parse(address)
	if err != nil || len(u.Path) < 2 {
		return "", "", fmt.Errorf("%s: not an address such as postgres://%s:password@host:5432/casepath", variable, role)
	}
	password, has := u.User.Password()
	if u.User.Username() != role || !has {
		return "", "", fmt.Errorf("%s: signs in as %q; to make what is missing it must be %s, with a password", variable, u.User.Username(), role)
	}
	return u.Path[1:], password, nil
}
