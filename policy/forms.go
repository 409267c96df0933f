package policy

import "slices"

// Form is what somebody fills in to ask for something. The form is not the
// path: triage decides that.
type Form struct {
	Kind      string     `yaml:"kind"`
	Label     Text       `yaml:"label"`
	Help      Text       `yaml:"help,omitempty"`
	Fields    []string   `yaml:"fields,omitempty"`     // in the order they are asked; a title and a description every form has
	Require   []string   `yaml:"required,omitempty"`   // of these
	OneOf     [][]string `yaml:"one_of,omitempty"`     // at least one of each group
	Rules     []Rule     `yaml:"rules,omitempty"`      // evidence
	Reason    string     `yaml:"reason,omitempty"`     // proposed at triage
	Path      string     `yaml:"path,omitempty"`       // proposed at triage
	Charged   Text       `yaml:"charged,omitempty"`    // what it may cost, said before it is sent
	NoClock   bool       `yaml:"no_clock,omitempty"`   // such a request has no target
	NoVersion bool       `yaml:"no_version,omitempty"` // the version window does not concern it
}

// Rule asks for more when a field has a value.
type Rule struct {
	When    When     `yaml:"when,omitempty"` // missing: always
	Require []string `yaml:"require,omitempty"`
	OneOf   []string `yaml:"one_of,omitempty"`
	Why     Text     `yaml:"why"` // said to the requester
}

// When is the condition of a rule: a choice field that has one of these values.
type When struct {
	Field string   `yaml:"field,omitempty"`
	Is    []string `yaml:"is,omitempty"`
}

// Field is a question of a form.
type Field struct {
	Label   Text     `yaml:"label"`
	Help    Text     `yaml:"help,omitempty"`
	Type    string   `yaml:"type"`              // text, long_text, choice, url, files, date, number
	Choices []Choice `yaml:"choices,omitempty"` // of a choice
	Files   []string `yaml:"files,omitempty"`   // endings that count, "png"; of files
	Matches string   `yaml:"matches,omitempty"` // customer_name or customer_id: what it must agree with
}

// FieldTypes are the types of fields.
var FieldTypes = []string{"text", "long_text", "choice", "url", "files", "date", "number"}

// Subject is what a title must be.
type Subject struct {
	Min   int      `yaml:"min,omitempty"`         // letters
	Empty []string `yaml:"empty_words,omitempty"` // words that say nothing, in any language
}

// Intake is who may register what, and what happens before.
type Intake struct {
	HelpFirst      bool       `yaml:"help_first,omitempty"` // help articles are to be read before asking
	AuthorizedOnly bool       `yaml:"authorized_contacts_only,omitempty"`
	ManagerInvites bool       `yaml:"accounts_by_account_manager,omitempty"` // portal users come from the organization's account manager
	OneProblem     bool       `yaml:"one_problem_per_ticket,omitempty"`
	Partners       bool       `yaml:"partners_on_behalf,omitempty"`
	SuperUser      *SuperUser `yaml:"super_user_first,omitempty"`
	RemindDays     []int      `yaml:"remind_incomplete_after_days,omitempty"`
	ExpireDays     int        `yaml:"expire_incomplete_after_days,omitempty"` // 0: never
}

// SuperUser is the step through the organization's super-user.
type SuperUser struct {
	ForwardAfter Amount `yaml:"forward_after"` // by itself, when they have not answered
}

// Values are what was filled in, by field. Several for files.
type Values map[string][]string

func (v Values) has(field string) bool {
	return slices.ContainsFunc(v[field], func(s string) bool { return s != "" })
}

// Missing is something a request still lacks.
type Missing struct {
	Fields []string // all of it when one, any of it when several
	Why    Text     // the rule's words; nil: simply required
}

// Missing lists what a request of this form still lacks, in the order of the
// form. Values hold the ids of files under their field.
func (f Form) Missing(v Values) (list []Missing) {
	for _, field := range f.Require {
		if !v.has(field) {
			list = append(list, Missing{Fields: []string{field}})
		}
	}
	anyOf := func(fields []string, why Text) {
		if len(fields) > 0 && !slices.ContainsFunc(fields, v.has) {
			list = append(list, Missing{Fields: fields, Why: why})
		}
	}
	for _, group := range f.OneOf {
		anyOf(group, nil)
	}
	for _, r := range f.Rules {
		if !r.applies(v) {
			continue
		}
		for _, field := range r.Require {
			if !v.has(field) {
				list = append(list, Missing{Fields: []string{field}, Why: r.Why})
			}
		}
		anyOf(r.OneOf, r.Why)
	}
	return list
}

func (r Rule) applies(v Values) bool {
	return r.When.Field == "" || slices.ContainsFunc(v[r.When.Field], func(s string) bool { return slices.Contains(r.When.Is, s) })
}
