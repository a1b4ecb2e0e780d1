package iam

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/arn"
	"hardpan/internal/catalog"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// The policy simulator. Policies are decided on by the engine that decides
// calls; only keys that are given are there, as in AWS's simulator. One result
// stands for one action, with a part for each resource that is named (API
// Reference, EvaluationResult). The ids of policies in the input follow AWS's
// answers ("PolicyInputList.1"); those of inline policies and what is written as
// their types are from memory, unverified.

// maxSimulated bounds the pairs of actions and resources of one simulation.
const maxSimulated = 10_000

// simulator is what both operations come to.
type simulator struct {
	subject  *eval.Subject
	keys     *condition.Context
	resource *eval.Set // the policy of each resource, or nil
	owner    string    // of the resources; empty: the caller's account

	actions, resources []string
}

// simulated are the parameters that both operations have.
type simulated struct {
	actions, resources []string
	entries            []types.ContextEntry
	policies, boundary []string
	owner              *string
	resource, handling *string
	excluded           int // policies
}

// newSimulator lays the parameters of a simulation over a principal.
func newSimulator(s eval.Subject, keys *condition.Context, in *simulated) (*simulator, error) {
	sim := &simulator{subject: &s, keys: condition.NewContext(keys), actions: distinct(in.actions), resources: distinct(in.resources), owner: aws.ToString(in.owner)}
	if err := sim.policies(in); err != nil {
		return nil, err
	}
	for _, e := range in.entries {
		if aws.ToString(e.ContextKeyName) == "" {
			return nil, invalidInput("A context entry has no ContextKeyName.")
		}
		if strings.HasSuffix(string(e.ContextKeyType), "List") || len(e.ContextKeyValues) > 1 {
			sim.keys.SetMany(*e.ContextKeyName, "request", e.ContextKeyValues)
		} else if len(e.ContextKeyValues) == 1 {
			sim.keys.Set(*e.ContextKeyName, "request", e.ContextKeyValues[0])
		}
	}
	return sim, sim.check(in)
}

func distinct(list []string) []string {
	var once []string
	for _, text := range list {
		if !slices.Contains(once, text) {
			once = append(once, text)
		}
	}
	return once
}

func (sim *simulator) check(in *simulated) error {
	if len(sim.resources) == 0 {
		sim.resources = []string{policy.Everyone}
	}
	for _, a := range sim.actions {
		if service, name, ok := strings.Cut(a, ":"); !ok || service == "" || name == "" || strings.ContainsAny(a, "*? ") {
			return invalidInput("Invalid Input Actions: %s", clip(a))
		}
	}
	for _, r := range sim.resources {
		if _, err := arn.Parse(r); err != nil && r != policy.Everyone {
			return invalidInput("Invalid Input ResourceArns: %s", clip(r))
		}
	}
	switch {
	case len(sim.actions)*len(sim.resources) > maxSimulated:
		return invalidInput("A simulation has at most %d pairs of an action and a resource here.", maxSimulated)
	case in.excluded > 0:
		return invalidInput("Hardpan does not apply PolicyExclusionList and refuses a simulation that names it, rather than ignore it.")
	case aws.ToString(in.handling) != "":
		return invalidInput("Hardpan does not apply ResourceHandlingOption, which is about Amazon EC2.")
	}
	return nil
}

// policies adds those that stand in the input.
func (sim *simulator) policies(in *simulated) error {
	set, err := withInput(sim.subject.Identity, in.policies)
	if err != nil {
		return err
	}
	sim.subject.Identity = set
	if len(in.boundary) > 1 {
		return invalidInput("Only one permissions boundary can be simulated.")
	}
	for _, text := range in.boundary {
		p, err := inputPolicy(text, policy.Boundary, eval.LayerBoundary, "PermissionsBoundaryPolicyInputList.1")
		if err != nil {
			return err
		}
		sim.subject.Boundary = eval.NewSet(p)
	}
	if aws.ToString(in.resource) == "" {
		return nil
	}
	p, err := inputPolicy(*in.resource, policy.Resource, eval.LayerResource, "ResourcePolicy")
	sim.resource = eval.NewSet(p)
	return err
}

