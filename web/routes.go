package web

import "github.com/casepath/casepath/desk"

// routes are all pages and forms, by what they are about.
func routes() []route {
	var all []route
	for _, part := range [][]route{access, signingOn, portal, registering, console, administering, account, writing, watching, authorizing, directory, staffing, admitting, colleagues, clocking, excluding, pending, receipts, products, versions, contracting, counting, merging, servicing, timing, stating, invoicing, quoting, approving, training, enhancing, assuring, developing, suggesting, hooking, collaborating, escalating} {
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
	{"GET", "/password/forgotten", desk.OpRequestReset, forgottenPage},
	{"POST", "/password/forgotten", desk.OpRequestReset, forgotten},
	{"GET", "/password/:secret", desk.OpLookAtLink, passwordPage},
	{"POST", "/password/:secret", desk.OpChoosePassword, choosePassword},
	{"POST", "/password/:secret/renew", desk.OpRenewLink, renewLink},
	{"GET", "/access", desk.OpAskForAccess, askPage},
	{"POST", "/access", desk.OpAskForAccess, ask},
	{"GET", "/access/reply/:secret", desk.OpLookAtQuestion, questionPage},
	{"POST", "/access/reply/:secret", desk.OpReplyAccess, replyQuestion},
}

// portal is what the customer's side sees; staff come to the same addresses
// from mails and are sent on to the console.
var portal = []route{
	{"GET", "", desk.OpListTickets, home},
	{"GET", "/", desk.OpListTickets, home},
	{"GET", "/tickets", desk.OpListTickets, ticketsPage},
	{"GET", "/tickets.csv", desk.OpListTickets, ticketsCSV},
	{"GET", "/tickets/:ticket", desk.OpGetTicket, ticketPage},
	{"GET", "/tickets/:ticket/news", desk.OpGetTicket, ticketNews},
	{"POST", "/tickets/:ticket/comment", desk.OpAddComment, comment},
	{"POST", "/tickets/:ticket/give-information", desk.OpGiveInformation, giveInformation},
	{"POST", "/tickets/:ticket/reopen", desk.OpReopen, reopen},
	{"POST", "/tickets/:ticket/withdraw", desk.OpWithdraw, withdraw},
	{"GET", "/files/:file", desk.OpDownloadFile, download},
}

// registering is a request from its first step to its receipt.
var registering = []route{
	{"GET", "/register", desk.OpRegisterTicket, registerPage(0)},
	{"POST", "/register", desk.OpRegisterTicket, keepStep(0)},
	{"GET", "/register/describe", desk.OpRegisterTicket, registerPage(1)},
	{"POST", "/register/describe", desk.OpRegisterTicket, keepStep(1)},
	{"GET", "/register/severity", desk.OpRegisterTicket, registerPage(2)},
	{"POST", "/register/severity", desk.OpRegisterTicket, keepStep(2)},
	{"GET", "/register/evidence", desk.OpRegisterTicket, registerPage(3)},
	{"POST", "/register/evidence", desk.OpRegisterTicket, keepStep(3)},
	{"GET", "/register/check", desk.OpRegisterTicket, checkPage},
	{"POST", "/register/check", desk.OpRegisterTicket, register},
	{"POST", "/register/not-needed", desk.OpRegisterTicket, notNeeded},
	{"POST", "/register/start-over", desk.OpRegisterTicket, startOver},
	{"GET", "/register/done/:ticket", desk.OpGetTicket, receiptPage},
}

// console is the vendor's side.
var console = []route{
	{"GET", "/console", desk.OpQueue, queue},
	{"POST", "/console/take-next", desk.OpReassign, takeNext},
	{"GET", "/console/keys", desk.OpGetMe, keys},
	{"GET", "/console/triage", desk.OpTriage, triage},
	{"POST", "/console/triage/:ticket/accept", desk.OpTriage, triageAccept},
	{"POST", "/console/triage/:ticket/send-back", desk.OpTriage, triageSendBack},
	{"POST", "/console/triage/:ticket/preview", desk.OpTriage, triagePreview},
	{"GET", "/console/tickets/:ticket", desk.OpWorkbench, workbench},
	{"POST", "/console/tickets/:ticket/triage", desk.OpTriage, triageAgain},
	{"POST", "/console/tickets/:ticket/start", desk.OpStart, start},
	{"POST", "/console/tickets/:ticket/ask-information", desk.OpAskInformation, askInformation},
	{"POST", "/console/tickets/:ticket/answer", desk.OpAnswer, answer},
	{"POST", "/console/tickets/:ticket/close", desk.OpClose, closeTicket},
	{"POST", "/console/tickets/:ticket/take", desk.OpReassign, take},
	{"POST", "/console/tickets/:ticket/reassign", desk.OpReassign, reassign},
	{"POST", "/console/tickets/:ticket/reply", desk.OpReply, reply},
	{"POST", "/console/tickets/:ticket/note", desk.OpAddNote, note},
	{"POST", "/console/tickets/:ticket/cancel-reply", desk.OpCancelReply, cancelReply},
	{"GET", "/go", desk.OpListTickets, goTo},
}

// account is a person's own access.
var account = []route{
	{"GET", "/account", desk.OpListBearers, accountPage},
	{"POST", "/account/profile", desk.OpUpdateMe, updateProfile},
	{"POST", "/account/password", desk.OpChangePassword, changePassword},
	{"POST", "/account/sessions/end", desk.OpRevokeBearer, endSession},
	{"POST", "/account/sessions/end-others", desk.OpRevokeOthers, endOthers},
	{"POST", "/account/tokens", desk.OpCreateToken, createToken},
	{"POST", "/account/second-factor", desk.OpStartSecondFactor, startFactor},
	{"POST", "/account/second-factor/confirm", desk.OpConfirmSecondFactor, confirmFactor},
	{"POST", "/account/second-factor/remove", desk.OpRemoveSecondFactor, removeFactor},
}

// writing keeps what somebody is about to say.
var writing = []route{
	{"POST", "/drafts", desk.OpKeepDraft, keepDraft},
}
