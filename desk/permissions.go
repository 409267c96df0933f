package desk

import "maps"

// Role is what a person is here. Contacts always hold RoleContact; those of a
// partner hold RolePartner too.
type Role string

// The roles (product section 2).
const (
	RoleContact           Role = "contact"
	RoleSuperUser         Role = "super_user"
	RolePartner           Role = "partner_contact"
	RoleApprover          Role = "approver"           // of paid work, up to their limit
	RoleSignatory         Role = "signatory"          // of access authorities
	RoleStatementReceiver Role = "statement_receiver" // of the weekly statement
	RoleAgent             Role = "agent"
	RoleQA                Role = "qa"
	RoleDeveloper         Role = "developer"
	RoleProductManager    Role = "product_manager"
	RoleTrainer           Role = "trainer"
	RoleAccountManager    Role = "account_manager"
	RoleBilling           Role = "billing"
	RoleManager           Role = "manager"
	RoleAdmin             Role = "admin"
)

// ContactRoles are the roles a contact may be given.
var ContactRoles = []Role{RoleSuperUser, RoleApprover, RoleSignatory, RoleStatementReceiver}

// StaffRoles are the roles a member of staff may be given.
var StaffRoles = []Role{
	RoleAgent, RoleQA, RoleDeveloper, RoleProductManager, RoleTrainer, RoleAccountManager, RoleBilling, RoleManager, RoleAdmin,
}

// Reach is how far a permission goes.
type Reach int

// The reaches, from nothing to everything of the vendor. Organization takes in
// the customers a partner is linked to where the object is an organization.
const (
	Nothing Reach = iota
	Own
	Organization
	Everything
)

// row is who may do one thing, and how far.
type row map[Role]Reach

// everyone is every signed-in person.
func everyone(customers Reach) row {
	r := row{RoleContact: customers}
	for _, role := range StaffRoles {
		r[role] = Everything
	}
	return r
}

func with(r row, more row) row {
	maps.Copy(r, more)
	return r
}

func staff() row {
	r := everyone(Nothing)
	delete(r, RoleContact)
	return r
}

// own is what some may do to what is their own.
func own(roles []Role) row {
	r := row{}
	for _, role := range roles {
		r[role] = Own
	}
	return r
}

var (
	support = row{RoleAgent: Everything, RoleManager: Everything}
	// carrying is who carries service requests out (assignment.Carrying).
	carrying = with(row{RoleTrainer: Everything}, support)
	// reviewing is who carries QA reviews out (assignment.Reviewing), planning who
	// decides about dev tickets.
	reviewing = row{RoleQA: Everything, RoleManager: Everything}
	planning  = row{RoleDeveloper: Everything, RoleProductManager: Everything, RoleManager: Everything}
	customers = row{RoleContact: Own, RoleSuperUser: Organization}
	readers   = with(everyone(Own), row{RoleSuperUser: Organization})
	directory = row{RoleAccountManager: Everything, RoleAdmin: Everything}
	// climbing is all staff, for what has come to a rung of theirs; deciding is who
	// decides on escalations, complaining who reads them: the customer's side, and
	// who answers for it.
	climbing    = own(StaffRoles)
	deciding    = with(with(row{}, climbing), row{RoleManager: Everything})
	complaining = with(with(with(row{}, climbing), row{RoleManager: Everything, RoleAccountManager: Everything}), customers)
	admins      = row{RoleAdmin: Everything}
	catalog     = row{RoleProductManager: Everything, RoleAdmin: Everything}
	// inCharge are an organization's persons in charge, and staff.
	inCharge = with(staff(), row{RoleSuperUser: Organization, RoleStatementReceiver: Organization})
	// entering is what staff may do who ask for access authorities; signing is
	// who may answer one, of the customer or on its behalf (see capacity).
	entering = with(row{RoleAdmin: Everything}, support)
	// working is who may enter time: their own, or anybody's.
	working = row{
		RoleAgent: Own, RoleQA: Own, RoleDeveloper: Own, RoleProductManager: Own, RoleTrainer: Own,
		RoleBilling: Everything, RoleManager: Everything, RoleAdmin: Everything,
	}
	signing = row{RoleSignatory: Organization, RolePartner: Organization}
	signers = with(with(everyone(Own), row{RoleSuperUser: Organization}), row{RoleSignatory: Organization})
	// invoiced is who reads invoices: those who read the tickets, and approvers.
	invoiced = with(with(everyone(Own), row{RoleSuperUser: Organization}), row{RoleApprover: Organization})
	billers  = row{RoleBilling: Everything}
)

