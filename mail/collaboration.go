package mail

// The kinds about a question to colleagues. They go to staff alone; URL is the
// ticket's page on the console.
const (
	// ColleagueAsked tells who is asked that Actor asks them something, by Due; Text is the question.
	ColleagueAsked Kind = "colleague_asked"
	// ColleagueReminded tells who is asked, and Actor, who asks, that the answer was due by Due; Text is the question.
	ColleagueReminded Kind = "colleague_reminded"
	// ColleagueAnswered tells who asked that Actor has answered; Text is the answer.
	ColleagueAnswered Kind = "colleague_answered"
)
