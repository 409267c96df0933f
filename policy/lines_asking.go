package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// about is who the vendor is and where the procedure comes from.
func (l *lister) about() {
	p := l.p
	l.part("about")
	l.plain("pack", "pack", p.Name)
	l.plain("source.title", "source", p.Source.Title)
	l.plain("source.edition", "edition", p.Source.Edition)
	l.plain("source.url", "source_url", p.Source.URL)
	l.text("source.scope", l.what("scope"), p.Source.Scope)
	l.plain("vendor.name", "vendor", p.Vendor.Name)
	l.plain("vendor.address", "address", p.Vendor.Address)
	l.joined("vendor.phones", "phones", p.Vendor.Phones)
	l.plain("vendor.mail", "mail", p.Vendor.Mail)
	l.plain("vendor.portal_url", "portal_url", p.Vendor.PortalURL)
	l.plain("vendor.help_url", "help_url", p.Vendor.HelpURL)
	l.plain("vendor.status_url", "status_url", p.Vendor.StatusURL)
	l.plain("vendor.privacy_url", "privacy_url", p.Vendor.PrivacyURL)
	l.joined("locales", "locales", p.Locales)
	l.plain("time_zone", "time_zone", p.TimeZone)
	l.text("support_policy.title", l.what("support_policy"), p.Policy.Title)
	l.plain("support_policy.url", "support_policy_url", p.Policy.URL)
	l.code("support_policy.prevails", "prevails", p.Policy.Prevail)
	l.part("notices")
	for _, place := range NoticePlaces {
		l.text("notices."+place, l.what("notice_"+place), p.Notices[place])
	}
	for _, name := range slices.Sorted(maps.Keys(p.Mails)) {
		l.text("mails."+name, l.what("mail_text", name), p.Mails[name])
	}
}

// intake is who may register, by which way in.
func (l *lister) intake() {
	i := l.p.Intake
	l.part("registration")
	const at = "registration."
	l.yes(at+"help_first", "help_first", i.HelpFirst)
	if i.SuperUser != nil {
		l.amount(at+"super_user_first.forward_after", "super_user", &i.SuperUser.ForwardAfter)
	}
	l.yes(at+"authorized_contacts_only", "authorized", i.AuthorizedOnly)
	l.yes(at+"partners_on_behalf", "partners", i.Partners)
	l.yes(at+"accounts_by_account_manager", "manager_invites", i.ManagerInvites)
	l.yes(at+"one_problem_per_ticket", "one_problem", i.OneProblem)
	if n := l.p.Subject.Min; n > 0 {
		l.line("subject.min", l.what("subject_min"), counted(n, "letter").In(l.locale))
	}
	l.joined("subject.empty_words", "empty_words", l.p.Subject.Empty)
	if len(i.RemindDays) > 0 {
		days := make([]string, len(i.RemindDays))
		for k, n := range i.RemindDays {
			days[k] = counted(n, "day").In(l.locale)
		}
		l.line(at+"remind_incomplete_after_days", l.what("remind_incomplete"), strings.Join(days, ", "))
	}
	l.days(at+"expire_incomplete_after_days", "expire_incomplete", i.ExpireDays)

	l.part("channels")
	for _, name := range ChannelNames {
		ch, on := l.p.Channels[name]
		if !on {
			continue
		}
		path := "channels." + name + "."
		l.thing("channel", said("value."+name))
		l.line("channels."+name, l.what("on"), Say(l.locale, "value.yes"))
		l.text(path+"label", l.what("label"), ch.Label)
		l.text(path+"help", l.what("help"), ch.Help)
		l.plain(path+"address", "at", ch.Address)
		l.yes(path+"preferred", "preferred", ch.Preferred)
		identified := "value.no"
		if ch.Identifies {
			identified = "value.yes"
		}
		l.line(path+"identifies", l.what("identifies"), Say(l.locale, identified))
		l.yes(path+"conversation", "conversation", ch.Conversation)
		l.plain(path+"becomes_of", "becomes_of", l.formNames(ch.BecomesOf))
	}
}

// forms is what is asked for.
func (l *lister) forms() {
	l.part("forms")
	l.order("forms", l.what("order"), codesOf(l.p.Forms, func(f Form) string { return f.Kind }))
	for _, f := range l.p.Forms {
		path := "forms." + f.Kind + "."
		l.thing("form", f.Kind)
		l.text(path+"label", l.what("label"), f.Label)
		l.line("forms."+f.Kind, l.what("asks"), orElse(l.fieldNames(f.Fields), Say(l.locale, "value.title_only")))
		l.text(path+"help", l.what("help"), f.Help)
		l.plain(path+"required", "required", l.fieldNames(f.Require))
		for i, group := range f.OneOf {
			l.line(fmt.Sprintf("%sone_of.%d", path, i+1), l.what("one_of"), l.fieldNames(group))
		}
		for i, r := range f.Rules {
			l.rule(fmt.Sprintf("%srules.%d", path, i+1), i+1, r)
		}
		l.text(path+"charged", l.what("charged"), f.Charged)
		l.plain(path+"reason", "form_reason", l.reasonName(f.Reason))
		l.plain(path+"path", "form_path", l.pathNames(f.Path))
		l.yes(path+"no_clock", "no_clock", f.NoClock)
		l.yes(path+"no_version", "no_version", f.NoVersion)
	}
	l.fields()
}

func (l *lister) reasonName(code string) string {
	if code == "" {
		return ""
	}
	return l.named([]string{code}, func(code string) Text { r, _ := l.p.Reason(code); return r.Label })
}

// rule is a rule of evidence in one sentence, and what the requester is told.
func (l *lister) rule(path string, number int, r Rule) {
	var wants []string
	if len(r.Require) > 0 {
		wants = append(wants, l.fieldNames(r.Require))
	}
	if len(r.OneOf) > 0 {
		wants = append(wants, Say(l.locale, "value.one_of", l.fieldNames(r.OneOf)))
	}
	sentence := strings.Join(wants, "; ")
	if w := r.When; w.Field != "" {
		values := l.named(w.Is, func(code string) Text {
			for _, c := range l.p.Fields[w.Field].Choices {
				if c.Code == code {
					return c.Label
				}
			}
			return nil
		})
		sentence = Say(l.locale, "value.when_is", l.fieldNames([]string{w.Field}), values, sentence)
	}
	l.line(path, l.what("rule", number), sentence)
	l.text(path+".why", l.what("rule_why", number), r.Why)
}

func (l *lister) fields() {
	l.part("fields")
	for _, name := range slices.Sorted(maps.Keys(l.p.Fields)) {
		f, path := l.p.Fields[name], "fields."+name+"."
		l.thing("field", name)
		l.text(path+"label", l.what("label"), f.Label)
		l.code(path+"type", "type", f.Type)
		l.text(path+"help", l.what("help"), f.Help)
		l.choices(path+"choices", l.what("choice"), f.Choices)
		l.joined(path+"files", "files", f.Files)
		l.code(path+"matches", "matches", f.Matches)
	}
}

// orElse is a value, or what stands for none.
func orElse(value, none string) string {
	if value == "" {
		return none
	}
	return value
}