func inputPolicy(text string, kind policy.Kind, layer eval.Layer, name string) (*eval.Policy, error) {
	doc, err := policy.Load([]byte(text), kind)
	if err != nil {
		return nil, invalidInput("%s: %s", name, malformed(err).Message)
	}
	return eval.Compile(doc, eval.Source{Layer: layer, Name: name}), nil
}

// results has one for each action.
func (sim *simulator) results() []types.EvaluationResult {
	list := make([]types.EvaluationResult, 0, len(sim.actions))
	for _, action := range sim.actions {
		list = append(list, sim.result(action))
	}
	return list
}

// severity orders decisions: the most restrictive stands for all resources.
var severity = []types.PolicyEvaluationDecisionType{
	types.PolicyEvaluationDecisionTypeAllowed, types.PolicyEvaluationDecisionTypeImplicitDeny, types.PolicyEvaluationDecisionTypeExplicitDeny,
}

func (sim *simulator) result(action string) types.EvaluationResult {
	out := types.EvaluationResult{
		EvalActionName: aws.String(action), EvalDecision: types.PolicyEvaluationDecisionTypeAllowed, EvalResourceName: aws.String(policy.Everyone),
		MissingContextValues: sim.missing(),
	}
	named := len(sim.resources) > 1 || sim.resources[0] != policy.Everyone
	if named {
		out.EvalResourceName = aws.String(template(action))
		out.ResourceSpecificResults = make([]types.ResourceSpecificResult, 0, len(sim.resources))
	}
	for _, resource := range sim.resources {
		one := sim.decide(action, resource)
		if slices.Index(severity, one.EvalResourceDecision) > slices.Index(severity, out.EvalDecision) {
			out.EvalDecision = one.EvalResourceDecision
		}
		if one.PermissionsBoundaryDecisionDetail != nil && (out.PermissionsBoundaryDecisionDetail == nil || !one.PermissionsBoundaryDecisionDetail.AllowedByPermissionsBoundary) {
			out.PermissionsBoundaryDecisionDetail = one.PermissionsBoundaryDecisionDetail
		}
		if named {
			one.MissingContextValues = out.MissingContextValues
			out.ResourceSpecificResults = append(out.ResourceSpecificResults, one)
		}
		for _, s := range one.MatchedStatements {
			if !slices.ContainsFunc(out.MatchedStatements, func(o types.Statement) bool { return sameStatement(o, s) }) {
				out.MatchedStatements = append(out.MatchedStatements, s)
			}
		}
	}
	return out
}

func sameStatement(a, b types.Statement) bool {
	return *a.SourcePolicyId == *b.SourcePolicyId && *a.StartPosition == *b.StartPosition
}

// template is the form of the ARNs of an action's resources, or "*".
func template(action string) string {
	if info, ok := catalog.Action(action); ok && len(info.ResourceTypes) > 0 {
		if t, ok := catalog.FindResourceType(info.ResourceTypes[0]); ok {
			return t.Format
		}
	}
	return policy.Everyone
}

// decide simulates one action on one resource.
func (sim *simulator) decide(action, resource string) types.ResourceSpecificResult {
	trace := sim.subject.Trace(&eval.Request{
		Action: action, Resource: resource, Context: sim.keys, ResourcePolicy: sim.resource, ResourceAccount: sim.owner,
	})
	out := types.ResourceSpecificResult{EvalResourceName: aws.String(resource), EvalResourceDecision: types.PolicyEvaluationDecisionTypeImplicitDeny}
	effect := policy.Allow
	switch {
	case trace.Verdict.Allowed:
		out.EvalResourceDecision = types.PolicyEvaluationDecisionTypeAllowed
	case trace.Verdict.Explicit:
		out.EvalResourceDecision, effect = types.PolicyEvaluationDecisionTypeExplicitDeny, policy.Deny
	}
	for i := range trace.Layers {
		l := &trace.Layers[i]
		if l.Layer == eval.LayerBoundary {
			out.PermissionsBoundaryDecisionDetail = &types.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: l.Outcome == eval.Allows}
		}
		if set := sim.set(l.Layer); set != nil {
			out.MatchedStatements = append(out.MatchedStatements, sim.matched(l, set, effect)...)
		}
	}
	return out
}

