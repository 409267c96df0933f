package mail

// The kinds about level 3, which Review says.
const (
	// ReviewAssigned tells whoever carries a QA review out that it is theirs; URL is its page.
	ReviewAssigned Kind = "review_assigned"
	// ReviewDecided tells who has the ticket what quality assurance has found: Review.Verdict; Text is what was written.
	ReviewDecided Kind = "review_decided"
	// RequestEvaluated tells who has the ticket what development has decided on Review.Dev: Review.Verdict is accepted or refused; Text is why.
	RequestEvaluated Kind = "request_evaluated"
	// DevNews tells who waits for dev tickets what has become of them; News says it.
	DevNews Kind = "dev_news"
	// FeatureDecided tells who asks for a feature what product management has decided: News says it; Text is why it is declined, URL the roadmap.
	FeatureDecided Kind = "feature_decided"
	// FeatureEvaluated tells who has the ticket what product management has decided on Review.Dev, a feature: Review.Verdict is declined, roadmap, shipped or offered, by Review.Number; Text is why.
	FeatureEvaluated Kind = "feature_evaluated"
)

// Review is what a mail says about a QA review.
type Review struct {
	Number string
	// Verdict is not_reproducible, solved_in, known or new; "" before there is one.
	Verdict string `json:",omitempty"`
	// Release is the release that solves it, Dev the dev ticket, Target the version that one is planned into.
	Release string `json:",omitempty"`
	Dev     string `json:",omitempty"`
	Target  string `json:",omitempty"`
}

// News is a change of dev ticket that requests wait for.
type News struct {
	// Kind is accepted, planned, slipped, shipped or refused; of a feature declined, roadmap, shipped or offered.
	Kind string
	// Target is the version.
	Target string `json:",omitempty"`
	// Feature is the number of the feature it is about, Title how the vendor words that in public; "" for none.
	Feature string `json:",omitempty"`
	Title   string `json:",omitempty"`
	// Items are the reader's requests.
	Items []NewsItem
}

// NewsItem is a request of the reader's that waits for the dev ticket Dev; or,
// without a Number, a suggestion that they have asked for, whose number Dev is. Of
// an offered feature Dev is the service request.
type NewsItem struct {
	Number, Title, Dev string
	URL                string `json:",omitempty"`
}

// development is what the templates see of a review and of news.
type development struct {
	Number, Verdict, Release, Dev, Target string
	News, Feature, Title                  string
	Count                                 int  // of requests
	Suggested                             bool // none of those is a request: they asked for suggestions
	Requests                              []requestLine
}

type requestLine struct{ Number, Title, Dev, URL string }

func newDevelopment(n Notice) (d development) {
	if r := n.Review; r != nil {
		d = development{
			Number: oneLine(r.Number, maxName), Verdict: r.Verdict, Release: oneLine(r.Release, maxName), Dev: oneLine(r.Dev, maxName), Target: oneLine(r.Target, maxName),
		}
	}
	if n.News == nil {
		return d
	}
	d.Feature = oneLine(n.News.Feature, maxName)
	if n.News.Title != "" {
		d.Title = quote(oneLine(n.News.Title, maxSubject))
	}
	d.News, d.Target, d.Count = n.News.Kind, oneLine(n.News.Target, maxName), len(n.News.Items)
	d.Suggested = d.Count > 0
	for _, i := range n.News.Items {
		d.Suggested = d.Suggested && i.Number == ""
		one := requestLine{Number: oneLine(i.Number, maxName), Title: quote(oneLine(i.Title, maxSubject)), Dev: oneLine(i.Dev, maxName)}
		if checkURL(i.URL) == nil {
			one.URL = i.URL
		}
		d.Requests = append(d.Requests, one)
	}
	return d
}