// Permissions is the one table: operation by role. An operation without a row
// is refused to everybody, and a route without a row fails the build.
var Permissions = map[Operation]row{
	OpSignOut:   everyone(Own),
	OpGetMe:     everyone(Own),
	OpGetVendor: everyone(Own),

	OpSecondStep:          everyone(Own),
	OpUpdateMe:            everyone(Own),
	OpChangePassword:      everyone(Own),
	OpStartSecondFactor:   everyone(Own),
	OpConfirmSecondFactor: everyone(Own),
	OpRemoveSecondFactor:  everyone(Own),
	OpNewRecoveryCodes:    everyone(Own),
	OpListBearers:         everyone(Own),
	OpRevokeBearer:        everyone(Own),
	OpRevokeOthers:        everyone(Own),
	OpCreateToken:         everyone(Own),
	OpEndContactSessions:  directory,
	OpEndStaffSessions:    admins,
	OpListProviders:       admins,
	OpCreateProvider:      admins,
	OpUpdateProvider:      admins,
	OpListOwnSignOns:      everyone(Own),
	OpLinkSignOn:          everyone(Own),
	OpUnlinkSignOn:        everyone(Own),

	OpResetContactSecondFactor: directory,
	OpResetStaffSecondFactor:   admins,

	OpRegisterTicket:  customers,
	OpListForms:       everyone(Own),
	OpListRequests:    readers,
	OpGetRequest:      readers,
	OpCompleteRequest: customers,
	OpWithdrawRequest: customers,
	OpAnswerRequest:   {RoleSuperUser: Organization},
	OpForwardRequest:  {RoleSuperUser: Organization},
	OpListRefusals:    staff(),

	OpListReceipts:    readers,
	OpResendReceipt:   everyone(Own),
	OpListBounced:     staff(),
	OpDealWithBounced: with(with(row{}, support), directory),

	OpPreviewStatement:     inCharge,
	OpListStatements:       inCharge,
	OpGetStatement:         inCharge,
	OpSendStatement:        directory,
	OpListReceivers:        everyone(Organization),
	OpReportNobodyReceives: {RoleContact: Organization},
	OpListStandings:        staff(),

	OpListTickets:  readers,
	OpGetTicket:    readers,
	OpGetHistory:   readers,
	OpGetClocks:    readers,
	OpListComments: readers,
	OpAddComment:   readers,
	OpAddNote:      staff(),

	OpExcludeBreach:   support,
	OpDecideExclusion: support,
	OpRevokeExclusion: support,

	OpTriage:          support,
	OpStart:           support,
	OpAskInformation:  carrying,
	OpAnswer:          support,
	OpClose:           support,
	OpReassign:        support,
	OpGiveInformation: customers,
	OpWithdraw:        customers,
	OpReopen:          customers,
	OpMerge:           support,
	OpUnmerge:         support,
	OpSplit:           support,
	OpListLinks:       readers,
	OpLink:            support,
	OpUnlink:          support,

	OpListServiceRequests:    invoiced,
	OpListServiceRequestsOf:  readers,
	OpGetServiceRequest:      invoiced,
	OpAnswerRate:             customers,
	OpAskEstimate:            customers,
	OpOfferEstimate:          carrying,
	OpDecideEstimate:         customers,
	OpOfferQuote:             with(row{RoleProductManager: Everything}, carrying),
	OpDownloadQuote:          invoiced,
	OpDecideQuote:            {RoleApprover: Organization},
	OpBeginWork:              carrying,
	OpAgreeDates:             carrying,
	OpDeliverTraining:        carrying,
	OpAskValidation:          carrying,
	OpValidateWork:           customers,
	OpCloseServiceRequest:    support,
	OpReassignServiceRequest: carrying,
	OpCancelServiceRequest:   carrying,
	OpWithdrawServiceRequest: customers,

	OpAnswerInterest: customers,
	OpChooseSupport:  customers,
	OpWithdrawOffer:  with(row{RoleProductManager: Everything}, support),
	OpRecordEstimate: with(row{RoleProductManager: Everything}, carrying),
	OpScheduleWork:   {RoleBilling: Everything, RoleProductManager: Everything, RoleAdmin: Everything},
	OpSettleWork:     {RoleBilling: Everything, RoleAdmin: Everything},

	OpListQAReviews:    staff(),
	OpListQAReviewsOf:  staff(),
	OpGetQAReview:      staff(),
	OpBeginReview:      reviewing,
	OpAskFromReview:    reviewing,
	OpGiveVerdict:      reviewing,
	OpUndoVerdict:      reviewing,
	OpReassignReview:   with(row{RoleAgent: Everything}, reviewing),
	OpListCandidates:   staff(),
	OpListDevTickets:   staff(),
	OpGetDevTicket:     staff(),
	OpCreateDevTicket:  with(with(row{}, reviewing), planning),
	OpAcceptDevTicket:  planning,
	OpRefuseDevTicket:  planning,
	OpPlanDevTicket:    planning,
	OpBeginDevTicket:   planning,
	OpShipDevTicket:    planning,
	OpShipRelease:      with(row{RoleAdmin: Everything}, planning),
	OpListDevTicketsOf: readers,
	OpVerifyFix:        customers,

	OpListRoadmap:           customers,
	OpListFeatures:          staff(),
	OpGetFeature:            staff(),
	OpGetTicketFeature:      readers,
	OpListFeatureCandidates: staff(),
	OpEditFeature:           catalog,
	OpDeclineFeature:        catalog,
	OpRoadmapFeature:        catalog,
	OpOfferFeature:          catalog,
	OpMergeFeature:          catalog,
	OpDevelopFeature:        catalog,
	OpNoteFeatureVote:       catalog,
	OpVoteFeature:           customers,
	OpUnvoteFeature:         customers,

	OpAskColleague:         with(with(row{}, carrying), reviewing),
	OpAnswerColleague:      staff(),
	OpTakeQuestionBack:     with(with(row{}, carrying), reviewing),
	OpListCollaborations:   staff(),
	OpListCollaborationsOf: staff(),

	OpEscalate:              customers,
	OpListEscalations:       complaining,
	OpGetEscalation:         complaining,
	OpAcknowledgeEscalation: deciding,
	OpHoldEscalation:        deciding,
	OpResumeEscalation:      deciding,
	OpResolveEscalation:     deciding,
	OpWithdrawEscalation:    customers,

	OpUploadFile:   everyone(Own),
	OpDownloadFile: readers,

	OpListWatchers:  readers,
	OpAddWatcher:    readers,
	OpRemoveWatcher: readers,

	OpListAuthorities:   signers,
	OpGetAuthority:      signers,
	OpPrintAuthority:    signers,
	OpListAccesses:      signers,
	OpAskAuthority:      entering,
	OpCompleteAuthority: signing,
	OpDeclineAuthority:  signing,
	OpRevokeAuthority:   with(with(row{RoleSuperUser: Organization}, signing), entering),
	OpLogAccess:         staff(),

	OpListTimeEntries:  staff(),
	OpAddTimeEntry:     working,
	OpReverseTimeEntry: working,
	OpStartTimer:       working,
	OpStopTimer:        working,
	OpGetTimer:         staff(),
	OpListOwnTime:      staff(),

	OpListOrganizations:  with(everyone(Organization), nil),
	OpGetOrganization:    with(everyone(Organization), nil),
	OpCreateOrganization: directory,
	OpUpdateOrganization: directory,
	OpListCustomers:      with(everyone(Organization), nil),
	OpLinkCustomer:       directory,
	OpUnlinkCustomer:     directory,
	OpListContacts:       with(staff(), row{RoleSuperUser: Organization, RolePartner: Organization}),
	OpGetContact:         with(staff(), row{RoleSuperUser: Organization, RolePartner: Organization}),
	OpCreateContact:      directory,
	OpUpdateContact:      directory,
	OpInviteContact:      directory,
	OpListStaff:          staff(),
	OpGetStaff:           staff(),
	OpCreateStaff:        admins,
	OpUpdateStaff:        admins,
	OpInviteStaff:        admins,

	OpListTeams:  staff(),
	OpGetTeam:    staff(),
	OpCreateTeam: admins,
	OpUpdateTeam: admins,

	OpListProducts:    everyone(Own),
	OpGetProduct:      everyone(Own),
	OpCreateProduct:   catalog,
	OpUpdateProduct:   catalog,
	OpGetPackage:      everyone(Own),
	OpCreatePackage:   catalog,
	OpUpdatePackage:   catalog,
	OpListReleases:    everyone(Own),
	OpGetRelease:      everyone(Own),
	OpCreateRelease:   catalog,
	OpUpdateRelease:   catalog,
	OpAcceptVersion:   support,
	OpAskUpgrade:      support,
	OpListContracts:   with(staff(), row{RoleSuperUser: Organization}),
	OpGetContract:     with(staff(), row{RoleSuperUser: Organization}),
	OpCreateContract:  directory,
	OpPreviewContract: directory,
	OpUpdateContract:  directory,
	OpGetLedger:       with(staff(), row{RoleSuperUser: Organization}),
	OpGetEntitlement:  everyone(Organization),
	OpReleaseTicket:   with(row{RoleAgent: Everything, RoleManager: Everything}, directory),

	OpGetTicketEntitlement: readers,

	OpListAccessRequests: directory,
	OpGetAccessRequest:   directory,
	OpAskBack:            directory,
	OpGrantAccess:        directory,
	OpDeclineAccess:      directory,

	OpKeepDraft:   everyone(Own),
	OpQueue:       staff(),
	OpWorkbench:   staff(),
	OpReply:       staff(),
	OpCancelReply: staff(),
	OpDirectory:   staff(),
	OpCatalog:     staff(),

	OpListInvoices:          invoiced,
	OpGetInvoice:            invoiced,
	OpDownloadInvoice:       invoiced,
	OpExportInvoices:        billers,
	OpPreviewInvoice:        billers,
	OpIssueInvoice:          billers,
	OpCreditInvoice:         billers,
	OpRecordPayment:         billers,
	OpSetPaymentKey:         admins,
	OpListWebhooks:          admins,
	OpGetWebhook:            admins,
	OpCreateWebhook:         admins,
	OpUpdateWebhook:         admins,
	OpRotateWebhook:         admins,
	OpListWebhookDeliveries: admins,
	OpRetryWebhook:          admins,
	OpSetWebhookKey:         admins,
	OpListWebhookMessages:   admins,
	OpListStuck:             admins,
	OpRetryDead:             admins,
	OpListAudit:             admins,
}
