package bedrockruntime

import (
	"context"
	"encoding/hex"
	"encoding/json"

	"hardpan/internal/invocation"
	"hardpan/internal/ledger"
	"hardpan/internal/model"
	"hardpan/internal/op"
	"hardpan/internal/wire/rest"
)

// answer reserves what the call may cost, has a backend answer it, and leaves
// the settling to the moment when the answer's end is known.
func (s *Service) answer(ctx context.Context, c *op.Call, t *invocation.Target, body rest.Fields) (*op.Response, error) {
	backend, as := s.Backends.Pick(t.Model.ID, t.Region())
	c.Record.Model, c.Record.Backend = t.Model.ID, backend.Name()

	reservation, err := s.Ledger.Reserve(ctx, &ledger.Request{
		CallID: c.ID, Partition: c.Partition, Account: c.Account, Region: c.Region, Principal: c.Caller.ARN,
		Model: t.Model.ID, Profile: t.Profile, InputBound: int64(len(c.Body)), OutputBound: outputBound(body),
	})
	if err != nil {
		return nil, err
	}
	call := &model.Call{
		Operation: c.Op.Name, ModelID: as, Model: t.Model.ID, Named: t.Named, Region: t.Region(),
		Header: modelHeaders(c.Header), Body: c.Body,
	}
	if c.BodySHA256 != [32]byte{} {
		call.BodySHA256 = hex.EncodeToString(c.BodySHA256[:])
	}
	answer, err := backend.Answer(ctx, call)
	if err != nil {
		reservation.Release()
		return nil, err
	}
	c.Record.Region = answer.Region
	if answer.Backend != "" {
		c.Record.Backend = answer.Backend
	}
	response := &op.Response{
		Status: answer.Status, Header: answer.Header, Stream: answer.Body,
		Done: func(cut error) { settle(c, answer, reservation, cut) },
	}
	if answer.Progress != nil {
		response.Progress = func() op.Progress { return op.Progress(answer.Progress()) }
	}
	return response, nil
}

// settle charges the call and writes down what it used.
func settle(c *op.Call, answer *model.Answer, r ledger.Reservation, cut error) {
	tokens, counted := answer.Usage()
	c.Record.Tokens, c.Record.Counted, c.Record.Finished = tokens, counted, cut == nil
	if answer.Status >= 400 && tokens.IsZero() {
		r.Release()
		return
	}
	outcome := ledger.Complete
	switch {
	case cut != nil:
		outcome = ledger.Incomplete
	case !counted:
		outcome = ledger.Unreported
	}
	// The ledger keeps a reservation that it could not settle, so nothing is
	// lost; the answer is already on its way.
	cost, _ := r.Settle(tokens, outcome)
	c.Record.NanoUSD, c.Record.Priced = cost.NanoUSD, cost.Priced
}

// outputBound is the most output tokens a body asks for, or 0 if it names no
// limit: then the model's own holds.
func outputBound(fields rest.Fields) int64 {
	if n, ok := number(fields, "max_tokens"); ok {
		return n
	}
	if raw, ok := fields.Get("inferenceConfig"); ok {
		var config struct {
			MaxTokens int64 `json:"maxTokens"`
		}
		if json.Unmarshal(raw, &config) == nil {
			return config.MaxTokens
		}
	}
	return 0
}

func number(fields rest.Fields, name string) (n int64, ok bool) {
	raw, ok := fields.Get(name)
	if !ok || json.Unmarshal(raw, &n) != nil {
		return 0, false
	}
	return n, true
}
