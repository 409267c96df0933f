package workflows

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/reconciler"
	"github.com/casepath/casepath/ticket"
)

var _ reconciler.Engine = (*Client)(nil)

const runningTickets = `ExecutionStatus = 'Running' and WorkflowType = '` + TicketWorkflow + `'`

// Running lists tickets with a running workflow whose ids lie after one and up
// to another, as the engine's list shows them: a moment late, a thousand at
// most. next is the place of the following page, nil on the last.
func (c *Client) Running(ctx context.Context, after, upTo string, page []byte) (ids []string, next []byte, err error) {
	answer, err := c.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: 1000, NextPageToken: page,
		Query: fmt.Sprintf(`%s and WorkflowId > '%s' and WorkflowId <= '%s'`, runningTickets, TicketID(after), TicketID(upTo)),
	})
	if err != nil {
		return nil, nil, fmt.Errorf("list running workflows: %w", err)
	}
	return ticketIDs(answer.GetExecutions()), answer.GetNextPageToken(), nil
}

func ticketIDs(list []*workflowpb.WorkflowExecutionInfo) (ids []string) {
	for _, e := range list {
		ids = append(ids, strings.TrimPrefix(e.GetExecution().GetWorkflowId(), TicketID("")))
	}
	return ids
}

// FailingTickets lists tickets whose workflow task the engine reports to fail
// again and again, as its list shows them.
func (c *Client) FailingTickets(ctx context.Context, limit int) (ids []string, err error) {
	answer, err := c.engine.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: int32(limit), //nolint:gosec // a page
		Query:    runningTickets + ` and TemporalReportedProblems in ('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')`,
	})
	if err != nil {
		return nil, fmt.Errorf("list failing workflows: %w", err)
	}
	return ticketIDs(answer.GetExecutions()), nil
}

// Condition looks at a ticket's workflow itself, at its newest run.
func (c *Client) Condition(ctx context.Context, id string) (reconciler.Condition, error) {
	d, err := c.engine.DescribeWorkflowExecution(ctx, TicketID(id), "")
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return reconciler.Condition{}, nil
	}
	if err != nil {
		return reconciler.Condition{}, fmt.Errorf("look at %s: %w", TicketID(id), err)
	}
	return reconciler.Condition{
		Running: d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Attempt: int(d.GetPendingWorkflowTask().GetAttempt()),
	}, nil
}

// State asks a running workflow what it knows; for operators. NotFound when it
// does not run, Unavailable when it does not answer.
func (c *Client) State(ctx context.Context, id string) (s ticket.Snapshot, err error) {
	answer, err := c.engine.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: TicketID(id), QueryType: StateQuery, QueryRejectCondition: enums.QUERY_REJECT_CONDITION_NOT_OPEN,
	})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || err == nil && answer.QueryRejected != nil {
		return s, problem.Missing()
	}
	if err != nil {
		return s, asProblem(err)
	}
	if err := answer.QueryResult.Get(&s); err != nil {
		return s, fmt.Errorf("read state of %s: %w", TicketID(id), err)
	}
	return s, nil
}
