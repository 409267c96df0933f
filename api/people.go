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
		Types: choices(v.Types, locale, v), Severities: severities(v, locale), Reasons: reasons(v, locale),
		Teams: choices(teams(v), locale, v),
	}, nil
}

// severities are the vendor's, with what its pack says of each.
func severities(v policy.Settings, locale string) []SeverityChoice {
	views := make([]SeverityChoice, len(v.Severities))
	for i, c := range choices(v.Severities, locale, v) {
		is := v.SeverityOf(c.Code)
		views[i] = SeverityChoice{Code: c.Code, Label: c.Label, Definition: unlessZero(is.Definition.In(locale))}
		listed := make([]Criterion, 0, len(is.Criteria))
		for _, criterion := range is.Listed() {
			view := Criterion{About: CriterionAbout(criterion.About)}
			for _, t := range criterion.Texts {
				view.Texts = append(view.Texts, t.In(locale))
			}
			listed = append(listed, view)
		}
		if len(listed) > 0 {
			views[i].Criteria = &listed
		}
	}
	return views
}

// reasons are the vendor's, with what its pack says of each.
func reasons(v policy.Settings, locale string) []ReasonChoice {
	views := make([]ReasonChoice, len(v.Reasons))
	for i, c := range choices(v.Reasons, locale, v) {
		is := v.ReasonOf(c.Code)
		views[i] = ReasonChoice{Code: c.Code, Label: c.Label, Definition: unlessZero(is.Definition.In(locale)), Path: unlessZero(is.Path)}
	}
	return views
}

// teams are those of the vendor's procedure.
func teams(s policy.Settings) (list []policy.Choice) {
	for _, t := range s.Teams() {
		list = append(list, policy.Choice{Code: t.Code, Label: t.Label})
	}
	return list
}
