package simulation

import (
	"fmt"
	"slices"
	"strings"

	"hardpan/arn"
	"hardpan/internal/catalog"
	"hardpan/internal/invocation"
)

// operations are those that are checked as an action of another name.
var operations = map[string]string{
	"converse":       invocation.InvokeModel,
	"conversestream": invocation.InvokeModelStream,
}

// unnamed are the actions whose denial does not name a resource (observed for
// bedrock:ListFoundationModels).
var unnamed = map[string]bool{"bedrock:ListFoundationModels": true, "bedrock:GetFoundationModelAvailability": true}

// collections are the actions that are checked on all resources of a type
// (observed for ListInferenceProfiles; by analogy for the other).
var collections = map[string]string{
	"bedrock:ListInferenceProfiles":  "inference-profile",
	"bedrock:CreateInferenceProfile": "application-inference-profile",
}

func isModelCall(action string) bool {
	return action == invocation.InvokeModel || action == invocation.InvokeModelStream || action == invocation.CountTokens
}

// actionOf reads an action as people write it. Actions of other services are
// taken as they are.
func actionOf(text string) (string, error) {
	service, name, found := strings.Cut(text, ":")
	if found && !strings.EqualFold(service, "bedrock") {
		if service == "" || name == "" || strings.ContainsAny(text, "*? ") {
			return "", &QuestionError{fmt.Sprintf("%q is no action; write one like bedrock:InvokeModel or iam:GetUser", text)}
		}
		return text, nil
	}
	if !found {
		name = text
	}
	name = strings.ToLower(strings.ReplaceAll(name, "-", ""))
	if action, ok := operations[name]; ok {
		return action, nil
	}
	if a, ok := catalog.Action(name); ok {
		return "bedrock:" + a.Name, nil
	}
	return "", &QuestionError{fmt.Sprintf("there is no action %q of Bedrock; write one like converse, InvokeModel or bedrock:ListFoundationModels", text)}
}

// namedARN is the ARN that says in which region a call is, if any does.
func namedARN(q *Question) arn.ARN {
	for _, text := range []string{q.Via, q.Resource} {
		if a, err := arn.Parse(text); err == nil && a.Service == "bedrock" && !isPattern(a.Region) {
			return a
		}
	}
	return arn.ARN{}
}

func isPattern(text string) bool { return strings.ContainsAny(text, "*?") }

// target is what a model call is about.
func target(at invocation.Place, q *Question) (t *invocation.Target, err error) {
	switch {
	case strings.Contains(q.Via, ":application-inference-profile/"):
		t, err = invocation.Through(at, q.Via, q.Resource)
	case q.Via != "":
		t, err = invocation.Resolve(at, q.Via)
	case strings.Contains(q.Resource, ":application-inference-profile/"):
		return nil, &QuestionError{"which model is behind it? Name the model, and the profile with --via " + q.Resource}
	default:
		t, err = invocation.Resolve(at, q.Resource)
	}
	if err != nil {
		return nil, &QuestionError{unknownModel(at, q, err)}
	}
	if q.Via != "" && t.Model.ID != modelOf(q.Resource) {
		return nil, &QuestionError{fmt.Sprintf("%s is over %s, not over %s", q.Via, t.Model.ID, q.Resource)}
	}
	return t, nil
}

// modelOf is the model that an identifier of a model or system profile means.
func modelOf(identifier string) string {
	id := identifier
	if strings.HasPrefix(id, "arn:") {
		id = id[strings.LastIndex(id, "/")+1:]
	}
	if p, ok := catalog.FindProfile(id); ok {
		return p.Model()
	}
	return id
}

// unknownModel says more than AWS does.
func unknownModel(at invocation.Place, q *Question, err error) string {
	identifier := q.Resource
	if q.Via != "" && !strings.Contains(q.Via, ":application-inference-profile/") {
		identifier = q.Via
	}
	if regions := invocation.Callable(identifier); len(regions) > 0 {
		return fmt.Sprintf("%s cannot be called in %s (AWS: %s) It can be in %s", identifier, at.Region, err, strings.Join(regions, ", "))
	}
	return fmt.Sprintf("%s is no model or profile that can be called in %s (AWS: %s)", identifier, at.Region, err)
}

// resourceOf is what an action other than a model call is checked on.
func resourceOf(action string, q *Question, at invocation.Place) (string, error) {
	if q.Resource != "" {
		if q.Resource != "*" && !strings.HasPrefix(q.Resource, "arn:") {
			return "", &QuestionError{fmt.Sprintf("%q is no resource of %s: write its ARN, or *", q.Resource, action)}
		}
		return q.Resource, nil
	}
	if kind := collections[action]; kind != "" {
		if at.Region == "" {
			return "", &QuestionError{"in which region? " + action + " is checked in one: --region us-west-2"}
		}
		return arn.ARN{Partition: at.Partition, Service: "bedrock", Region: at.Region, Account: at.Account, Resource: kind + "/*"}.String(), nil
	}
	info, ok := catalog.Action(action)
	if ok && len(info.ResourceTypes) > 0 {
		types := slices.Clone(info.ResourceTypes)
		return "", &QuestionError{fmt.Sprintf("on what? %s is checked on the ARN of a resource: %s", action, strings.Join(types, ", "))}
	}
	return "*", nil
}
