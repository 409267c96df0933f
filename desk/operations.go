package desk

// Operation is one thing that can be asked for; in the API it is the
// operationId.
type Operation string

// The operations.
const (
	OpSignIn             Operation = "signIn"
	OpSignOut            Operation = "signOut"
	OpGetMe              Operation = "getMe"
	OpGetVendor          Operation = "getVendor"
	OpRegisterTicket     Operation = "registerTicket"
	OpListTickets        Operation = "listTickets"
	OpListForms          Operation = "listForms"
	OpListRequests       Operation = "listRequests"
	OpGetRequest         Operation = "getRequest"
	OpCompleteRequest    Operation = "completeRequest"
	OpWithdrawRequest    Operation = "withdrawRequest"
	OpAnswerRequest      Operation = "answerRequest"
	OpForwardRequest     Operation = "forwardRequest"
	OpListRefusals       Operation = "listRefusals"
	OpGetTicket          Operation = "getTicket"
	OpGetHistory         Operation = "getHistory"
	OpGetClocks          Operation = "getClocks"
	OpExcludeBreach      Operation = "excludeBreach"
	OpDecideExclusion    Operation = "decideExclusion"
	OpRevokeExclusion    Operation = "revokeExclusion"
	OpListComments       Operation = "listComments"
	OpAddComment         Operation = "addComment"
	OpAddNote            Operation = "addNote"
	OpTriage             Operation = "triageTicket"
	OpStart              Operation = "startTicket"
	OpAskInformation     Operation = "askInformation"
	OpGiveInformation    Operation = "giveInformation"
	OpAnswer             Operation = "answerTicket"
	OpClose              Operation = "closeTicket"
	OpReassign           Operation = "reassignTicket"
	OpWithdraw           Operation = "withdrawTicket"
	OpReopen             Operation = "reopenTicket"
	OpMerge              Operation = "mergeTicket"
	OpUnmerge            Operation = "unmergeTicket"
	OpSplit              Operation = "splitTicket"
	OpListLinks          Operation = "listLinks"
	OpLink               Operation = "linkTickets"
	OpUnlink             Operation = "unlinkTickets"
	OpUploadFile         Operation = "uploadFile"
	OpDownloadFile       Operation = "downloadFile"
	OpListWatchers       Operation = "listWatchers"
	OpAddWatcher         Operation = "addWatcher"
	OpRemoveWatcher      Operation = "removeWatcher"
	OpListOrganizations  Operation = "listOrganizations"
	OpGetOrganization    Operation = "getOrganization"
	OpCreateOrganization Operation = "createOrganization"
	OpUpdateOrganization Operation = "updateOrganization"
	OpListCustomers      Operation = "listCustomers"
	OpLinkCustomer       Operation = "linkCustomer"
	OpUnlinkCustomer     Operation = "unlinkCustomer"
	OpListContacts       Operation = "listContacts"
	OpGetContact         Operation = "getContact"
	OpCreateContact      Operation = "createContact"
	OpUpdateContact      Operation = "updateContact"
	OpInviteContact      Operation = "inviteContact"
	OpListStaff          Operation = "listStaff"
	OpGetStaff           Operation = "getStaff"
	OpCreateStaff        Operation = "createStaff"
	OpUpdateStaff        Operation = "updateStaff"
	OpInviteStaff        Operation = "inviteStaff"
	OpListTeams          Operation = "listTeams"
	OpGetTeam            Operation = "getTeam"
	OpCreateTeam         Operation = "createTeam"
	OpUpdateTeam         Operation = "updateTeam"
	OpAskForAccess       Operation = "askForAccess"
	OpReplyAccess        Operation = "replyAccess"
	OpListAccessRequests Operation = "listAccessRequests"
	OpGetAccessRequest   Operation = "getAccessRequest"
	OpAskBack            Operation = "askBack"
	OpGrantAccess        Operation = "grantAccess"
	OpDeclineAccess      Operation = "declineAccess"
	OpListAudit          Operation = "listAudit"
	OpListContracts      Operation = "listContracts"
	OpGetContract        Operation = "getContract"
	OpCreateContract     Operation = "createContract"
	OpPreviewContract    Operation = "previewContract"
	OpUpdateContract     Operation = "updateContract"
	OpGetLedger          Operation = "getLedger"
	OpGetEntitlement     Operation = "getEntitlement"
	OpReleaseTicket      Operation = "releaseTicket"
	// OpGetTicketEntitlement says what a ticket has taken from its contract.
	OpGetTicketEntitlement Operation = "getTicketEntitlement"

	// OpListReceipts looks up what has arrived, and its receipts.
	OpListReceipts    Operation = "listReceipts"
	OpResendReceipt   Operation = "resendReceipt"
	OpListBounced     Operation = "listBouncedReceipts"
	OpDealWithBounced Operation = "dealWithBouncedReceipt"

	OpListServiceRequests    Operation = "listServiceRequests"
	OpListServiceRequestsOf  Operation = "listServiceRequestsOfTicket"
	OpGetServiceRequest      Operation = "getServiceRequest"
	OpAnswerRate             Operation = "answerRate"
	OpAskEstimate            Operation = "askEstimate"
	OpOfferEstimate          Operation = "offerEstimate"
	OpDecideEstimate         Operation = "decideEstimate"
	OpOfferQuote             Operation = "offerQuote"
	OpDecideQuote            Operation = "decideQuote"
	OpDownloadQuote          Operation = "downloadQuote"
	OpBeginWork              Operation = "beginWork"
	OpAgreeDates             Operation = "agreeDates"
	OpDeliverTraining        Operation = "deliverTraining"
	OpAskValidation          Operation = "askValidation"
	OpValidateWork           Operation = "validateWork"
	OpCloseServiceRequest    Operation = "closeServiceRequest"
	OpReassignServiceRequest Operation = "reassignServiceRequest"
	OpCancelServiceRequest   Operation = "cancelServiceRequest"
	OpWithdrawServiceRequest Operation = "withdrawServiceRequest"

	// OpListRoadmap lists features as customers see them.
	OpListRoadmap           Operation = "listRoadmap"
	OpListFeatures          Operation = "listFeatures"
	OpGetFeature            Operation = "getFeature"
	OpGetTicketFeature      Operation = "getFeatureOfTicket"
	OpListFeatureCandidates Operation = "listFeatureCandidates"
	OpEditFeature           Operation = "editFeature"
	OpDeclineFeature        Operation = "declineFeature"
	OpRoadmapFeature        Operation = "roadmapFeature"
	OpOfferFeature          Operation = "offerFeature"
	OpMergeFeature          Operation = "mergeFeature"
	OpDevelopFeature        Operation = "developFeature"
	OpNoteFeatureVote       Operation = "noteFeatureVote"
	OpVoteFeature           Operation = "voteFeature"
	OpUnvoteFeature         Operation = "unvoteFeature"

	// OpAnswerInterest says whether the customer wants what is offered as paid work.
	OpAnswerInterest Operation = "answerInterest"
	// OpChooseSupport chooses a partner or a quote, outside the support scope.
	OpChooseSupport  Operation = "chooseSupport"
	OpWithdrawOffer  Operation = "withdrawOffer"
	OpRecordEstimate Operation = "recordEstimate"
	// OpScheduleWork issues the time frame and the invoice of an enhancement.
	OpScheduleWork Operation = "scheduleWork"
	OpSettleWork   Operation = "settleWork"

	OpListQAReviews   Operation = "listQAReviews"
	OpListQAReviewsOf Operation = "listQAReviewsOfTicket"
	OpGetQAReview     Operation = "getQAReview"
	OpBeginReview     Operation = "beginReview"
	OpAskFromReview   Operation = "askFromReview"
	OpGiveVerdict     Operation = "giveVerdict"
	OpUndoVerdict     Operation = "undoVerdict"
	OpReassignReview  Operation = "reassignReview"
	// OpListCandidates finds dev tickets that a ticket may be about.
	OpListCandidates   Operation = "listDevCandidates"
	OpListDevTickets   Operation = "listDevTickets"
	OpGetDevTicket     Operation = "getDevTicket"
	OpCreateDevTicket  Operation = "createDevTicket"
	OpAcceptDevTicket  Operation = "acceptDevTicket"
	OpRefuseDevTicket  Operation = "refuseDevTicket"
	OpPlanDevTicket    Operation = "planDevTicket"
	OpBeginDevTicket   Operation = "beginDevTicket"
	OpShipDevTicket    Operation = "shipDevTicket"
	OpShipRelease      Operation = "shipRelease"
	OpListDevTicketsOf Operation = "listDevTicketsOfTicket"
	// OpVerifyFix says whether what was shipped works.
	OpVerifyFix Operation = "verifyFix"

	// OpAskColleague asks colleagues something inside a ticket.
	OpAskColleague         Operation = "askColleague"
	OpAnswerColleague      Operation = "answerColleague"
	OpTakeQuestionBack     Operation = "takeQuestionBack"
	OpListCollaborations   Operation = "listCollaborations"
	OpListCollaborationsOf Operation = "listCollaborationsOfTicket"

	// OpEscalate brings a complaint to the ladder.
	OpEscalate              Operation = "escalate"
	OpListEscalations       Operation = "listEscalations"
	OpGetEscalation         Operation = "getEscalation"
	OpAcknowledgeEscalation Operation = "acknowledgeEscalation"
	OpHoldEscalation        Operation = "holdEscalation"
	OpResumeEscalation      Operation = "resumeEscalation"
	OpResolveEscalation     Operation = "resolveEscalation"
	OpWithdrawEscalation    Operation = "withdrawEscalation"

	// OpPreviewStatement is the weekly statement as it would be sent now.
	OpPreviewStatement Operation = "previewStatement"
	OpListStatements   Operation = "listStatements"
	OpGetStatement     Operation = "getStatement"
	OpSendStatement    Operation = "sendStatement"
	// OpListReceivers says who at an organization gets it.
	OpListReceivers        Operation = "listStatementReceivers"
	OpReportNobodyReceives Operation = "reportNobodyReceives"
	// OpListStandings is how organizations stand with it, for staff.
	OpListStandings Operation = "listStatementStandings"

	// What only the pages ask for.
	OpKeepDraft   Operation = "keepDraft"
	OpQueue       Operation = "queue"
	OpWorkbench   Operation = "workbench"
	OpReply       Operation = "reply"
	OpCancelReply Operation = "cancelReply"
	OpDirectory   Operation = "directory"

	OpRequestReset        Operation = "requestPasswordReset"
	OpChoosePassword      Operation = "choosePassword"
	OpUpdateMe            Operation = "updateMe"
	OpChangePassword      Operation = "changePassword"
	OpStartSecondFactor   Operation = "startSecondFactor"
	OpConfirmSecondFactor Operation = "confirmSecondFactor"
	OpRemoveSecondFactor  Operation = "removeSecondFactor"
	OpNewRecoveryCodes    Operation = "newRecoveryCodes"
	OpListBearers         Operation = "listBearers"
	OpRevokeBearer        Operation = "revokeBearer"
	OpRevokeOthers        Operation = "revokeOtherSessions"
	OpCreateToken         Operation = "createToken"
	OpEndContactSessions  Operation = "endContactSessions"
	OpEndStaffSessions    Operation = "endStaffSessions"
	OpListProviders       Operation = "listSignOnProviders"
	OpCreateProvider      Operation = "createSignOnProvider"
	OpUpdateProvider      Operation = "updateSignOnProvider"
	OpListOwnSignOns      Operation = "listOwnSignOns"
	OpUnlinkSignOn        Operation = "unlinkSignOn"

	OpResetContactSecondFactor Operation = "resetContactSecondFactor"
	OpResetStaffSecondFactor   Operation = "resetStaffSecondFactor"

	OpSignInPage Operation = "signInPage"
	OpSecondStep Operation = "secondStep"
	OpLookAtLink Operation = "lookAtLink"
	OpRenewLink  Operation = "renewLink"
	OpListStuck  Operation = "listStuck"
	OpRetryDead  Operation = "retryDelivery"
	// OpLookAtApproval shows the quote an approval link is about.
	OpLookAtApproval Operation = "lookAtApproval"
	// OpSendApprovalCode mails the code that goes with an approval link.
	OpSendApprovalCode Operation = "sendApprovalCode"
	// OpDecideApproval decides on a quote by an approval link.
	OpDecideApproval Operation = "decideApproval"
	// OpLookAtQuestion shows what a link asks whoever asks for access.
	OpLookAtQuestion Operation = "lookAtQuestion"

	OpListSignOns  Operation = "listSignOns"
	OpStartSignOn  Operation = "startSignOn"
	OpFinishSignOn Operation = "finishSignOn"
	OpLinkSignOn   Operation = "linkSignOn"
)

