package iam

import (
	"context"
	"fmt"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// SimulatePrincipalPolicy tells of another's permissions, so that it is allowed
// on the ARN of that user, group or role.

var _ = op.Add(&table, (*Service).simulatePrincipalPolicy, rule("iam:SimulatePrincipalPolicy", op.Read,
	func(p *plan, in *awsiam.SimulatePrincipalPolicyInput) {
		p.simulation(in.ActionNames, in.CallerArn, in.Marker, in.MaxItems)
		p.source(in.PolicySourceArn)
	}))

func (s *Service) simulatePrincipalPolicy(_ context.Context, c *op.Call, in *awsiam.SimulatePrincipalPolicyInput) (*awsiam.SimulatePrincipalPolicyOutput, error) {
	subject, keys, err := s.entity(c, *in.PolicySourceArn)
	if err != nil {
		return nil, err
	}
	who := *subject
	if in.CallerArn != nil {
		if keys, err = called(&who, in.CallerArn); err != nil {
			return nil, err
		}
	}
	sim, err := newSimulator(who, keys, &simulated{
		actions: in.ActionNames, resources: in.ResourceArns, entries: in.ContextEntries, policies: in.PolicyInputList,
		boundary: in.PermissionsBoundaryPolicyInputList, owner: in.ResourceOwner, resource: in.ResourcePolicy,
		handling: in.ResourceHandlingOption, excluded: len(in.PolicyExclusionList),
	})
	if err != nil {
		return nil, err
	}
	list, err := sim.page(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	return &awsiam.SimulatePrincipalPolicyOutput{EvaluationResults: list.items, Marker: list.marker, IsTruncated: list.truncated}, nil
}

// source is about a user, group or role that is named by its ARN.
func (p *plan) source(sourceARN *string) {
	p.required("policySourceArn", sourceARN, arnRule)
	if sourceARN == nil {
		return
	}
	if found, ok := p.state.Find(*sourceARN); ok {
		switch e := found.(type) {
		case *identity.User:
			p.resourceTags(e.Tags)
		case *identity.Role:
			p.resourceTags(e.Tags)
		}
	}
	p.on(*sourceARN)
}

// entity is what the ARN of a simulation names, compiled.
func (s *Service) entity(c *op.Call, sourceARN string) (*eval.Subject, *condition.Context, error) {
	state, err := s.state(c)
	if err != nil {
		return nil, nil, err
	}
	found, ok := state.Find(sourceARN)
	if !ok {
		return nil, nil, noSuchEntity("The entity %s cannot be found.", clip(sourceARN))
	}
	var p *identity.Principal
	switch e := found.(type) {
	case *identity.User:
		p, err = state.UserPrincipal(e.ID)
	case *identity.Role:
		p, err = state.RolePrincipal(e.ID)
	case *identity.Group:
		return groupSubject(state, e)
	default:
		return nil, nil, invalidInput("%s is no user, group or role.", clip(sourceARN))
	}
	if err != nil {
		return nil, nil, err
	}
	return p.Subject, p.Keys, nil
}

// groupSubject has a group's policies, for a caller who is nobody.
func groupSubject(state *identity.Snapshot, g *identity.Group) (*eval.Subject, *condition.Context, error) {
	var policies []*eval.Policy
	add := func(text string, src eval.Source) error {
		doc, err := policy.Parse([]byte(text))
		if err == nil {
			policies = append(policies, eval.Compile(doc, src))
		}
		return err
	}
	for _, p := range g.Inline {
		if err := add(p.Document, eval.Source{Layer: eval.LayerIdentity, Name: p.Name, Owner: g.ARN()}); err != nil {
			return nil, nil, err
		}
	}
	for _, attached := range g.Attached {
		p, ok := state.Policy(attached)
		if !ok {
			return nil, nil, fmt.Errorf("policy %s, attached to %s, does not exist", attached, g.ARN())
		}
		if err := add(p.Document(), eval.Source{Layer: eval.LayerIdentity, ARN: attached, Name: p.Name, Owner: g.ARN()}); err != nil {
			return nil, nil, err
		}
	}
	return &eval.Subject{Account: g.Account, PrincipalARN: g.ARN(), Identity: eval.NewSet(policies...)}, condition.NewContext(nil), nil
}
