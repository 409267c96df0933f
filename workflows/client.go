package workflows

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/casepath/casepath/activities"
	"github.com/casepath/casepath/devticket"
	"github.com/casepath/casepath/problem"
	"github.com/casepath/casepath/qa"
	"github.com/casepath/casepath/service"
	"github.com/casepath/casepath/telemetry"
	"github.com/casepath/casepath/ticket"
)

// ActTimeout bounds how long a caller waits for the outcome of an action.
const ActTimeout = 8 * time.Second

// Client is how the rest of Casepath speaks to workflows.
type Client struct {
	engine client.Client
}

// NewClient speaks through an SDK client.
func NewClient(engine client.Client) *Client { return &Client{engine: engine} }

// Dial makes a client that connects when it is first used, so that whoever
// needs no engine (registration) works without one.
func Dial(address, namespace string, options client.Options) (*Client, error) {
	options.HostPort, options.Namespace = address, namespace
	options.ConnectionOptions.GrpcCompression = &client.GrpcCompressionNone{} // codes and uuids, on a network of our own: packing costs more than sending
	traces, err := telemetry.Interceptors()
	if err != nil {
		return nil, err
	}
	options.Interceptors = append(options.Interceptors, traces...)
	engine, err := client.NewLazyClient(options)
	if err != nil {
		return nil, fmt.Errorf("temporal client for %s: %w", address, err)
	}
	return NewClient(engine), nil
}

// Engine is the SDK client, for the worker.
func (c *Client) Engine() client.Client { return c.engine }

// Close ends the connection.
func (c *Client) Close() { c.engine.Close() }

// Check answers nil when the engine serves.
func (c *Client) Check(ctx context.Context) error {
	if _, err := c.engine.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("temporal does not answer: %w", err)
	}
	return nil
}

// Polled answers whether a worker on this host has asked the engine for work
// within the last age. A worker that waits for work asks once a minute.
func (c *Client) Polled(ctx context.Context, host string, age time.Duration) (bool, error) {
	queue, err := c.engine.DescribeTaskQueue(ctx, TaskQueue, enums.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return false, fmt.Errorf("temporal does not tell who works: %w", err)
	}
	for _, p := range queue.GetPollers() {
		// An identity is process@host@queue.
		if parts := strings.Split(p.GetIdentity(), "@"); len(parts) > 1 && parts[1] == host && time.Since(p.GetLastAccessTime().AsTime()) < age {
			return true, nil
		}
	}
	return false, nil
}

// StartTicket starts a ticket's workflow. One that runs counts as started; one
// that has ended too, unless it is to be started again.
func (c *Client) StartTicket(ctx context.Context, vendor, id string, again bool) error {
	options := startOptions(TicketID(id))
	options.EnableEagerStart = true // a worker of this process takes the first task at once
	if again {
		options.WorkflowIDReusePolicy = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	_, err := c.engine.ExecuteWorkflow(ctx, options, TicketWorkflow, TicketInput{Vendor: vendor, Ticket: id})
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &started) {
		return fmt.Errorf("start %s: %w", TicketID(id), err)
	}
	return nil
}

// StartRequest starts the workflow of a request that is not registered. One
// that runs, or has ended, counts as started.
func (c *Client) StartRequest(ctx context.Context, vendor, id string) error {
	return c.start(ctx, RequestID(id), RequestWorkflow, activities.RequestRef{Vendor: vendor, Request: id})
}

// StartService starts the workflow of a service request. One that runs, or has
// ended, counts as started.
func (c *Client) StartService(ctx context.Context, vendor, id string) error {
	return c.start(ctx, ServiceRequestID(id), ServiceRequestWorkflow, ServiceRequestInput{Vendor: vendor, Service: id})
}

// StartEnhancement is StartService for one of the paid chain.
func (c *Client) StartEnhancement(ctx context.Context, vendor, id string) error {
	return c.start(ctx, EnhancementID(id), EnhancementWorkflow, ServiceRequestInput{Vendor: vendor, Service: id})
}

