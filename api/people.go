package api

import (
	"context"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/words"
)

func (s server) GetVendor(ctx context.Context, _ GetVendorRequestObject) (GetVendorResponseObject, error) {
	c, err := s.desk.Vendor(ctx)
	if err != nil {
		return nil, err
	}
	v, locale := c.Vendor.Settings, words.Match(c.Person.Locale)
	return GetVendor200JSONResponse{
		Name: c.Vendor.Name, Slug: c.Vendor.Slug, Locales: v.Locales, TimeZone: v.TimeZone, Paths: v.Paths,
		Types: choices(v.Types, locale, v), Severities: choices(v.Severities, locale, v), Reasons: choices(v.Reasons, locale, v),
		Teams: choices(teams(v), locale, v),
	}, nil
}

// teams are those of the vendor's procedure.
func teams(s policy.Settings) (list []policy.Choice) {
	for _, t := range s.Teams() {
		list = append(list, policy.Choice{Code: t.Code, Label: t.Label})
	}
	return list
}
