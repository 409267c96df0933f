package policy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/casepath/casepath/policy"
)

func pack(t *testing.T, name string) *policy.Pack {
	t.Helper()
	p, err := policy.ParsePack([]byte(builtIn(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// facts are what a pack must say, by what its document says.
type facts map[string]struct{ got, want any }

func (f facts) hold(t *testing.T) {
	t.Helper()
	for what, fact := range f {
		t.Run(what, func(t *testing.T) {
			if diff := cmp.Diff(fact.want, fact.got); diff != "" {
				t.Errorf("(-document +pack)\n%s", diff)
			}
		})
	}
}

// target is a plan's promise as it is written; "" for none.
func target(p *policy.Pack, plan, clock, severity string) string {
	l, _ := p.Plan(plan)
	a, ok := l.Targets.Of(clock, severity)
	if !ok {
		return ""
	}
	return a.String()
}

// lacks are the fields that a form still wants.
func lacks(p *policy.Pack, kind string, v policy.Values) (fields []string) {
	f, _ := p.Form(kind)
	for _, m := range f.Missing(v) {
		fields = append(fields, m.Fields...)
	}
	return fields
}

func paths(p *policy.Pack) (names []string) {
	for _, name := range policy.PathNames {
		if _, on := p.Paths[name]; on {
			names = append(names, name)
		}
	}
	return names
}

func reasons(p *policy.Pack) (codes []string) {
	for _, r := range p.Reasons {
		codes = append(codes, r.Code+" → "+r.Path)
	}
	return codes
}

func marked(p *policy.Pack, paths ...string) bool {
	return !slices.ContainsFunc(paths, func(path string) bool { return !p.IsAssumed(path) })
}

func TestSeed000Posimente(t *testing.T) {
	p := pack(t, "posimente")
	feature, _ := p.Form("feature")
	named := policy.Values{"customer_name": {"Harbour Freight"}}
	facts{
		"partners log tickets on behalf of customers": {p.Intake.Partners, true},
		"customer name, and one of the two numbers":   {lacks(p, "technical", nil), []string{"customer_name", "salesforce_org_id", "dms_customer_number"}},
		"the Salesforce org id is enough":             {lacks(p, "technical", policy.Values{"customer_name": {"x"}, "salesforce_org_id": {"00D"}}), []string(nil)},
		"the DMS customer number is enough":           {lacks(p, "technical", policy.Values{"customer_name": {"x"}, "dms_customer_number": {"7"}}), []string(nil)},
		"the name alone is not":                       {lacks(p, "technical", named), []string{"salesforce_org_id", "dms_customer_number"}},
		"an access authority for a Salesforce org":    {*p.Access, policy.Access{Systems: []policy.Text{{"en": "Salesforce org"}}, SignedBy: []string{"signatory", "partner"}}},
		"high: acknowledged within 1 business day":    {target(p, "licence", "acknowledge", "high"), "1 business day"},
		"medium: acknowledged within 2":               {target(p, "licence", "acknowledge", "medium"), "2 business days"},
		"low: acknowledged within 5":                  {target(p, "licence", "acknowledge", "low"), "5 business days"},
		"high: work begins within 1 business day":     {target(p, "licence", "start_of_work", "high"), "1 business day"},
		"medium: work begins within 2":                {target(p, "licence", "start_of_work", "medium"), "2 business days"},
		"low: work begins within 5":                   {target(p, "licence", "start_of_work", "low"), "5 business days"},
		"no time is guaranteed for the solution":      {target(p, "licence", "resolution", "high"), ""},
		"and that is said":                            {p.Notices["resolution"].In("en") != "", true},
		"staff may change the severity, said":         {p.Notices["severity"].In("en") != "", true},
		"two years, or newest; upgrade may be asked":  {p.Versions, policy.Versions{Months: 24, AskUpgrade: true}},
		"features any time: no clock, no version":     {feature.NoClock && feature.NoVersion, true},
		"answer, feature and out of scope":            {paths(p), []string{"answer", "feature_request", "out_of_scope"}},
		"the portal":                                  {p.Channels["portal"].Preferred, true},
		"language, Melbourne, Victoria":               {[]string{p.Locales[0], p.TimeZone, p.Calendars[p.Calendar].Region}, []string{"en-AU", "Australia/Melbourne", "au-vic"}},
		"zone, locale, calendar are assumed":          {marked(p, "locales", "time_zone", "calendars.support"), true},
		"the targets are not":                         {p.IsAssumed("plans.licence.targets"), false},
	}.hold(t)
}

func TestSeed001PRIMLogix(t *testing.T) {
	p := pack(t, "primlogix")
	configuration, _ := p.Form("configuration")
	var activities, taxes []string
	for _, a := range p.Activities {
		activities = append(activities, a.Code)
	}
	for _, x := range p.Taxes {
		taxes = append(taxes, x.Code+" "+x.Percent)
	}
	service, answer := p.Paths["service_request"], p.Paths["answer"]
	facts{
		"help articles first":                        {p.Intake.HelpFirst, true},
		"then the super-user":                        {p.Intake.SuperUser != nil, true},
		"three forms":                                {[]string{p.Forms[0].Kind, p.Forms[1].Kind, p.Forms[2].Kind}, []string{"problem", "configuration", "training"}},
		"the status page when the service is down":   {p.Notices["outage"].In("fr-CA") != "", true},
		"support finds one of six outcomes":          {reasons(p), []string{"level_1 → answer", "level_2 → service_request", "level_3 → defect", "customization → customization", "development → development_request", "training → training"}},
		"level 1 closes with the answer":             {answer.CloseOnAnswer, true},
		"a closed ticket may be reopened":            {answer.ReopenDays, 14},
		"level 2 is billable, told by notice":        {service.Consent, "notice"},
		"customer service carries it out":            {service.Team, "customer_service"},
		"an estimate's analysis is billed anyway":    {service.BillDeclined, true},
		"level 3 goes to quality assurance":          {p.Paths["defect"].Team, "qa"},
		"one form, customization or development":     {[]string{p.Fields["wanted"].Choices[0].Code, p.Fields["wanted"].Choices[1].Code}, []string{"customization", "development"}},
		"what it costs is said before":               {configuration.Charged.In("fr") != "", true},
		"training asks goals and expectations":       {lacks(p, "training", nil), []string{"goals", "expectations"}},
		"and has packages to start from":             {len(p.Training) > 1, true},
		"all time is billable":                       {activities, []string{"mail", "call", "meeting", "internal_meeting", "analysis", "clarification", "implementation", "test", "documentation", "review"}},
		"Québec's taxes":                             {taxes, []string{"gst 5", "qst 9.975"}},
		"Monday's statement, four weeks":             {*p.Statement, policy.Statement{Day: "mon", At: "08:00", CompletedWeeks: 4}},
		"address, phone and mail":                    {[]string{p.Vendor.Phones[0], p.Vendor.Mail}, []string{"1 844-849-7746", "info@primlogix.com"}},
		"French and English, Toronto, Québec":        {append(slices.Clone(p.Locales), p.TimeZone, p.Calendars[p.Calendar].Region), []string{"fr-CA", "en-CA", "America/Toronto", "ca-qc"}},
		"rates, taxes and severities are assumed":    {marked(p, "rates.1", "rounding", "taxes.gst", "taxes.qst", "severities.blocking", "weekly_statement.at", "plans.standard.targets"), true},
		"closing with the answer is not, nor Monday": {p.IsAssumed("paths.answer.close_on_answer") || p.IsAssumed("weekly_statement.day"), false},
	}.hold(t)
}

func TestSeed002ADvendio(t *testing.T) {
	p := pack(t, "advendio")
	var rungs, severities []string
	for _, r := range p.Ladders[0].Rungs {
		rungs = append(rungs, r.Title.In("en"))
	}
	for _, s := range p.Severities {
		severities = append(severities, s.Code)
		if s.Definition["en"] == "" || s.Definition["de"] == "" || len(s.Criteria) != 3 {
			t.Errorf("severity %s: %d criteria, or no definition", s.Code, len(s.Criteria))
		}
	}
	for _, r := range p.Reasons {
		if r.Definition["en"] == "" || r.Definition["de"] == "" {
			t.Errorf("the reason %s has no definition", r.Code)
		}
	}
	basic, _ := p.Plan("basic")
	premium, _ := p.Plan("premium")
	facts{
		"four reasons":                              {reasons(p), []string{"bug → answer", "question → answer", "customization → customization", "feature → feature_request"}},
		"four severities, most severe first":        {severities, []string{"1", "2", "3", "4"}},
		"Basic: first response in 2 business days":  {target(p, "basic", "first_response", "1"), "2 business days"},
		"whatever the severity":                     {target(p, "basic", "first_response", "4"), "2 business days"},
		"Premium: by severity":                      {len(premium.Targets["first_response"]), 4},
		"nothing else is promised":                  {[]int{len(basic.Targets), len(premium.Targets)}, []int{1, 1}},
		"complaints: CSM, then COO, then CEO":       {rungs, []string{"Customer Success Manager", "COO (Chief Operating Officer)", "CEO (Chief Executive Officer)"}},
		"for both plans":                            {[]string{basic.Ladder, premium.Ladder}, []string{"complaints", "complaints"}},
		"product and development join in":           {p.Collaboration.Teams, []string{"product", "development"}},
		"paths":                                     {paths(p), []string{"answer", "customization", "development_request", "feature_request"}},
		"without weekends and public holidays":      {[]any{len(p.Calendars[p.Calendar].Hours), p.Calendars[p.Calendar].Region}, []any{5, "de-hh"}},
		"English and German, Berlin":                {append(slices.Clone(p.Locales), p.TimeZone), []string{"en", "de", "Europe/Berlin"}},
		"closes by itself after days":               {p.Paths["answer"].AutoCloseDays, 10},
		"Premium's figures and criteria are marked": {marked(p, "plans.premium.targets", "severities.1.criteria", "severities.4.criteria", "ladders.complaints.rungs.1.acknowledge"), true},
		"definitions and Basic's target are not":    {p.IsAssumed("severities.1.definition") || p.IsAssumed("plans.basic.targets"), false},
	}.hold(t)
}

func TestSeed003Athento(t *testing.T) {
	p := pack(t, "athento")
	kind := func(k string) []string { return lacks(p, "incident", policy.Values{"problem_kind": {k}}) }
	plan, _ := p.Plan(p.DefaultPlan)
	facts{
		"authorized contacts only":                     {p.Intake.AuthorizedOnly, true},
		"only channels of the plan":                    {plan.Channels, []string{"portal", "api", "mail"}},
		"the receipt is the proof":                     {p.Notices["receipt"].In("es") != "", true},
		"the subject describes":                        {p.Subject.Min > 0 && slices.Contains(p.Subject.Empty, "urgente") && slices.Contains(p.Subject.Empty, "help"), true},
		"one problem per ticket":                       {p.Intake.OneProblem, true},
		"an error needs evidence":                      {kind("error"), []string{"evidence"}},
		"a document's problem needs the link, too":     {kind("document"), []string{"evidence", "document_link"}},
		"an API error needs call and response":         {kind("api"), []string{"api_call", "api_response"}},
		"an upload needs the files":                    {kind("upload"), []string{"failing_files"}},
		"a bulk upload needs the CSV":                  {kind("bulk_upload"), []string{"failing_csv"}},
		"which are CSV files":                          {p.Fields["failing_csv"].Files, []string{"csv"}},
		"every ticket is deducted, except by warranty": {plan.Tickets.Release, []string{"warranty"}},
		"self-service tasks, too":                      {plan.Tickets.NotForms, []string(nil)},
		"no breach by bad registration":                {p.Clocks.Exclude, []string{"bad_registration", "missing_information"}},
		"incident, question, task":                     {reasons(p), []string{"incident → answer", "question → answer", "task → answer"}},
		"answer":                                       {paths(p), []string{"answer"}},
		"Spanish and English, Madrid, Andalusia":       {append(slices.Clone(p.Locales), p.TimeZone, p.Calendars[p.Calendar].Region), []string{"es", "en", "Europe/Madrid", "es-an"}},
		"closes by itself after days":                  {p.Paths["answer"].AutoCloseDays, 7},
		"figures are assumed":                          {marked(p, "plans.standard.targets", "plans.standard.tickets.included", "plans.standard.tickets.at_zero", "subject.min"), true},
		"the release by warranty is not":               {p.IsAssumed("plans.standard.tickets.released_for"), false},
	}.hold(t)
}

func TestSeed004Interfacing(t *testing.T) {
	p := pack(t, "interfacing")
	identified := map[string]bool{}
	conversations := map[string]bool{}
	for name, ch := range p.Channels {
		identified[name], conversations[name] = ch.Identifies, ch.Conversation
	}
	bug, _ := p.Form("bug")
	facts{
		"the agreement prevails":                        {p.Policy.Prevail, "agreement"},
		"the account manager makes portal users":        {p.Intake.ManagerInvites, true},
		"portal, mail, chat, phone":                     {conversations, map[string]bool{"portal": false, "api": false, "mail": true, "chat": true, "phone": true}},
		"the portal is preferred":                       {p.Channels["portal"].Preferred && !p.Channels["mail"].Preferred, true},
		"chat and phone tell nobody who it is":          {identified, map[string]bool{"portal": true, "api": true, "mail": false, "chat": false, "phone": false}},
		"and that limits what is done":                  {p.Notices["unidentified"].In("fr") != "", true},
		"a conversation becomes a ticket by its type":   {p.Channels["mail"].BecomesOf, []string{"bug", "technical"}},
		"the form asks for the component":               {p.Forms[1].Fields, []string{"component"}},
		"bug reports":                                   {bug.Label.In("en"), "Bug report"},
		"four types":                                    {reasons(p), []string{"feature → answer", "bug → answer", "how_to → answer", "technical → answer"}},
		"closed by the assignee, not by the answer":     {[]any{p.Paths["answer"].CloseOnAnswer, p.Paths["answer"].AutoCloseDays}, []any{false, 0}},
		"the client's own escalation is out of scope":   {p.Source.Scope.In("en") != "" && len(p.Ladders) == 0, true},
		"support by mail":                               {p.Channels["mail"].Address, "support@interfacing.com"},
		"English and French, Toronto, Québec":           {append(slices.Clone(p.Locales), p.TimeZone, p.Calendars[p.Calendar].Region), []string{"en-CA", "fr-CA", "America/Toronto", "ca-qc"}},
		"targets and the rule by type are assumed":      {marked(p, "plans.agreement.targets", "channels.mail.becomes_of", "severities.high"), true},
		"channels and the limits of identity are facts": {p.IsAssumed("channels.chat") || p.IsAssumed("channels.chat.identifies"), false},
	}.hold(t)
}