// set are the policies of a layer that answers show.
func (sim *simulator) set(l eval.Layer) *eval.Set {
	switch l {
	case eval.LayerIdentity:
		return sim.subject.Identity
	case eval.LayerBoundary:
		return sim.subject.Boundary
	case eval.LayerResource:
		return sim.resource
	}
	return nil
}

// matched are the statements of a layer that made for the decision.
func (sim *simulator) matched(l *eval.LayerTrace, set *eval.Set, effect string) []types.Statement {
	var list []types.Statement
	for i, p := range set.Policies() {
		for _, s := range l.Policies[i].Statements {
			if !s.Matched || s.Effect != effect {
				continue
			}
			id, kind := sourceOf(sim.subject.SourceOf(p))
			source := &p.Document.Statements[s.Index]
			list = append(list, types.Statement{
				SourcePolicyId: &id, SourcePolicyType: kind, StartPosition: position(source.Pos), EndPosition: position(source.End),
			})
		}
	}
	return list
}

func position(p policy.Position) *types.Position {
	return &types.Position{Line: int32(p.Line), Column: int32(p.Column)}
}

// sourceOf names a policy: a managed one by its name, an inline one by whose it
// is, one of the input by its place there.
func sourceOf(s eval.Source) (id string, kind types.PolicySourceType) {
	switch {
	case s.Layer == eval.LayerResource:
		return s.Name, types.PolicySourceTypeResource
	case strings.Contains(s.ARN, "::aws:policy/"):
		return s.Name, types.PolicySourceTypeAwsManaged
	case s.ARN != "":
		return s.Name, types.PolicySourceTypeUserManaged
	}
	owner, err := arn.Parse(s.Owner)
	if err != nil {
		return s.Name, types.PolicySourceTypeNone
	}
	name := owner.Resource[strings.LastIndexByte(owner.Resource, '/')+1:]
	return owner.Type() + "_" + name + "_" + s.Name, types.PolicySourceType(owner.Type())
}

// missing are the keys that the policies ask for and nothing gives.
func (sim *simulator) missing() []string {
	keys := []string{}
	for _, key := range contextKeys(sim.subject.Identity, sim.subject.Boundary, sim.resource) {
		if _, ok := sim.keys.Get(key); !ok {
			keys = append(keys, key)
		}
	}
	return keys
}

// contextKeys are those that any of the policies asks for.
func contextKeys(sets ...*eval.Set) []string {
	all := policy.Document{Version: policy.Version2012}
	var literal policy.Document
	for _, set := range sets {
		for _, p := range set.Policies() {
			if p.Document.Variables() {
				all.Statements = append(all.Statements, p.Document.Statements...)
			} else {
				literal.Statements = append(literal.Statements, p.Document.Statements...)
			}
		}
	}
	keys := all.ContextKeys()
	for _, key := range literal.ContextKeys() {
		if !slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }) {
			keys = append(keys, key)
		}
	}
	return keys
}

// page cuts a page out of the results.
func (sim *simulator) page(marker *string, maxItems *int32) (page[types.EvaluationResult], error) {
	key := func(r types.EvaluationResult) string {
		return fmt.Sprintf("%06d", slices.Index(sim.actions, *r.EvalActionName))
	}
	return pages(marker, maxItems, key, sliced(sim.results(), key))
}
