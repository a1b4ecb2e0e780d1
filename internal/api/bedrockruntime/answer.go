package bedrockruntime

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"

	"hardpan/internal/invocation"
	"hardpan/internal/ledger"
	"hardpan/internal/model"
	"hardpan/internal/model/tokens"
	"hardpan/internal/op"
)

// clampedHeader says in an answer to what a budget lowered the call's maxTokens.
const clampedHeader = "X-Hardpan-Max-Tokens-Clamped"

// answer reserves what the call may cost, has a backend answer it, and leaves
// the settling to the moment when the answer's end is known.
func (s *Service) answer(ctx context.Context, c *op.Call, t *target, routed *invocation.Target, body *body) (*op.Response, error) {
	backend, as := s.Backends.Pick(routed.Model.ID, routed.Region())
	limit := outputLimit(c.Op.Name, routed.Model, body.fields)
	reservation, err := s.Ledger.Reserve(ctx, t.request(c, routed, ledger.Bound{Input: body.inputBound, Output: limit.tokens, Images: limit.images}, limit.canSet()))
	if err != nil {
		return nil, err
	}
	c.Record.Model, c.Record.Backend = routed.Model.ID, backend.Name()
	begun := false
	defer func() {
		if !begun { // no model answered, or a backend panicked
			reservation.Release()
			s.keepRequest(c)
		}
	}()
	call := &model.Call{
		Operation: c.Op.Name, ModelID: as, Model: routed.Model.ID, Named: routed.Named, Region: routed.Region(),
		Header: modelHeaders(c.Header), Body: c.Body,
	}
	clamped := reservation.MaxOutput()
	if clamped > 0 {
		if call.Body, err = setNumber(body.fields, limit.path, clamped); err != nil {
			return nil, err
		}
	} else if c.BodySHA256 != [32]byte{} {
		call.BodySHA256 = hex.EncodeToString(c.BodySHA256[:])
	}
	answer, err := backend.Answer(ctx, call)
	if err != nil {
		return nil, err
	}
	begun = true
	if answer.Status == http.StatusOK && c.Op.Name != "CountTokens" {
		tokens.Watch(call, answer)
	}
	return s.keepBodies(c, respond(c, answer, reservation, clamped)), nil
}

// respond makes the backend's answer that of the call.
func respond(c *op.Call, answer *model.Answer, r *ledger.Reservation, clamped int64) *op.Response {
	c.Record.Region = answer.Region
	if answer.Backend != "" {
		c.Record.Backend = answer.Backend
	}
	response := &op.Response{
		Status: answer.Status, Header: answer.Header, Stream: answer.Body,
		Done: func(cut error) { settle(c, answer, r, cut) },
	}
	if clamped > 0 {
		response.Header = answer.Header.Clone()
		response.Header.Set(clampedHeader, strconv.FormatInt(clamped, 10))
	}
	if answer.Progress != nil {
		response.Progress = func() op.Progress { return op.Progress(answer.Progress()) }
	}
	return response
}

// settle charges the call and writes down what it used.
func settle(c *op.Call, answer *model.Answer, r *ledger.Reservation, cut error) {
	used, counted := answer.Usage()
	c.Record.Tokens, c.Record.Counted, c.Record.Finished = used, counted, cut == nil
	if answer.Status >= 400 && used.IsZero() {
		r.Release()
		return
	}
	outcome := ledger.Complete
	if cut != nil {
		outcome = ledger.Incomplete
	}
	s := r.Settle(used, counted, outcome)
	c.Record.Tokens, c.Record.Counted, c.Record.Overrun = s.Tokens, !s.Estimated, s.Overrun
	c.Record.NanoUSD, c.Record.Priced, c.Record.Price, c.Record.Budgets = s.Cost, s.Priced, s.Price, s.Budgets
}