// StartReview starts the workflow of a QA review; StartDev and StartNews are the
// same of a dev ticket and of news.
func (c *Client) StartReview(ctx context.Context, vendor, id string) error {
	return c.start(ctx, QAReviewID(id), QAReviewWorkflow, QAReviewInput{Vendor: vendor, Review: id})
}

// StartDev is said at StartReview.
func (c *Client) StartDev(ctx context.Context, vendor, id string) error {
	return c.start(ctx, DevTicketID(id), DevTicketWorkflow, DevTicketInput{Vendor: vendor, Dev: id})
}

// StartCollaboration is said at StartReview.
func (c *Client) StartCollaboration(ctx context.Context, vendor, id string) error {
	return c.start(ctx, CollaborationID(id), CollaborationWorkflow, CollaborationInput{Vendor: vendor, ID: id})
}

// StartEscalation is said at StartReview.
func (c *Client) StartEscalation(ctx context.Context, vendor, id string) error {
	return c.start(ctx, EscalationID(id), EscalationWorkflow, EscalationInput{Vendor: vendor, ID: id})
}

// StartNews is said at StartReview.
func (c *Client) StartNews(ctx context.Context, vendor, id string) error {
	return c.start(ctx, DevNewsID(id), DevNewsWorkflow, activities.DevRef{Vendor: vendor, ID: id})
}

func (c *Client) start(ctx context.Context, id, workflow string, input any) error {
	_, err := c.engine.ExecuteWorkflow(ctx, startOptions(id), workflow, input)
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	if err != nil && !errors.As(err, &started) {
		return fmt.Errorf("start %s: %w", id, err)
	}
	return nil
}

func startOptions(workflowID string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: workflowID, TaskQueue: TaskQueue, WorkflowTaskTimeout: TaskTimeout,
		WorkflowIDReusePolicy:                    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
}

// Poke makes a ticket's workflow read its row. NotFound when it runs no more,
// or not yet.
func (c *Client) Poke(ctx context.Context, id string) error { return c.poke(ctx, TicketID(id)) }

// PokeRequest is Poke for the workflow of a request that is not registered.
func (c *Client) PokeRequest(ctx context.Context, id string) error {
	return c.poke(ctx, RequestID(id))
}

// PokeService is Poke for the workflow of a service request.
func (c *Client) PokeService(ctx context.Context, id string) error {
	return c.poke(ctx, ServiceRequestID(id))
}

// PokeEnhancement is PokeService for one of the paid chain.
func (c *Client) PokeEnhancement(ctx context.Context, id string) error {
	return c.poke(ctx, EnhancementID(id))
}

// PokeReview is Poke for the workflow of a QA review.
func (c *Client) PokeReview(ctx context.Context, id string) error { return c.poke(ctx, QAReviewID(id)) }

// PokeCollaboration is Poke for the workflow of a question to colleagues.
func (c *Client) PokeCollaboration(ctx context.Context, id string) error {
	return c.poke(ctx, CollaborationID(id))
}

// PokeEscalation is Poke for the workflow of an escalation.
func (c *Client) PokeEscalation(ctx context.Context, id string) error {
	return c.poke(ctx, EscalationID(id))
}

// PokeDev is Poke for the workflow of a dev ticket.
func (c *Client) PokeDev(ctx context.Context, id string) error { return c.poke(ctx, DevTicketID(id)) }

func (c *Client) poke(ctx context.Context, workflowID string) error {
	err := c.engine.SignalWorkflow(ctx, workflowID, "", PokeSignal, nil)
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) {
		return problem.Missing()
	}
	if err != nil {
		return fmt.Errorf("poke %s: %w", workflowID, err)
	}
	return nil
}

