package demo

import "github.com/casepath/casepath/policy"

// vendor is what differs from one demo vendor to the next. Facts come from the
// five source documents; figures these leave open are assumed, and become
// policy packs.
type vendor struct {
	slug, name, prefix   string
	locales              []string
	zone                 string
	customer, customerID string
	partner              string
	phone, postal        string
	types, reasons       []policy.Choice
	severities           []policy.Choice
	acknowledge          map[string]int // minutes
	closeOnAnswer        bool
	autoCloseDays        int
	versionMonths        int // how long a release is supported
}

const day = 24 * 60 // minutes

func (v vendor) settings() policy.Settings {
	return policy.Settings{
		Locales: v.locales, TimeZone: v.zone, MailFrom: "support@" + v.slug + ".example", Phone: v.phone, Postal: v.postal,
		Types: v.types, Reasons: v.reasons, Severities: v.severities, Paths: []string{"answer"},
		AcknowledgeMinutes: v.acknowledge, CloseOnAnswer: v.closeOnAnswer, AutoCloseDays: v.autoCloseDays, ReopenDays: 14,
		VersionWindowMonths: v.versionMonths,
	}
}

func choice(code, en, fr string) policy.Choice {
	return policy.Choice{Code: code, Label: map[string]string{"en": en, "fr": fr}}
}

var threeSeverities = []policy.Choice{
	choice("high", "High", "Élevée"), choice("medium", "Medium", "Moyenne"), choice("low", "Low", "Basse"),
}

var vendors = []vendor{
	{
		slug: "posimente", name: "Posimente", prefix: "PX", locales: []string{"en-AU"}, zone: "Australia/Melbourne",
		customer: "Harbour Freight Pty", customerID: "00D5g000004XYZ1", partner: "Southern Cross Consulting",
		types: []policy.Choice{
			choice("technical", "Technical request", "Demande technique"), choice("feature", "New feature", "Nouvelle fonction"),
		},
		reasons: []policy.Choice{
			choice("question", "Question", "Question"), choice("defect", "Defect", "Défaut"), choice("out_of_scope", "Outside our support scope", "Hors du soutien"),
		},
		severities:  threeSeverities,
		acknowledge: map[string]int{"high": day, "medium": 2 * day, "low": 5 * day}, versionMonths: 24,
	},
	{
		slug: "primlogix", name: "PRIM Logix", prefix: "PL", locales: []string{"fr-CA", "en-CA"}, zone: "America/Toronto",
		customer: "Agence Belle-Rivière", customerID: "PL-1042", partner: "Conseil Richelieu",
		phone: "1 844-849-7746", postal: "201 Rue Saint-Louis, Local 103, Saint-Jean-sur-Richelieu, Québec J3B 1X9",
		types: []policy.Choice{
			choice("problem", "Report a problem", "Signaler un problème"), choice("configuration", "New customization", "Nouvelle personnalisation"),
			choice("training", "Training", "Formation"),
		},
		reasons: []policy.Choice{
			choice("level_1", "Answered without looking at data", "Réponse sans investigation"), choice("level_2", "Needs a look at data", "Investigation des données"),
			choice("level_3", "Needs development", "Développement requis"),
		},
		severities:    []policy.Choice{choice("blocking", "Blocking", "Bloquant"), choice("normal", "Normal", "Normal")},
		acknowledge:   map[string]int{"": day},
		closeOnAnswer: true, // the document closes the ticket once the answer is sent
	},
	{
		slug: "advendio", name: "ADvendio", prefix: "AD", locales: []string{"en", "de"}, zone: "Europe/Berlin",
		customer: "Nordlicht Media", customerID: "00D20000000AbCd", partner: "Elbe Partners",
		types: []policy.Choice{
			choice("bug", "Bug", "Anomalie"), choice("question", "Question about handling", "Question d’utilisation"),
			choice("customization", "Customization or development request", "Personnalisation ou développement"), choice("feature", "Feature request", "Demande de fonction"),
		},
		reasons: []policy.Choice{
			choice("bug", "Bug", "Anomalie"), choice("question", "Question about handling", "Question d’utilisation"),
			choice("customization", "Customization or development request", "Personnalisation ou développement"), choice("feature", "Feature request", "Demande de fonction"),
		},
		severities: []policy.Choice{
			choice("1", "Level 1: critical", "Niveau 1 : critique"), choice("2", "Level 2: urgent", "Niveau 2 : urgent"),
			choice("3", "Level 3: high", "Niveau 3 : élevé"), choice("4", "Level 4: medium", "Niveau 4 : moyen"),
		},
		acknowledge: map[string]int{"": 2 * day}, autoCloseDays: 10,
	},
	{
		slug: "athento", name: "Athento", prefix: "AT", locales: []string{"es", "en"}, zone: "Europe/Madrid",
		customer: "Gestoría Alhambra", customerID: "ATH-77", partner: "Sierra Digital",
		types: []policy.Choice{
			choice("incident", "Incident", "Incident"), choice("question", "Question", "Question"), choice("task", "Self-service task", "Tâche"),
		},
		reasons: []policy.Choice{
			choice("incident", "Incident", "Incident"), choice("question", "Question", "Question"), choice("task", "Self-service task", "Tâche"),
		},
		severities:  threeSeverities,
		acknowledge: map[string]int{"high": 4 * 60, "": day}, autoCloseDays: 7,
	},
	{
		slug: "interfacing", name: "Interfacing", prefix: "IF", locales: []string{"en-CA", "fr-CA"}, zone: "America/Toronto",
		customer: "Northern Utilities", customerID: "NU-2201", partner: "Process Partners",
		types: []policy.Choice{
			choice("feature", "Feature request", "Demande de fonction"), choice("bug", "Bug report", "Rapport d’anomalie"),
			choice("how_to", "General how-to", "Mode d’emploi"), choice("technical", "Technical issue", "Problème technique"),
		},
		reasons: []policy.Choice{
			choice("bug", "Bug", "Anomalie"), choice("how_to", "How-to", "Mode d’emploi"), choice("technical", "Technical issue", "Problème technique"),
		},
		severities:  threeSeverities,
		acknowledge: map[string]int{"high": 4 * 60, "medium": day, "low": 3 * day},
	},
}
