package door

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/policy/eval"
)

// answer sends a response. For an authenticated call its event is in the
// journal before the last byte leaves.
func (v *visit) answer(r *op.Response) {
	if v.call.DecisionID != "" {
		v.w.Header().Set("X-Hardpan-Decision-Id", v.call.DecisionID)
	}
	if r.Recorded {
		v.concluded = true
	}
	if live(r) {
		v.answering = true
		v.sendStream(r, func(cut error) error {
			if r.Done != nil {
				r.Done(cut)
			}
			return v.conclude(r.Status, cut)
		})
		return
	}
	var cut error
	if r.Stream != nil {
		if cut = gather(r); cut != nil {
			r = v.fail(cutAnswer(cut))
		}
	}
	if err := v.conclude(r.Status, cut); err != nil {
		r = v.fail(journalDown(err))
	}
	v.answering = true
	v.sendBody(r)
}

// conclude writes the event of an authenticated call, and nothing for others.
func (v *visit) conclude(status int, cut error) error {
	if v.call.Caller == nil || v.concluded {
		return nil
	}
	d := v.door
	if v.stranger {
		v.remember()
		return nil
	}
	e := v.event(status, cut)
	seq, err := d.Journal.Append(e)
	if err == nil {
		err = d.Journal.Sync(context.WithoutCancel(v.r.Context()), seq)
	}
	if err != nil {
		d.Log.Error("the journal does not take events", "error", err)
		return err
	}
	v.concluded = true
	if e.Denial != nil {
		if err := d.Decisions.Add(e.Denial); err != nil {
			d.Log.Warn("a denial is not kept at hand; the journal has it", "error", err)
		}
	}
	v.observe(e)
	return nil
}

// observe tells of an event that the journal has those who count and trace.
func (v *visit) observe(e *audit.Event) {
	d := v.door
	if d.Observe != nil {
		d.Observe(e)
	}
	if d.Trace != nil {
		d.Trace(e, v.r.Header.Get("Traceparent"), v.r.Header.Get("Tracestate"))
	}
}

func (v *visit) event(status int, cut error) *audit.Event {
	c, rec := v.call, &v.call.Record
	e := &audit.Event{
		ID: c.ID, Time: c.Time.UnixMicro(), Partition: c.Partition, Account: c.Account,
		Region: c.Region, RegionFrom: c.RegionFrom, Service: v.api().Name,
		Caller: v.caller(), SourceIP: sourceIP(v.r), UserAgent: v.r.UserAgent(), Checks: v.checks,
		Model: rec.Named, Profile: rec.Profile, UsedModel: rec.Model, Backend: rec.Backend,
		UsedRegion: rec.Region, CouldRegion: rec.Regions,
		Revision: v.revision, Verdict: audit.Allow, DecisionID: c.DecisionID, Status: status,
		ProfileKind: string(rec.Kind), ProfileTags: rec.ProfileTags,
		Tokens: rec.Tokens, Cost: rec.NanoUSD, Priced: rec.Priced, Price: rec.Price, Budgets: rec.Budgets,
		Estimated: !rec.Counted && !rec.Tokens.IsZero(), Overrun: rec.Overrun, FirstToken: v.firstToken,
		Outcome: audit.OK, Latency: v.door.Now().Sub(c.Time).Microseconds(), Denial: v.denied,
	}
	if c.Op != nil {
		e.Operation = c.Op.Name
	}
	if v.failure != nil {
		e.Code, e.Message = v.failure.Code, v.failure.Message
	}
	switch {
	case v.denied != nil && v.denied.Budget != nil:
		e.Outcome = audit.Refused
	case v.denied != nil:
		e.Verdict, e.Outcome = audit.Deny, audit.Denied
	case errors.Is(v.r.Context().Err(), context.Canceled):
		e.Outcome = audit.Canceled
	case cut != nil:
		e.Outcome = audit.Incomplete
	case status >= http.StatusBadRequest:
		e.Outcome = audit.Failed
	}
	return e
}

func (v *visit) caller() audit.Caller { return audit.CallerOf(v.call.Caller) }

// record keeps why a call was denied: every check is evaluated again, with a
// trace.
func (v *visit) record(checks []op.Check, failed int, denial *awserr.Error) {
	c := v.call
	d := &audit.Decision{
		ID: c.DecisionID, Time: c.Time.UnixMicro(), Revision: v.revision, Account: c.Account, Caller: v.caller(),
		Call: audit.DecisionCall{
			ID: c.ID, Service: c.Op.API.Name, Operation: c.Op.Name, Region: c.Region, RegionFrom: c.RegionFrom,
		},
		Failed: failed, Code: denial.Code, Status: denial.Status, Message: denial.Message, Outcome: audit.Denied,
	}
	for i := range checks {
		request := v.request(&checks[i])
		trace := audit.CheckTrace{Check: v.checks[i]}
		for entry := range request.Context.All() {
			trace.Keys = append(trace.Keys, audit.Key{
				Name: entry.Key, Origin: entry.Origin, Values: entry.Values, Multi: entry.Multi,
			})
		}
		if encoded, err := json.Marshal(v.trace(&checks[i])); err == nil {
			trace.Trace = encoded
		}
		d.Checks = append(d.Checks, trace)
	}
	d.Policies = policyTexts(c.Caller.Subject)
	v.denied = d
}

// policyTexts are the documents of the caller's own policies, as many as there is
// room for.
func policyTexts(s *eval.Subject) (list []audit.PolicyText) {
	room := audit.MaxPolicies
	for _, p := range s.Identity.Policies() {
		document, err := json.Marshal(p.Document)
		if err != nil || len(document) > room {
			continue
		}
		room -= len(document)
		src := s.SourceOf(p)
		list = append(list, audit.PolicyText{ARN: src.ARN, Name: src.Name, Owner: src.Owner, Document: document})
	}
	return list
}