// Act gives a ticket's workflow a command and waits for its outcome, at most
// ActTimeout. Conflict and Forbidden are the workflow's refusals. Unavailable
// means not known yet: repeat with the same key. A workflow the relay has not
// come to yet is started; one that is continuing as new is waited for.
func (c *Client) Act(ctx context.Context, vendor, id string, command ticket.Command) error {
	return c.give(ctx, order{
		workflow: TicketID(id), kind: TicketWorkflow, input: TicketInput{Vendor: vendor, Ticket: id},
		key: command.Key, action: string(command.Action), command: command,
	})
}

// ActReview is Act for the workflow of a QA review.
func (c *Client) ActReview(ctx context.Context, vendor, id string, command qa.Command) error {
	return c.give(ctx, order{
		workflow: QAReviewID(id), kind: QAReviewWorkflow, input: QAReviewInput{Vendor: vendor, Review: id},
		key: command.Key, action: string(command.Action), command: command,
	})
}

// ActDev is Act for the workflow of a dev ticket.
func (c *Client) ActDev(ctx context.Context, vendor, id string, command devticket.Command) error {
	return c.give(ctx, order{
		workflow: DevTicketID(id), kind: DevTicketWorkflow, input: DevTicketInput{Vendor: vendor, Dev: id},
		key: command.Key, action: string(command.Action), command: command,
	})
}

// ActService is Act for the workflow of a service request on that path.
func (c *Client) ActService(ctx context.Context, vendor, path, id string, command service.Command) error {
	kind := ServiceRequestWorkflow
	if service.IsEnhancement(path) {
		kind = EnhancementWorkflow
	}
	return c.give(ctx, order{
		workflow: WorkID(path, id), kind: kind, input: ServiceRequestInput{Vendor: vendor, Service: id},
		key: command.Key, action: string(command.Action), command: command,
	})
}

// order is a command on its way to a workflow, with what starts that one.
type order struct {
	workflow, kind string
	input          any
	key, action    string
	command        any
}

func (c *Client) give(ctx context.Context, o order) error {
	ctx, cancel := context.WithTimeout(ctx, ActTimeout)
	defer cancel()
	for wait := 25 * time.Millisecond; ; wait = min(2*wait, 400*time.Millisecond) {
		err := c.update(ctx, o)
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			err = c.updateWithStart(ctx, o)
		}
		var ended *serviceerror.WorkflowExecutionAlreadyStarted // or about to continue as new
		moving := codeOf(err) == problem.Unavailable
		if !moving && !errors.As(err, &missing) && !errors.As(err, &ended) {
			return asProblem(err)
		}
		if errors.As(err, &ended) && c.completed(ctx, o.workflow) {
			return problem.NotKnownYet(err)
		}
		select {
		case <-ctx.Done():
			return problem.NotKnownYet(err)
		case <-time.After(wait):
		}
	}
}

// completed says whether a workflow has ended for good: nobody will answer, and
// its row says why.
func (c *Client) completed(ctx context.Context, workflow string) bool {
	d, err := c.engine.DescribeWorkflowExecution(ctx, workflow, "")
	return err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
}

func (c *Client) update(ctx context.Context, o order) error {
	handle, err := c.engine.UpdateWorkflow(ctx, o.options())
	if err != nil {
		return err
	}
	return handle.Get(ctx, nil)
}

// updateWithStart is update of a workflow that is started with it, unless it
// was meanwhile: after a burst of registrations the relay may be minutes
// behind, and nobody should wait for it.
func (c *Client) updateWithStart(ctx context.Context, o order) error {
	options := startOptions(o.workflow)
	options.WorkflowIDConflictPolicy = enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	handle, err := c.engine.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: c.engine.NewWithStartWorkflowOperation(options, o.kind, o.input),
		UpdateOptions:          o.options(),
	})
	if err != nil {
		return err
	}
	return handle.Get(ctx, nil)
}

func (o order) options() client.UpdateWorkflowOptions {
	return client.UpdateWorkflowOptions{
		WorkflowID: o.workflow, UpdateID: o.key, UpdateName: o.action,
		Args: []any{o.command}, WaitForStage: client.WorkflowUpdateStageCompleted,
	}
}