// Public are the operations that need no caller. They are listed, like the
// rows of the table, so that nothing is open by omission.
var Public = []Operation{
	OpSignIn, OpSignInPage, OpRequestReset, OpChoosePassword, OpLookAtLink, OpRenewLink, OpAskForAccess, OpReplyAccess, OpLookAtQuestion,
	OpListSignOns, OpStartSignOn, OpFinishSignOn, OpReceivePayment, OpReceiveDevStatus, OpLookAtApproval, OpSendApprovalCode, OpDecideApproval,
}

// PagesOnly are the operations that need a browser's cookies, or are no use to
// a program: the API does not offer them.
var PagesOnly = []Operation{
	OpKeepDraft, OpQueue, OpWorkbench, OpReply, OpCancelReply, OpDirectory, OpCatalog, OpSignInPage, OpSecondStep, OpLookAtLink, OpRenewLink, OpLookAtQuestion,
	OpListSignOns, OpStartSignOn, OpFinishSignOn, OpLinkSignOn, OpExportInvoices, OpLookAtApproval, OpSendApprovalCode, OpDecideApproval,
}

// Reads are the operations that change nothing: a token that may only read
// reaches these alone, and can be ended with itself.
var Reads = []Operation{
	OpSignOut, OpGetMe, OpGetVendor, OpListForms, OpListRequests, OpGetRequest, OpListRefusals, OpListTickets, OpGetTicket, OpGetHistory, OpGetClocks, OpListComments, OpDownloadFile, OpListWatchers,
	OpListAuthorities, OpGetAuthority, OpPrintAuthority, OpListAccesses, OpListLinks,
	OpListOrganizations, OpGetOrganization, OpListCustomers, OpListContacts, OpGetContact, OpListStaff, OpGetStaff, OpListTeams, OpGetTeam,
	OpListProducts, OpGetProduct, OpGetPackage, OpListReleases, OpGetRelease,
	OpListAccessRequests, OpGetAccessRequest, OpListAudit, OpListBearers,
	OpQueue, OpDirectory, OpCatalog, OpListProviders, OpListOwnSignOns, OpListStuck, OpListContracts, OpGetContract,
	OpListInvoices, OpGetInvoice, OpDownloadInvoice, OpExportInvoices, OpPreviewInvoice,
	OpGetLedger, OpGetEntitlement, OpGetTicketEntitlement, OpListReceipts, OpListBounced,
	OpListServiceRequests, OpListServiceRequestsOf, OpGetServiceRequest, OpDownloadQuote,
	OpListQAReviews, OpListQAReviewsOf, OpGetQAReview, OpListCandidates, OpListDevTickets, OpGetDevTicket, OpListDevTicketsOf,
	OpListRoadmap, OpListFeatures, OpGetFeature, OpGetTicketFeature, OpListFeatureCandidates,
	OpListCollaborations, OpListCollaborationsOf, OpListEscalations, OpGetEscalation,
	OpListTimeEntries, OpGetTimer, OpListOwnTime,
	OpListWebhooks, OpGetWebhook, OpListWebhookDeliveries, OpListWebhookMessages,
	OpPreviewStatement, OpListStatements, OpGetStatement, OpListReceivers, OpListStandings,
}

// watched are the operations on a ticket that watching it is enough for: to see
// it as the customer's side does.
var watched = []Operation{
	OpListTickets, OpGetTicket, OpGetHistory, OpGetClocks, OpListComments, OpDownloadFile, OpListWatchers,
	OpListAuthorities, OpGetAuthority, OpPrintAuthority, OpListAccesses, OpListLinks, OpListServiceRequests, OpListServiceRequestsOf, OpGetServiceRequest, OpDownloadQuote, OpListDevTicketsOf, OpGetTicketFeature,
}
