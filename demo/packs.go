package demo

import (
	"context"
	"fmt"

	"github.com/casepath/casepath/desk"
	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/problem"
)

// Publish gives each demo vendor that is run by its settings alone the policy
// pack of its name. Vendors that are not there, and those that have a pack, are
// left alone.
func Publish(ctx context.Context, d *desk.Desk) error {
	for _, v := range vendors {
		there, err := d.Store.VendorBySlug(ctx, v.slug)
		if problem.CodeOf(err) == problem.NotFound || err == nil && there.Settings.Pack != nil {
			continue
		}
		if err != nil {
			return err
		}
		if err := PublishTo(ctx, d, v.slug); err != nil {
			return err
		}
	}
	return nil
}

// PublishTo gives one demo vendor its pack.
func PublishTo(ctx context.Context, d *desk.Desk, slug string) error {
	there, err := d.Store.VendorBySlug(ctx, slug)
	if err != nil {
		return err
	}
	text, err := policy.BuiltIn(slug)
	if err != nil {
		return err
	}
	pack, err := policy.ParsePack(text)
	if err == nil {
		err = d.PublishPack(ctx, there, pack, "the pack that comes with Casepath")
	}
	if err != nil {
		return fmt.Errorf("publish the pack of %s: %w", slug, err)
	}
	return nil
}
