package iam

import (
	"net/url"
	"slices"
	"strings"

	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/policy"
)

// What the inline policies of users, groups and roles have in common.

// putInline sets a policy by name. Names of inline policies compare with case.
func (h *holder) putInline(name, document string) error {
	if _, err := policy.Load([]byte(document), policy.Identity); err != nil {
		return malformed(err)
	}
	list := append(h.withoutInline(name), identity.InlinePolicy{Name: name, Document: document})
	size := 0
	for _, p := range list {
		size += policy.Size([]byte(p.Document))
	}
	if size > h.maxInline {
		return inlineTooLarge(h.maxInline, h.kind, h.name)
	}
	*h.inline = list
	return nil
}

func (h *holder) deleteInline(name string) error {
	list := h.withoutInline(name)
	if len(list) == len(*h.inline) {
		return noInlinePolicy(h.kind, name)
	}
	*h.inline = list
	return nil
}

func (h *holder) withoutInline(name string) []identity.InlinePolicy {
	return slices.DeleteFunc(slices.Clone(*h.inline), func(p identity.InlinePolicy) bool { return p.Name == name })
}

// inlinePolicy is a policy as Get…Policy shows it: name, and document encoded.
type inlinePolicy struct{ owner, name, document *string }

func (s *Service) inlinePolicy(c *op.Call, find finder, name string) (*inlinePolicy, error) {
	h, err := s.find(c, find)
	if err != nil {
		return nil, err
	}
	for _, p := range *h.inline {
		if p.Name == name {
			return &inlinePolicy{owner: &h.name, name: &p.Name, document: encoded(p.Document)}, nil
		}
	}
	return nil, noInlinePolicy(h.kind, name)
}

func (s *Service) inlineNames(c *op.Call, find finder, marker *string, maxItems *int32) (page[string], error) {
	h, err := s.find(c, find)
	if err != nil {
		return page[string]{}, err
	}
	names := make([]string, len(*h.inline))
	for i, p := range *h.inline {
		names[i] = p.Name
	}
	itself := func(name string) string { return name }
	return pages(marker, maxItems, itself, sliced(names, itself))
}

// encoded is a document as IAM's answers carry it: URL-encoded by RFC 3986,
// where everything but letters, digits and -._~ is escaped.
func encoded(document string) *string {
	text := strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
	return &text
}
