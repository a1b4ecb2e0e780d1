package gateway

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"hardpan/internal/identity"
)

// Meta is what all resources of this package have.
type Meta struct {
	identity.Scope
	Region  string
	Within  string // the region, or the id of the gateway or engine that it belongs to
	ID      string // unique among all accounts
	Name    string // unique within
	State   string // the status in AWS's words, or empty
	Token   string // clientToken of its creation, or empty
	Created time.Time
	Updated time.Time
	Tags    []identity.Tag
}

// Common returns m itself.
func (m *Meta) Common() *Meta { return m }

// Place implements [identity.Resource].
func (m *Meta) Place() (within, name string) { return m.Within, m.Name }

func (m *Meta) ref(kind identity.Kind) identity.Ref {
	return identity.Ref{Kind: kind, Account: m.Account, ID: m.ID}
}

func (m *Meta) arn(resource string) string {
	return "arn:" + m.Partition + ":bedrock-agentcore:" + m.Region + ":" + m.Account + ":" + resource
}

func (m *Meta) canonical() Meta {
	c := *m
	c.Created, c.Updated = instant(c.Created), instant(c.Updated)
	c.Tags = slices.SortedFunc(slices.Values(c.Tags), func(a, b identity.Tag) int { return cmp.Compare(a.Key, b.Key) })
	return c
}

func instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// suffix is ten characters a–z and 2–7 with 50 random bits.
func suffix() string { return strings.ToLower(rand.Text()[:10]) }
