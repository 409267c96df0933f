package policy

// The steps of each path of the product, as the pack's options change them.

// answer is level 1.
func (d *drawing) answer() {
	d.step("triage", "support")
	d.way("triage", "work")
	d.step("work", "support")
	d.ask()
	d.when("work", "answer", "answer_known")
	answer := d.step("answer", "support")
	closing := Way{From: "answer", To: "close", When: said("when.assignee_closes")}
	switch {
	case d.path.CloseOnAnswer:
		answer.Label = said("step.answer_closes")
		closing.When = said("when.at_once")
	case d.path.AutoCloseDays > 0:
		closing.When = said("when.assignee_or_days", counted(d.path.AutoCloseDays, "day"))
	}
	d.Ways = append(d.Ways, closing)
	d.step("close", "support")
	if days := d.path.ReopenDays; days > 0 {
		d.when("close", "work", "reopens", counted(days, "day"))
	}
}

// ask lets work pause for a question to the customer.
func (d *drawing) ask() {
	d.when("work", "ask", "something_missing")
	ask := d.waits("ask", "customer")
	d.when("ask", "work", "replies")
	if d.path.GiveUp != nil {
		ask.Note = said("note.at_most", d.path.GiveUp.inWords())
		d.when("ask", "close", "gives_up", d.path.GiveUp.inWords())
	} else if len(d.path.Remind) > 0 {
		ask.Note = said("note.reminders")
	}
}

// consent tells the cost before there is any.
func (d *drawing) consent(next string) {
	switch d.path.Consent {
	case "consent":
		d.way("triage", "consent")
		d.waits("consent", "customer")
		d.when("consent", next, "agrees")
		d.when("consent", "close", "declines_cost")
	case "notice":
		d.way("triage", "notice")
		d.step("notice", "support")
		d.way("notice", next)
	default:
		d.way("triage", next)
	}
}

// knowing is a condition under which the customer has agreed to the rate, too,
// where the pack wants consent before cost.
func (d *drawing) knowing(key string) string {
	if d.path.Consent == "consent" {
		return key + "_at_rate"
	}
	return key
}

// serviceRequest is level 2.
func (d *drawing) serviceRequest() {
	d.step("triage", "support")
	d.consent("service_request")
	d.step("service_request", "support")
	d.way("service_request", "work")
	d.when("service_request", "estimate", "estimate_asked")
	d.step("estimate", d.team).Note = said("note.analysis_billed")
	d.way("estimate", "estimate_decision")
	d.waits("estimate_decision", "customer")
	d.when("estimate_decision", "work", "accepts")
	d.declinedEstimate("estimate_decision")
	d.step("work", d.team)
	d.ask()
	d.validated("bill")
	d.step("bill", "billing")
	d.way("bill", "close")
	d.step("close", "support")
}

// declinedEstimate is what a declined estimate leads to: its bill, or nothing.
func (d *drawing) declinedEstimate(from string) {
	if d.path.BillDeclined {
		d.when(from, "bill", "declines_billed")
		return
	}
	d.when(from, "close", "declines")
}

// validated is the customer's look at the work.
func (d *drawing) validated(next string) {
	d.when("work", "validate", "work_done")
	validate := d.waits("validate", "customer")
	d.when("validate", "work", "adjustments")
	if after := d.path.AcceptAfter; after != nil {
		validate.Note = said("note.at_most", after.inWords())
		d.when("validate", next, "accepts_or_after", after.inWords())
		return
	}
	d.when("validate", next, "accepts")
}

// defect is level 3. The dev ticket goes on after the support ticket has closed.
func (d *drawing) defect() {
	d.step("triage", "support")
	d.way("triage", "qa_review")
	d.step("qa_review", "support")
	d.way("qa_review", "qa_check")
	d.step("qa_check", "qa")
	for _, outcome := range []string{"not_reproducible", "solved_in_release", "known"} {
		d.when("qa_check", outcome, outcome)
	}
	d.when("qa_check", "dev_ticket", "new_defect")
	d.step("not_reproducible", "qa")
	d.step("solved_in_release", "qa")
	d.step("known", "qa")
	d.step("dev_ticket", "qa")
	d.way("dev_ticket", "plan")
	d.step("plan", "development")
	for _, outcome := range []string{"not_reproducible", "solved_in_release", "known", "plan"} {
		d.way(outcome, "tell")
	}
	d.step("tell", "support")
	d.way("tell", "close")
	d.step("close", "support")
	d.when("plan", "ship", "version_ships")
	d.when("known", "ship", "version_ships")
	d.step("ship", "development")
	d.way("ship", "verify")
	d.waits("verify", "customer")
	d.when("verify", "qa_check", "verification_fails")
}

// quoted is a quote and the customer's approval of it; without it the ticket
// closes.
func (d *drawing) quoted(approved string) {
	d.offer(approved)
	if d.path.BillDeclined {
		d.when("approve", "bill_estimate", "declines_billed")
	} else {
		d.when("approve", "close", "declines_or_expires")
	}
}

// quotedAnew is quoted where what expires may be quoted anew.
func (d *drawing) quotedAnew(approved string) {
	d.offer(approved)
	d.when("approve", "quote", "expires")
	if d.path.BillDeclined {
		d.when("approve", "bill_estimate", "declines_billed")
	} else {
		d.when("approve", "close", "declines")
	}
}

