package iam

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"hardpan/internal/identity"
	"hardpan/internal/op"
)

// What the managed policies on users, groups and roles have in common.

// attachment is about a managed policy that is put on or taken off. The action
// is checked on the user, group or role; the policy is a context key.
func (p *plan) attachment(policyARN *string) {
	if p.policyARN("policyArn", policyARN) {
		p.key("iam:PolicyARN", *policyARN)
	}
}

// attach adds a managed policy; one that is there already stays.
func (h *holder) attach(s *identity.Snapshot, policyARN string) error {
	if slices.Contains(*h.attached, policyARN) {
		return nil
	}
	if _, ok := s.Policy(policyARN); !ok {
		return notAttachable(policyARN)
	}
	if len(*h.attached) >= maxAttached {
		return quota("PoliciesPer"+strings.ToUpper(h.kind[:1])+h.kind[1:], maxAttached)
	}
	*h.attached = append(slices.Clone(*h.attached), policyARN)
	return nil
}

func (h *holder) detach(policyARN string) error {
	i := slices.Index(*h.attached, policyARN)
	if i < 0 {
		return noPolicy(policyARN)
	}
	*h.attached = slices.Delete(slices.Clone(*h.attached), i, i+1)
	return nil
}

func (s *Service) attachedPolicies(c *op.Call, find finder, pathPrefix, marker *string, maxItems *int32) (page[*identity.ManagedPolicy], error) {
	var none page[*identity.ManagedPolicy]
	state, err := s.state(c)
	if err != nil {
		return none, err
	}
	h, err := find(state)
	if err != nil {
		return none, err
	}
	var list []*identity.ManagedPolicy
	for _, policyARN := range *h.attached {
		if p, ok := state.Policy(policyARN); ok && strings.HasPrefix(p.Path, orRoot(pathPrefix)) {
			list = append(list, p)
		}
	}
	return pages(marker, maxItems, (*identity.ManagedPolicy).ARN, sliced(list, (*identity.ManagedPolicy).ARN))
}

func attachedPolicy(p *identity.ManagedPolicy) types.AttachedPolicy {
	policyARN := p.ARN()
	return types.AttachedPolicy{PolicyArn: &policyARN, PolicyName: &p.Name}
}
