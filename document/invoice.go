package document

import (
	"strings"
	"time"

	"github.com/casepath/casepath/words"
)

// Invoice is an invoice, a credit note or a quote as it is printed. Amounts are decimals
// as they are written, "1500.00", all in Currency; days are midnights UTC.
type Invoice struct {
	Locale  string // of words.Locales
	Number  string
	Credits string     // of a credit note: the invoice it takes back
	Reason  string     // of a credit note
	Version int        // of a quote, from 1
	Note    string     // with a quote
	Until   *time.Time // the last instant of a quote; nil: none

	Sender   []string // who bills, line by line, the name first
	Customer string
	External string // the customer's number with the vendor
	Contact  string
	PO       string
	Subject  string
	About    string // the numbers of ticket and service request

	On          time.Time
	Due         *time.Time
	WorkedFrom  *time.Time
	WorkedUntil *time.Time
	Made        time.Time // the file's date

	Currency   string
	Lines      []InvoiceLine
	Taxes      []InvoiceTax
	Net, Total string
}

// InvoiceLine is one line: minutes at a price for an hour, what is missing to a
// minimum of them, or a quantity at a price for one.
type InvoiceLine struct {
	Kind     string // time, minimum or fixed
	Text     string
	Minutes  int
	Quantity string
	Unit     string
	Net      string
}

// InvoiceTax is one tax on the net sum.
type InvoiceTax struct {
	Label        string
	Percent      string
	Registration string // the vendor's number with the tax
	Amount       string
}

// PDF draws it. Whether it was paid or credited is not said: what was issued
// does not change.
func (i Invoice) PDF() ([]byte, error) {
	t := func(key string, values map[string]any) string { return said().Say(i.Locale, key, values) }
	title := t("invoice_title", map[string]any{"number": i.Number})
	if i.Credits != "" {
		title = t("credit_note_title", map[string]any{"number": i.Number, "invoice": i.Credits})
	}
	what, whom := "for_what", "billed_to"
	if i.Version > 0 {
		title = t("quote_title", map[string]any{"number": i.Number, "version": i.Version})
		what, whom = "for_what_quote", "for_whom"
	}
	on := words.Day(i.On, i.Locale)
	facts := []fact{
		{t(whom, nil), i.Customer},
		{t("customer_number", nil), i.External},
		{t("contact", nil), i.Contact},
		{t("po_number", nil), i.PO},
		{t("request", nil), strings.TrimPrefix(i.About+"\n"+i.Subject, "\n")},
		{t("worked", nil), i.worked()},
		{t("issued_on", nil), on},
		{t("reason", nil), i.Reason},
		{t("note", nil), i.Note},
	}
	if i.Until != nil {
		facts = append(facts, fact{t("ends_at", nil), words.Day(*i.Until, i.Locale)})
	}
	if i.Due != nil {
		facts = append(facts, fact{t("due_on", nil), words.Day(*i.Due, i.Locale)})
	}
	s := sheet{
		locale: i.Locale, from: strings.Join(i.Sender, "\n"), title: title, about: words.Amount(i.Total, i.Currency, i.Locale),
		footer: i.Sender[0] + " · " + i.Number + " · " + on, made: i.Made,
		sections: []section{{heading: t("whom", nil), facts: facts}, {heading: t(what, nil), table: i.table()}},
	}
	return s.draw()
}

// worked are the days that are billed; "" where that is not by days.
func (i Invoice) worked() string {
	switch {
	case i.WorkedFrom == nil || i.WorkedUntil == nil:
		return ""
	case i.WorkedFrom.Equal(*i.WorkedUntil):
		return words.Day(*i.WorkedFrom, i.Locale)
	}
	return words.Day(*i.WorkedFrom, i.Locale) + " – " + words.Day(*i.WorkedUntil, i.Locale)
}

// table is the lines, the taxes and what they come to.
func (i Invoice) table() *table {
	t := func(key string, values map[string]any) string { return said().Say(i.Locale, key, values) }
	number := func(decimal string) string { return words.Number(decimal, i.Locale) }
	list := &table{head: []string{t("what", nil), t("quantity", nil), t("price", nil), t("amount", nil)}, widths: []float64{28, 32, 34}}
	for _, l := range i.Lines {
		text, quantity, unit := l.Text, number(l.Quantity), number(l.Unit)
		if l.Kind != "fixed" {
			quantity, unit = words.Hours(l.Minutes), t("per_hour", map[string]any{"price": unit})
		}
		if l.Kind == "minimum" {
			text = t("to_the_minimum", nil)
		}
		list.rows = append(list.rows, tableRow{cells: []string{text, quantity, unit, number(l.Net)}})
	}
	list.rows = append(list.rows, tableRow{cells: []string{t("net", nil), "", "", number(i.Net)}, bold: true})
	for _, tax := range i.Taxes {
		text := t("tax", map[string]any{"label": tax.Label, "percent": number(tax.Percent)})
		if tax.Registration != "" {
			text += "\n" + t("registration", map[string]any{"number": tax.Registration})
		}
		list.rows = append(list.rows, tableRow{cells: []string{text, "", "", number(tax.Amount)}})
	}
	list.rows = append(list.rows, tableRow{cells: []string{t("total", nil), "", "", words.Amount(i.Total, i.Currency, i.Locale)}, bold: true})
	return list
}