// offer is a quote that is offered, and what its approval leads to.
func (d *drawing) offer(approved string) {
	d.way("quote", "approve")
	d.step("quote", "support")
	approve := d.waits("approve", "customer")
	if days := d.path.QuoteDays; days > 0 {
		approve.Note = said("note.valid", counted(days, "day"))
	}
	d.when("approve", approved, "approves")
}

// billedEstimate is the bill of an estimate whose quote was declined.
func (d *drawing) billedEstimate() {
	if d.path.BillDeclined {
		d.step("bill_estimate", "billing")
		d.way("bill_estimate", "close")
	}
}

// invoiced is the invoice that work waits for.
func (d *drawing) invoiced() {
	d.step("invoice", "billing")
	if d.path.WorkWhenPaid {
		d.way("invoice", "pay")
		d.waits("pay", "customer")
		d.way("pay", "work")
		return
	}
	d.way("invoice", "work")
}

// customization is always charged.
func (d *drawing) customization() {
	d.step("triage", "support")
	d.consent("estimate")
	d.step("estimate", d.team)
	d.way("estimate", "quote")
	if d.path.WorkWhenPaid {
		d.quotedAnew("invoice")
		d.invoiced()
		d.work("close")
	} else {
		d.quotedAnew("work")
		d.work("invoice")
		d.step("invoice", "billing")
		d.way("invoice", "close")
	}
	d.billedEstimate()
	d.step("close", "support")
}

// work is carried out, with questions, and validated.
func (d *drawing) work(next string) {
	d.step("work", d.team)
	d.ask()
	d.validated(next)
}

// developmentRequest is free.
func (d *drawing) developmentRequest() {
	evaluators := "development"
	if d.path.Team != "" {
		evaluators = d.team
	}
	d.step("triage", "support")
	d.way("triage", "evaluate")
	d.step("evaluate", evaluators)
	d.when("evaluate", "accept", "accepted")
	d.when("evaluate", "reject", "refused")
	d.step("accept", evaluators)
	d.step("reject", evaluators)
	d.way("accept", "tell")
	d.way("reject", "tell")
	d.step("tell", "support")
	d.way("tell", "close")
	d.step("close", "support")
	d.when("accept", "ship", "version_ships")
	d.step("ship", evaluators)
}

// training is a tailored offer, then its dates. Nobody validates it.
func (d *drawing) training() {
	trainers := "training"
	if d.path.Team != "" {
		trainers = d.team
	}
	d.step("triage", "support")
	d.consent("contact")
	d.step("contact", trainers)
	d.way("contact", "offer")
	offer := d.step("offer", trainers)
	if n := len(d.pack.Training); n > 0 {
		offer.Note = said("note.packages", n)
	}
	d.way("offer", "accept_offer")
	accept := d.waits("accept_offer", "customer")
	if days := d.path.QuoteDays; days > 0 {
		accept.Note = said("note.valid", counted(days, "day"))
	}
	d.when("accept_offer", "dates", "approves")
	d.when("accept_offer", "offer", "another_offer")
	d.when("accept_offer", "close", "declines")
	d.step("dates", trainers)
	d.when("dates", "deliver", "took_place")
	d.step("deliver", trainers)
	d.way("deliver", "bill")
	d.step("bill", "billing")
	d.way("bill", "close")
	d.step("close", "support")
}

// featureRequest is the product manager's decision, and the paid chain.
func (d *drawing) featureRequest() {
	d.step("feature", "customer")
	d.way("feature", "decide")
	d.step("decide", "product_manager")
	d.when("decide", "roadmap", "on_roadmap")
	d.when("decide", "decline", "declined")
	d.when("decide", "interest", "offered")
	d.step("roadmap", "product_manager")
	d.step("decline", "product_manager")
	interest := d.waits("interest", "customer")
	if days := d.path.InterestDays; days > 0 {
		interest.Note = said("note.at_most", counted(days, "day"))
	}
	d.when("interest", "estimate", d.knowing("interested"))
	d.when("interest", "close", "not_interested")
	d.step("estimate", d.team).Note = said("note.scoping_to_qa")
	d.way("estimate", "quote")
	d.quoted("time_frame")
	d.step("time_frame", "support")
	d.way("time_frame", "invoice")
	d.invoiced()
	d.work("close")
	d.billedEstimate()
	d.step("close", "support")
	d.way("roadmap", "close")
	d.way("decline", "close")
}

// outOfScope is told with the policy, and leaves the choice to the customer.
func (d *drawing) outOfScope() {
	out := d.step("out_of_scope", "support")
	if cited := d.path.Cites; len(cited) > 0 {
		out.Note = said("note.cites", cited)
	}
	d.way("out_of_scope", "choose")
	d.waits("choose", "customer")
	d.when("choose", "partner", "speaks_to_partner")
	d.when("choose", "quote", d.knowing("wants_quote"))
	d.step("partner", "partner")
	d.way("partner", "close")
	d.quoted("invoice")
	d.invoiced()
	d.work("close")
	d.billedEstimate()
	d.step("close", "support")
}
