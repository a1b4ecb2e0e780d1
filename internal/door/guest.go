package door

import (
	"context"
	"errors"
	"net/http"

	"hardpan/arn"
	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/ledger"
	"hardpan/internal/op"
)

// Guests are callers whom a resource lets in by itself: a tool gateway with
// outside sign-in, or an open one. The operation decides from the head of the
// request; all else (route, body, checks, event) is as for everyone.

// admitGuest lets a guest in, if the request goes where guests may. done is an
// answer that ends the visit.
func (v *visit) admitGuest() (done *op.Response, err error) {
	if v.door.guests == nil {
		return nil, nil
	}
	operation, labels := v.door.guests.Match(v.r.Method, v.endpoint.path)
	if operation == nil {
		return nil, nil
	}
	c := v.call
	v.service = v.door.services[operation.API.SigningName]
	c.Labels = labels
	admission, err := operation.Admit(v.service.impl[operation.API], c, v.r)
	if err != nil {
		return nil, err
	}
	if admission.Answer != nil {
		v.refuseBody()
		return admission.Answer, nil
	}
	if admission.Guest == nil {
		return nil, nil
	}
	if err := v.guestRegion(admission.Guest.Region); err != nil {
		return nil, err
	}
	c.Op, c.Caller, c.Proof = operation, admission.Guest.Caller, admission.Guest.Proof
	c.Partition, c.Account = c.Caller.Partition, c.Caller.Account
	if snapshot, ok := v.door.Directory.Account(c.Account); ok {
		v.revision = snapshot.Revision()
	}
	c.Body, err = v.readBody()
	return nil, err
}

// guestRegion is the region of what let the guest in. An endpoint that names
// another one is refused.
func (v *visit) guestRegion(region string) error {
	if v.endpoint.disagree(region) {
		return awserr.New("ResourceNotFoundException", http.StatusNotFound, "There is no such gateway in %s.", v.endpoint.region)
	}
	v.call.Region, v.call.RegionFrom = region, "resource"
	return nil
}

// writeTool puts one question that a gateway decided into the journal; see
// [op.Call.Write]. It returns when the event is there for good.
func (v *visit) writeTool(ctx context.Context, use *op.ToolUse) (id string, err error) {
	d := v.door
	e := v.event(http.StatusOK, nil)
	e.ID, e.RequestID, e.Tool = audit.NewCallID(), v.call.ID, use
	e.DecisionID = audit.NewDecisionID()
	if use.CallID != "" {
		e.ID = use.CallID // it closes the reservation
	}
	charged(e, use)
	if !use.Allowed || len(use.Missing) > 0 || use.Failed || use.Refused != nil {
		e.Denial = v.toolDecision(e, use)
		e.Message = use.Message
		brief := *use
		brief.Explanation = nil // the denial has it
		e.Tool = &brief
	}
	switch {
	case use.Refused != nil:
		v.toolRefused(e, use)
	case !use.Allowed && use.Message != "":
		e.Verdict, e.Outcome = audit.Deny, audit.Denied
	case errors.Is(v.r.Context().Err(), context.Canceled):
		e.Outcome = audit.Canceled
	case use.Failed:
		e.Outcome = audit.Failed
	}
	seq, err := d.Journal.Append(e)
	if err == nil {
		err = d.Journal.Sync(context.WithoutCancel(ctx), seq)
	}
	if err != nil {
		d.Log.Error("the journal does not take events", "error", err)
		return "", journalDown(err)
	}
	if e.Denial != nil {
		v.call.DecisionID = e.DecisionID
		if err := d.Decisions.Add(e.Denial); err != nil {
			d.Log.Warn("a denial is not kept at hand; the journal has it", "error", err)
		}
	}
	v.observe(e)
	return e.DecisionID, nil
}

// charged notes what a call of a tool was charged to. Budgets are those of the
// gateway's account, and so is what is counted for them.
func charged(e *audit.Event, use *op.ToolUse) {
	if a, err := arn.Parse(use.Gateway); err == nil && len(use.Budgets) > 0 {
		e.Account, e.Budgets = a.Account, use.Budgets
	}
}

// toolRefused makes the decision that of the budget which had no room. A call that
// could not be counted failed.
func (v *visit) toolRefused(e *audit.Event, use *op.ToolUse) {
	answer := awserr.From(use.Refused)
	e.Outcome, e.Code = audit.Failed, answer.Code
	if r := ledger.AsRefusal(use.Refused); r != nil {
		e.Outcome, e.Denial.Budget = audit.Refused, budgetRefusal(r)
	}
	e.Denial.Code, e.Denial.Status, e.Denial.Outcome = answer.Code, answer.Status, e.Outcome
}

// toolDecision is what `hardpan why` reads of a question that a gateway decided.
func (v *visit) toolDecision(e *audit.Event, use *op.ToolUse) *audit.Decision {
	c := v.call
	return &audit.Decision{
		ID: e.DecisionID, Time: e.Time, Revision: v.revision, Account: c.Account, Caller: e.Caller,
		Call: audit.DecisionCall{
			ID: e.ID, Service: e.Service, Operation: e.Operation, Region: c.Region, RegionFrom: c.RegionFrom,
		},
		Failed: -1, Status: http.StatusOK, Message: use.Message, Outcome: e.Outcome, Tool: use,
	}
}
