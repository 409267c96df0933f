package policy

import "fmt"

// LadderProcedures are the ladders of the pack as steps, in its order: from the
// complaint, rung by rung, to its end. Path is ladder_ and the ladder's code.
func (p *Pack) LadderProcedures() []Procedure {
	var list []Procedure
	for _, l := range p.Ladders {
		list = append(list, p.ladder(l))
	}
	return list
}

func (p *Pack) ladder(l Ladder) Procedure {
	d := &drawing{Procedure: Procedure{Path: "ladder_" + l.Code, Label: l.Label}, pack: p}
	d.step("complain", "customer")
	d.way("complain", "rung_1")
	if len(l.OnBreach) > 0 {
		d.step("miss", "casepath")
		d.way("miss", "rung_1")
	}
	for i, r := range l.Rungs {
		code := fmt.Sprintf("rung_%d", i+1)
		s := Step{Code: code, Label: r.Title, Who: "manager", Actor: said("who.manager"), Waits: true, Note: said("note.at_most", r.Acknowledge.inWords())}
		if team, known := p.team(r.Team); known {
			s.Who, s.Actor = team.Code, team.Label
		}
		d.Steps = append(d.Steps, s)
		if i+1 < len(l.Rungs) {
			d.when(code, fmt.Sprintf("rung_%d", i+2), "not_acknowledged", r.Acknowledge.inWords())
		}
		d.when(code, "resolve", "acknowledges")
		d.when(code, "withdraw", "withdraws")
	}
	d.step("resolve", "manager")
	d.step("withdraw", "customer")
	return d.Procedure
}
