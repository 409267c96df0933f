package policy

import "slices"

// Procedure is a path as steps and the ways between them: what a drawing, a
// table or a live map shows. The steps stand in reading order; a way to an
// earlier one is a way back.
type Procedure struct {
	Path  string // registration, or one of PathNames
	Label Text
	Steps []Step
	Ways  []Way
}

// Step is something somebody does.
type Step struct {
	Code  string
	Label Text
	Who   string // customer, super_user, support, a team of the pack, … or casepath: by itself
	Actor Text   // who, in words
	Waits bool   // work rests until they have acted
	Note  Text   // a limit or condition, in few words; nil: none
}

// Way leads from a step to another.
type Way struct {
	From, To string
	When     Text // nil: always
}

// Procedures are the registration and every path switched on, in the product's
// order.
func (p *Pack) Procedures() []Procedure {
	list := []Procedure{p.registration()}
	for _, name := range PathNames {
		if path, on := p.Paths[name]; on {
			list = append(list, p.procedure(name, path))
		}
	}
	return list
}

// Procedure is the path of that name; ok is false when it is not switched on.
func (p *Pack) Procedure(name string) (procedure Procedure, ok bool) {
	for _, procedure := range p.Procedures() {
		if procedure.Path == name {
			return procedure, true
		}
	}
	return procedure, false
}

func (p *Pack) procedure(name string, path Path) Procedure {
	d := p.draw(name)
	d.path = path
	map[string]func(){
		"answer": d.answer, "service_request": d.serviceRequest, "defect": d.defect, "customization": d.customization,
		"development_request": d.developmentRequest, "training": d.training, "feature_request": d.featureRequest, "out_of_scope": d.outOfScope,
	}[name]()
	return d.Procedure
}

// drawing is a procedure being put together.
type drawing struct {
	Procedure
	pack *Pack
	path Path
	team string // who carries the work out
}

func (p *Pack) draw(name string) *drawing {
	d := &drawing{Procedure: Procedure{Path: name, Label: said("path." + name)}, pack: p, team: "support"}
	if team := p.Paths[name].Team; team != "" {
		d.team = team
	}
	return d
}

// step adds a step; its words are those of the code.
func (d *drawing) step(code, who string) *Step {
	d.Steps = append(d.Steps, Step{Code: code, Label: said("step." + code), Who: who, Actor: d.pack.actor(who)})
	return &d.Steps[len(d.Steps)-1]
}

// waits adds a step of somebody who is waited for.
func (d *drawing) waits(code, who string) *Step {
	s := d.step(code, who)
	s.Waits = true
	return s
}

// way adds a way that is always taken.
func (d *drawing) way(from, to string) { d.Ways = append(d.Ways, Way{From: from, To: to}) }

// when adds a way that is taken on a condition.
func (d *drawing) when(from, to, key string, args ...any) {
	d.Ways = append(d.Ways, Way{From: from, To: to, When: said("when."+key, args...)})
}

// actor is who somebody is: a team of the pack by its own name, else in our
// words.
func (p *Pack) actor(who string) Text {
	if team, known := p.team(who); known {
		return team.Label
	}
	return said("who." + who)
}

// registration is what happens before a request is a ticket.
func (p *Pack) registration() Procedure {
	d := p.draw("registration")
	if p.Intake.HelpFirst {
		d.step("help", "customer")
		d.way("help", "fill_in")
		d.when("help", "solved", "help_solves")
	}
	d.step("fill_in", "customer")
	if first := p.Intake.SuperUser; first != nil {
		d.way("fill_in", "super_user")
		d.waits("super_user", "super_user").Note = said("note.at_most", first.ForwardAfter.inWords())
		d.when("super_user", "check", "forwards", first.ForwardAfter.inWords())
		d.when("super_user", "solved", "super_user_answers")
	} else {
		d.way("fill_in", "check")
	}
	d.step("check", "casepath")
	d.when("check", "register", "whole")
	d.when("check", "incomplete", "something_missing")
	refused := "channel_refused"
	if p.Intake.AuthorizedOnly {
		refused = "contact_refused"
	}
	d.when("check", "refuse", refused)
	incomplete := d.waits("incomplete", "customer")
	d.when("incomplete", "check", "completed")
	if days := p.Intake.ExpireDays; days > 0 {
		incomplete.Note = said("note.at_most", counted(days, "day"))
		d.when("incomplete", "expire", "not_completed", counted(days, "day"))
	}
	d.step("register", "casepath")
	d.step("refuse", "casepath")
	if p.Intake.ExpireDays > 0 {
		d.step("expire", "casepath")
	}
	if p.Intake.HelpFirst || p.Intake.SuperUser != nil {
		d.step("solved", "customer")
	}
	return d.Procedure
}

// Next are the ways out of a step.
func (p Procedure) Next(code string) (ways []Way) {
	for _, w := range p.Ways {
		if w.From == code {
			ways = append(ways, w)
		}
	}
	return ways
}

// Index is the place of a step in reading order; -1 for none.
func (p Procedure) Index(code string) int {
	return slices.IndexFunc(p.Steps, func(s Step) bool { return s.Code == code })
}
