package gateway

import (
	"hardpan/internal/identity"
)

// ResourcePolicy is the policy of a gateway, as a resource: who may call it. It
// is within its region, and named by the ARN of what it is on.
type ResourcePolicy struct {
	Meta
	Document string // JSON, as it was given
}

// Ref implements [identity.Entity].
func (p *ResourcePolicy) Ref() identity.Ref { return p.ref(KindResourcePolicy) }

// Unfinished implements [identity.Resource].
func (p *ResourcePolicy) Unfinished() bool { return false }

// Content is what is stored of the policy beside its Meta.
func (p *ResourcePolicy) Content() (string, error) { return p.Document, nil }

func (p *ResourcePolicy) setContent(text string) error {
	p.Document = text
	return nil
}

// Canonical implements [identity.Entity].
func (p *ResourcePolicy) Canonical() identity.Entity {
	c := *p
	c.Meta = p.canonical()
	return &c
}
