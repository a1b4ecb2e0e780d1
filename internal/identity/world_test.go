package identity_test

import (
	"testing"
	"time"

	"hardpan/internal/identity"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

const account = "123456789012"

var (
	scope = identity.Scope{Partition: "aws", Account: account}
	epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
)

const model = "arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0"

func allow(action string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`
}

func deny(action string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"` + action + `","Resource":"*"}}`
}

func user(id, name string) *identity.User {
	return &identity.User{Scope: scope, ID: id, Name: name, Path: "/", Created: epoch}
}

func role(id, name string) *identity.Role {
	return &identity.Role{
		Scope: scope, ID: id, Name: name, Path: "/team/", Created: epoch, MaxSession: time.Hour,
		Trust:  `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}}`,
		Inline: []identity.InlinePolicy{{Name: "use", Document: allow("bedrock:*")}},
	}
}

func managed(id, name, document string) *identity.ManagedPolicy {
	return &identity.ManagedPolicy{
		Scope: scope, ID: id, Name: name, Path: "/", Created: epoch, Updated: epoch, Default: "v1", Latest: 1,
		Versions: []identity.PolicyVersion{{ID: "v1", Document: document, Created: epoch}},
	}
}

// world is a directory with one account that is changed put by put.
type world struct {
	*testing.T
	*identity.Directory
	revision int64
}

func newWorld(t *testing.T, entities ...identity.Entity) *world {
	t.Helper()
	w := &world{T: t, Directory: identity.NewDirectory()}
	w.put(&identity.Account{Scope: scope, Name: "test", Created: epoch})
	w.put(entities...)
	return w
}

func (w *world) put(entities ...identity.Entity) {
	w.Helper()
	for _, e := range entities {
		w.apply(identity.Put(e))
	}
}

func (w *world) apply(changes ...identity.Change) {
	w.Helper()
	w.revision++
	if err := w.Apply(account, w.revision, changes...); err != nil {
		w.Fatal(err)
	}
}

func (w *world) snapshot() *identity.Snapshot {
	w.Helper()
	s, ok := w.Account(account)
	if !ok {
		w.Fatal("no account")
	}
	return s
}

func (w *world) user(id string) *identity.Principal {
	w.Helper()
	p, err := w.snapshot().UserPrincipal(id)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func (w *world) session(key byte, s *identity.Session) *identity.Principal {
	w.Helper()
	p, err := w.SessionPrincipal(identity.SessionKey{key}, s)
	if err != nil {
		w.Fatal(err)
	}
	return p
}

func can(p *identity.Principal, action string) bool {
	return p.Subject.Evaluate(&eval.Request{Action: action, Resource: model, Context: p.Keys}).Allowed
}

func keys(c *condition.Context) map[string]string {
	m := map[string]string{}
	for e := range c.All() {
		m[e.Key] = e.Origin + "=" + e.Values[0]
	}
	return m
}
