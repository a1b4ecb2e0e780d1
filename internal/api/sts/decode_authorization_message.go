package sts

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	awssts "github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/arn"
	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/policy/eval"
)

// DecodeAuthorizationMessage reads why a call was denied. AWS seals that into
// the denial; Hardpan keeps it, and the message to decode is the decision's id,
// which every denial has in its header X-Hardpan-Decision-Id. Beside this
// action's permission it takes what reading the decision takes anywhere: that it
// is about the caller, or hardpan:GetDecision.

var _ = op.AddChecked(&table, (*Service).decodeChecks, (*Service).decodeAuthorizationMessage, op.Rule[awssts.DecodeAuthorizationMessageInput]{
	Action: "sts:DecodeAuthorizationMessage", Access: op.Write,
})

// getDecision is the action for decisions that are not the caller's own.
const getDecision = "hardpan:GetDecision"

var decisionID = regexp.MustCompile(`^[a-z2-7]{26}$`)

func (s *Service) decodeChecks(c *op.Call, in *awssts.DecodeAuthorizationMessageInput) ([]op.Check, error) {
	if err := notFederated(c, "DecodeAuthorizationMessage"); err != nil {
		return nil, err
	}
	if in.EncodedMessage == nil {
		return nil, missing("encodedMessage")
	}
	checks := []op.Check{{Action: "sts:DecodeAuthorizationMessage", Resource: "*", Region: c.Region, Keys: c.Keys}}
	d, _ := s.Decisions.Get(*in.EncodedMessage)
	if !d.Of(c.Caller.ARN, c.Caller.UserID) && decisionID.MatchString(*in.EncodedMessage) {
		checks = append(checks, others(c, *in.EncodedMessage))
	}
	return checks, nil
}

// others is the check for reading a decision about somebody else.
func others(c *op.Call, id string) op.Check {
	resource := arn.ARN{Partition: c.Partition, Service: "hardpan", Region: c.Region, Account: c.Account, Resource: "decision/" + id}
	return op.Check{Action: getDecision, Resource: resource.String(), Region: c.Region, Keys: c.Keys}
}

func (s *Service) decodeAuthorizationMessage(_ context.Context, c *op.Call, in *awssts.DecodeAuthorizationMessageInput) (*awssts.DecodeAuthorizationMessageOutput, error) {
	d, ok := s.Decisions.Get(*in.EncodedMessage)
	if !ok || d.Account != c.Account || d.Failed < 0 || d.Failed >= len(d.Checks) {
		return nil, awserr.New("InvalidAuthorizationMessageException", http.StatusBadRequest,
			"Message is not valid: it is no decision id of this account (X-Hardpan-Decision-Id of a denial), or one too old to be at hand.")
	}
	text, err := json.Marshal(decoded(d, c.May(others(c, d.ID))))
	if err != nil {
		return nil, fmt.Errorf("decoding a decision: %w", err)
	}
	message := string(text)
	return &awssts.DecodeAuthorizationMessageOutput{DecodedMessage: &message}, nil
}

// What AWS's decoded messages look like: every list is an object with items
// (IAM User Guide and public examples, from memory).
type (
	items[T any] struct {
		Items []T `json:"items"`
	}
	value struct {
		Value string `json:"value"`
	}
	decodedMessage struct {
		Allowed           bool                    `json:"allowed"`
		ExplicitDeny      bool                    `json:"explicitDeny"`
		MatchedStatements items[decodedStatement] `json:"matchedStatements"`
		Failures          items[value]            `json:"failures"`
		Context           decodedContext          `json:"context"`
	}
	decodedStatement struct {
		StatementID string       `json:"statementId"`
		Effect      string       `json:"effect"`
		Actions     items[value] `json:"actions"`
		Resources   items[value] `json:"resources"`
	}
	decodedContext struct {
		Principal  decodedPrincipal    `json:"principal"`
		Action     string              `json:"action"`
		Resource   string              `json:"resource"`
		Conditions items[decodedValue] `json:"conditions"`
	}
	decodedPrincipal struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		ARN  string `json:"arn"`
	}
	decodedValue struct {
		Key    string       `json:"key"`
		Values items[value] `json:"values"`
	}
)

// decoded is the check of a decision that failed. full is whether the reader may
// see more than their own policies.
func decoded(d *audit.Decision, full bool) *decodedMessage {
	check := &d.Checks[d.Failed]
	out := &decodedMessage{Context: decodedContext{
		Principal: decodedPrincipal{ID: d.Caller.ID, Name: lastPart(d.Caller.ARN), ARN: d.Caller.ARN},
		Action:    check.Action, Resource: check.Resource, Conditions: items[decodedValue]{Items: []decodedValue{}},
	}, MatchedStatements: items[decodedStatement]{Items: []decodedStatement{}}, Failures: items[value]{Items: []value{}}}
	for _, k := range check.Keys {
		out.Context.Conditions.Items = append(out.Context.Conditions.Items, decodedValue{Key: k.Name, Values: values(k.Values...)})
	}
	var trace eval.Trace
	if len(check.Trace) == 0 || json.Unmarshal(check.Trace, &trace) != nil {
		return out
	}
	shown := &trace
	if !full {
		shown = trace.ForCaller()
	}
	out.ExplicitDeny = shown.Verdict.Explicit
	for _, layer := range shown.Layers {
		for _, p := range layer.Policies {
			for _, st := range p.Statements {
				if st.Matched {
					out.MatchedStatements.Items = append(out.MatchedStatements.Items, decodedStatement{
						StatementID: st.Sid, Effect: strings.ToUpper(st.Effect), Actions: values(st.Action), Resources: values(st.Resource),
					})
				}
			}
		}
	}
	return out
}

// values are the texts that are there.
func values(texts ...string) items[value] {
	list := items[value]{Items: []value{}}
	for _, text := range texts {
		if text != "" {
			list.Items = append(list.Items, value{text})
		}
	}
	return list
}

func lastPart(text string) string { return text[strings.LastIndexAny(text, ":/")+1:] }
