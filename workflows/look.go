package workflows

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/ticket"
)

var _ reconciler.Engine = (*Client)(nil)

// driven is a kind of row that has a workflow, <kind>/<uuid>: its name in
// histories, and what starts it.
type driven struct {
	workflow string
	input    func(vendor, id string) any
}

// works are the kinds the reconciler knows, by their names.
var works = map[string]driven{
	"ticket":          {TicketWorkflow, func(vendor, id string) any { return TicketInput{Vendor: vendor, Ticket: id} }},
	"request":         {RequestWorkflow, func(vendor, id string) any { return activities.RequestRef{Vendor: vendor, Request: id} }},
	"service_request": {ServiceRequestWorkflow, func(vendor, id string) any { return ServiceRequestInput{Vendor: vendor, Service: id} }},
	"enhancement":     {EnhancementWorkflow, func(vendor, id string) any { return ServiceRequestInput{Vendor: vendor, Service: id} }},
	"qa_review":       {QAReviewWorkflow, func(vendor, id string) any { return QAReviewInput{Vendor: vendor, Review: id} }},
	"dev_ticket":      {DevTicketWorkflow, func(vendor, id string) any { return DevTicketInput{Vendor: vendor, Dev: id} }},
	"dev_news":        {DevNewsWorkflow, func(vendor, id string) any { return activities.DevRef{Vendor: vendor, ID: id} }},
	"collaboration":   {CollaborationWorkflow, func(vendor, id string) any { return CollaborationInput{Vendor: vendor, ID: id} }},
	"escalation":      {EscalationWorkflow, func(vendor, id string) any { return EscalationInput{Vendor: vendor, ID: id} }},
}

func workID(work, id string) string { return work + "/" + id }

// StartAgain starts the workflow of a row that has ended before its time. One
// that runs counts as started.
func (c *Client) StartAgain(ctx context.Context, work, vendor, id string) error {
	w, known := works[work]
	if !known {
		return fmt.Errorf("start %s: no such workflow", workID(work, id))
	}
	options := startOptions(workID(work, id))
	options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	_, err := c.engine.ExecuteWorkflow(ctx, options, w.workflow, w.input(vendor, id))
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &started) {
		return fmt.Errorf("start %s: %w", options.ID, err)
	}
	return nil
}

// PokeWork makes the workflow of a row of any kind read it. NotFound when it runs
// no more, or not yet.
func (c *Client) PokeWork(ctx context.Context, work, id string) error {
	return c.poke(ctx, workID(work, id))
}

const running = `ExecutionStatus = 'Running'`

// Running lists rows of a kind with a running workflow whose ids lie after one and
// up to another, as the engine's list shows them: a moment late, a thousand at
// most. next is the place of the following page, nil on the last.
func (c *Client) Running(ctx context.Context, work, after, upTo string, page []byte) (ids []string, next []byte, err error) {
	answer, err := c.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1000, NextPageToken: page,
		Query: fmt.Sprintf(running+` and WorkflowType = '%s' and WorkflowId > '%s' and WorkflowId <= '%s'`, works[work].workflow, workID(work, after), workID(work, upTo)),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list running workflows: %w", err)
	}
	for _, e := range answer.GetExecutions() {
		ids = append(ids, strings.TrimPrefix(e.GetExecution().GetWorkflowId(), workID(work, "")))
	}
	return ids, answer.GetNextPageToken(), nil
}

// Failing lists the workflows whose task the engine reports to fail again and
// again, as its list shows them: the id of each, which for a row's is
// <kind>/<uuid>.
func (c *Client) Failing(ctx context.Context, limit int) (ids []string, err error) {
	answer, err := c.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: int32(limit), //nolint:gosec // a page
		Query:    running + ` and TemporalReportedProblems in ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')`,
	})
	if err != nil {
		return nil, fmt.Errorf("list failing workflows: %w", err)
	}
	for _, e := range answer.GetExecutions() {
		ids = append(ids, e.GetExecution().GetWorkflowId())
	}
	return ids, nil
}

// Condition looks at the workflow of a row of any kind itself, at its newest run.
func (c *Client) Condition(ctx context.Context, work, id string) (reconciler.Condition, error) {
	d, err := c.engine.DescribeWorkflowExecution(ctx, workID(work, id), "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return reconciler.Condition{}, nil
	}
	if err != nil {
		return reconciler.Condition{}, fmt.Errorf("look at %s: %w", workID(work, id), err)
	}
	return reconciler.Condition{
		Running: d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Attempt: int(d.GetPendingWorkflowTask().GetAttempt()),
	}, nil
}

// State asks a ticket's running workflow what it knows; for operators. NotFound
// when it does not run, Unavailable when it does not answer.
func (c *Client) State(ctx context.Context, id string) (s ticket.Snapshot, err error) {
	err = c.knows(ctx, TicketID(id), &s)
	return s, err
}

// Version is State of a row of any kind, whose version alone is told.
func (c *Client) Version(ctx context.Context, work, id string) (int64, error) {
	var s struct{ Version int64 }
	err := c.knows(ctx, workID(work, id), &s)
	return s.Version, err
}

func (c *Client) knows(ctx context.Context, workflow string, what any) error {
	answer, err := c.engine.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: workflow, QueryType: StateQuery, QueryRejectCondition: enums.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && answer.QueryRejected != nil {
		return problem.Missing()
	}
	if err != nil {
		return asProblem(err)
	}
	if err := answer.QueryResult.Get(what); err != nil {
		return fmt.Errorf("read state of %s: %w", workflow, err)
	}
	return nil
}
