package web

import (
	"slices"

	"github.com/casepath/casepath/policy"
	"github.com/casepath/casepath/service"
)

// meaning is what the pack says of one of its codes, in the reader's language.
type meaning struct {
	Called     string
	Definition string
	Criteria   []criterion
}

type criterion struct {
	About string // functions, data, back_end
	Texts []string
}

// Means is what a severity means, by the pack's definition and criteria.
func (p *page) Means(severity string) meaning {
	s := p.Request.vendor.Settings.SeverityOf(severity)
	m := meaning{Called: p.Label("severity", severity), Definition: p.said(s.Definition)}
	for _, c := range s.Listed() {
		is := criterion{About: c.About}
		for _, t := range c.Texts {
			is.Texts = append(is.Texts, p.said(t))
		}
		m.Criteria = append(m.Criteria, is)
	}
	return m
}

// Defined are the choices of which the pack says what they mean: severities, or
// reasons.
func (p *page) Defined(choices []policy.Choice, reasons bool) (list []meaning) {
	for _, c := range choices {
		m := p.Means(c.Code)
		if reasons {
			m = meaning{Called: p.Called(c), Definition: p.said(p.Request.vendor.Settings.ReasonOf(c.Code).Definition)}
		}
		if m.Definition != "" || len(m.Criteria) > 0 {
			list = append(list, m)
		}
	}
	return list
}

// TakesPath says whether the vendor's procedure has a path.
func (p *page) TakesPath(path string) bool {
	return slices.Contains(p.Request.vendor.Settings.Paths, path)
}

// ScopeCited is what the pack cites for what is outside the support scope; "" for
// nothing.
func (p *page) ScopeCited() string {
	return p.said(p.Request.vendor.Settings.Path(service.PathOutOfScope).Cites)
}
