package web

import "github.com/casepath/casepath/desk"

// routes are all pages and forms, by what they are about.
func routes() []route {
	var all []route
	for _, part := range [][]route{access, portal, writing} {
		all = append(all, part...)
	}
	return all
}

// access gets people in and out.
var access = []route{
	{"GET", "/sign-in", desk.OpSignInPage, signInPage},
	{"POST", "/sign-in", desk.OpSignInPage, signIn},
	{"GET", "/sign-in/second-step", desk.OpSignInPage, secondStepPage},
	{"POST", "/sign-in/second-step", desk.OpSignInPage, secondStep},
	{"POST", "/sign-out", desk.OpSignOut, signOut},
}

// portal is what the customer's side sees; staff come to the same addresses
// from mails and are sent on to the console.
var portal = []route{
	{"GET", "", desk.OpListTickets, home},
	{"GET", "/", desk.OpListTickets, home},
	{"GET", "/tickets/:ticket", desk.OpGetTicket, ticketPage},
	{"POST", "/tickets/:ticket/comment", desk.OpAddComment, comment},
	{"POST", "/tickets/:ticket/give-information", desk.OpGiveInformation, giveInformation},
	{"POST", "/tickets/:ticket/reopen", desk.OpReopen, reopen},
	{"POST", "/tickets/:ticket/withdraw", desk.OpWithdraw, withdraw},
	{"GET", "/files/:file", desk.OpDownloadFile, download},
}

// writing keeps what somebody is about to say.
var writing = []route{
	{"POST", "/drafts", desk.OpKeepDraft, keepDraft},
}
