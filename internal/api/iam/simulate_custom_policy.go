package iam

import (
	"context"
	"strings"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/arn"
	"hardpan/internal/op"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

var _ = op.Add(&table, (*Service).simulateCustomPolicy, rule("iam:SimulateCustomPolicy", op.Read,
	func(p *plan, in *awsiam.SimulateCustomPolicyInput) {
		p.some("policyInputList", len(in.PolicyInputList))
		p.simulation(in.ActionNames, in.CallerArn, in.Marker, in.MaxItems)
		p.on("*")
	}))

func (s *Service) simulateCustomPolicy(_ context.Context, c *op.Call, in *awsiam.SimulateCustomPolicyInput) (*awsiam.SimulateCustomPolicyOutput, error) {
	who := eval.Subject{Account: c.Account, Identity: eval.NewSet()}
	keys, err := called(&who, in.CallerArn)
	if err != nil {
		return nil, err
	}
	sim, err := newSimulator(who, keys, &simulated{
		actions: in.ActionNames, resources: in.ResourceArns, entries: in.ContextEntries, policies: in.PolicyInputList,
		boundary: in.PermissionsBoundaryPolicyInputList, owner: in.ResourceOwner, resource: in.ResourcePolicy, handling: in.ResourceHandlingOption,
	})
	if err != nil {
		return nil, err
	}
	list, err := sim.page(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.SimulateCustomPolicyOutput{EvaluationResults: list.items, Marker: list.marker, IsTruncated: list.truncated}, nil
}

// called makes a subject that of a caller, and returns the keys it brings. The
// caller need not exist.
func called(s *eval.Subject, callerARN *string) (*condition.Context, error) {
	keys := condition.NewContext(nil)
	if callerARN == nil {
		return keys, nil
	}
	a, err := arn.Parse(*callerARN)
	kind := a.Type()
	if err != nil || a.Service != "iam" || a.Account == "" || kind != "user" && kind != "group" && kind != "role" {
		return nil, invalidInput("CallerArn %s is not the ARN of a user, group or role.", clip(*callerARN))
	}
	s.Account, s.PrincipalARN, s.RoleARN = a.Account, *callerARN, ""
	keys.Set("aws:PrincipalArn", "principal", *callerARN)
	keys.Set("aws:PrincipalAccount", "principal", a.Account)
	switch kind {
	case "user":
		keys.Set("aws:PrincipalType", "principal", "User")
		keys.Set("aws:username", "principal", a.Resource[strings.LastIndexByte(a.Resource, '/')+1:])
	case "role":
		keys.Set("aws:PrincipalType", "principal", "AssumedRole")
		s.RoleARN = *callerARN
	}
	return keys, nil
}

// some is for a list that must have an entry.
func (p *plan) some(member string, length int) {
	if length == 0 {
		p.fault("Value null at '%s' failed to satisfy constraint: Member must not be null", member)
	}
}

// simulation is about the parameters that both simulations have.
func (p *plan) simulation(actions []string, caller, marker *string, maxItems *int32) {
	p.some("actionNames", len(actions))
	for _, action := range actions {
		p.text("actionNames", &action, textRule{min: 3, max: 128})
	}
	p.text("callerArn", caller, textRule{min: 1, max: 2048})
	p.page(marker, maxItems)
}
