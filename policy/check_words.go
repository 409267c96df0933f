package policy

import (
	"fmt"
	"maps"
	"slices"
)

// NoticePlaces are where a vendor's own words can stand.
var NoticePlaces = []string{
	"register",         // before anything is written
	"severity",         // beside the choice of severity
	"counted",          // where it is said what a request takes from the contract
	"receipt",          // on the receipt
	"resolution",       // where promises are shown
	"versions",         // on the page of releases
	"access_authority", // where an authority is asked for
	"unidentified",     // to who is not known by the channel
	"outage",           // when the service is down
	"work",             // while work is under way
	"paying",           // on an invoice, how it is paid
}

// words wants what customers read in all of their languages, and what the
// words are about to be there.
func (c *checker) words() {
	p := c.p
	for _, place := range slices.Sorted(maps.Keys(p.Notices)) {
		c.among("notices."+place, "a place of a notice", place, NoticePlaces)
		c.text("notices."+place, p.Notices[place])
	}
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		c.labels("fields."+name+".choices", p.Fields[name].Choices)
	}
	c.labels("activities", p.Activities)
	teams := codesOf(p.Assignment.Teams, func(t Team) string { return t.Code })
	if w := p.Collaboration; w != nil {
		if len(w.Teams) == 0 {
			c.wrong("collaboration", "collaboration.teams names who may be brought in")
		}
		for _, team := range w.Teams {
			if !slices.Contains(teams, team) {
				c.wrong("collaboration.teams", "collaboration names the team %q, and there is none", team)
			}
		}
	}
	if a := p.Access; a != nil {
		if len(a.Systems) == 0 || len(a.SignedBy) == 0 {
			c.wrong("access_authority", "access_authority names the systems and who signs")
		}
		for i, system := range a.Systems {
			c.text(fmt.Sprintf("access_authority.systems.%d", i+1), system)
		}
		for _, who := range a.SignedBy {
			c.among("access_authority.signed_by", "somebody who can sign", who, []string{"signatory", "partner"})
		}
	}
}

// labels wants the labels of a list in every language of the vendor.
func (c *checker) labels(path string, list []Choice) {
	for _, choice := range list {
		c.text(path+"."+choice.Code+".label", choice.Label)
	}
}
