package policy

import "slices"

// Criterion is what makes a severity, as to one subject.
type Criterion struct {
	About string // functions, data, back_end
	Texts []Text
}

// criteria are the subjects, in the order they are read.
var criteria = []string{"functions", "data", "back_end"}

// Listed are the severity's criteria, in the order functions, data, back end.
func (s Severity) Listed() (list []Criterion) {
	for _, about := range criteria {
		if texts := s.Criteria[about]; len(texts) > 0 {
			list = append(list, Criterion{about, texts})
		}
	}
	return list
}

// SeverityOf is what the pack says of a severity; nothing without a pack.
func (s Settings) SeverityOf(code string) (found Severity) {
	if s.Pack == nil {
		return found
	}
	if i := slices.IndexFunc(s.Pack.Severities, func(v Severity) bool { return v.Code == code }); i >= 0 {
		found = s.Pack.Severities[i]
	}
	return found
}

// ReasonOf is what the pack says of a reason; nothing without a pack.
func (s Settings) ReasonOf(code string) (found Reason) {
	if s.Pack == nil {
		return found
	}
	if i := slices.IndexFunc(s.Pack.Reasons, func(v Reason) bool { return v.Code == code }); i >= 0 {
		found = s.Pack.Reasons[i]
	}
	return found
}

// Proposed is what triage may find a request of a kind to be: the reason its
// form names, else the one that is called like the kind; and that reason's path.
// Empty where the pack says nothing.
func (s Settings) Proposed(kind string) (reason, path string) {
	form := s.form(kind)
	switch {
	case form.Reason != "":
		reason = form.Reason
	case Has(s.Reasons, kind):
		reason = kind
	}
	return reason, pathOf(form, reason, reason, s)
}

// PathFor is the path of a reason, for a request of a kind: the one its form
// names where the form proposes that reason, else the reason's own; "" where the
// pack says nothing.
func (s Settings) PathFor(kind, reason string) string {
	proposed, _ := s.Proposed(kind)
	return pathOf(s.form(kind), reason, proposed, s)
}

func pathOf(form Form, reason, proposed string, s Settings) string {
	if form.Path != "" && reason == proposed {
		return form.Path
	}
	return s.ReasonOf(reason).Path
}

// Unclocked says whether requests of a kind have no target: no severity is asked
// for them.
func (s Settings) Unclocked(kind string) bool { return s.form(kind).NoClock && len(s.Severities) > 0 }

// wishes are the paths of what somebody would like, where nothing is broken.
var wishes = []string{"customization", "development_request", "training", "feature_request"}

// Wish says whether a request of a kind asks for something new, not for help with
// what does not work.
func (s Settings) Wish(kind string) bool {
	_, path := s.Proposed(kind)
	return s.Unclocked(kind) || slices.Contains(wishes, path)
}

// form is the form of a kind; an empty one where the pack has none.
func (s Settings) form(kind string) (f Form) {
	if s.Pack != nil {
		f, _ = s.Pack.Form(kind)
	}
	return f
}
