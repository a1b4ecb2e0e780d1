package identity_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/identity"
	"hardpan/policy/eval"
)

func assumed(mutate ...func(*identity.Session)) *identity.Session {
	s := &identity.Session{Account: account, PrincipalID: "AROAONE", Name: "ci", Issued: epoch}
	for _, m := range mutate {
		m(s)
	}
	return s
}

func TestARoleSessionHasARNsAndKeysOfItsOwn(t *testing.T) {
	r := role("AROAONE", "Builder")
	r.Tags = []identity.Tag{{Key: "Team", Value: "role"}, {Key: "Cost", Value: "7"}}
	w := newWorld(t, r)
	p := w.session(1, assumed(func(s *identity.Session) {
		s.Tags = []identity.Tag{{Key: "team", Value: "session"}}
		s.Source = "bob"
	}))
	if p.ARN != "arn:aws:sts::123456789012:assumed-role/Builder/ci" || p.EntityARN != r.ARN() || p.UserID != "AROAONE:ci" {
		t.Fatalf("got %+v", p)
	}
	want := map[string]string{
		"aws:PrincipalArn":           "principal=arn:aws:iam::123456789012:role/team/Builder",
		"aws:PrincipalAccount":       "principal=123456789012",
		"aws:PrincipalType":          "principal=AssumedRole",
		"aws:PrincipalIsAWSService":  "principal=false",
		"aws:PrincipalTag/Cost":      "principal=7",
		"aws:PrincipalTag/team":      "session=session",
		"aws:userid":                 "session=AROAONE:ci",
		"aws:SourceIdentity":         "session=bob",
		"aws:TokenIssueTime":         "session=2026-01-02T03:04:05Z",
		"aws:MultiFactorAuthPresent": "session=false",
	}
	if diff := cmp.Diff(want, keys(p.Keys)); diff != "" {
		t.Fatal(diff)
	}
	if !can(p, invoke) {
		t.Fatal("the role's policy does not reach its session")
	}
}

func TestASessionPolicyNarrowsAndFollowsItsManagedPolicy(t *testing.T) {
	w := newWorld(t, role("AROAONE", "Builder"), managed("ANPA1", "narrow", allow(count)))
	inline := assumed(func(s *identity.Session) { s.Policy = allow(count) })
	byARN := assumed(func(s *identity.Session) { s.PolicyARNs = []string{"arn:aws:iam::123456789012:policy/narrow"} })
	for i, s := range []*identity.Session{inline, byARN} {
		p := w.session(byte(i), s)
		d := p.Subject.Evaluate(&eval.Request{Action: invoke, Resource: model, Context: p.Keys})
		if d.Allowed || d.Layer != eval.LayerSession || !can(p, count) {
			t.Fatalf("session %d: got %+v", i, d)
		}
	}
	w.put(managed("ANPA1", "narrow", allow(invoke)))
	if p := w.session(1, byARN); !can(p, invoke) || can(p, count) {
		t.Fatal("the session did not follow its managed policy")
	}
	if p := w.session(0, inline); can(p, invoke) {
		t.Fatal("the other session changed")
	}
}

func TestASessionIsKeptUntilItsRoleChanges(t *testing.T) {
	w := newWorld(t, role("AROAONE", "Builder"))
	s := assumed()
	first := w.session(1, s)
	w.put(user("AIDABOB", "Bob"))
	if w.session(1, s) != first {
		t.Fatal("compiled again though nothing it uses changed")
	}
	r := role("AROAONE", "Builder")
	r.Inline = nil
	w.put(r)
	if can(w.session(1, s), invoke) {
		t.Fatal("the session outlived its role's policy")
	}
	w.apply(identity.Delete(r))
	if _, err := w.SessionPrincipal(identity.SessionKey{1}, s); err == nil {
		t.Fatal("the session outlived its role")
	}
}

func TestAUserSessionIsTheUser(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Inline = []identity.InlinePolicy{{Name: "p", Document: allow("bedrock:*")}}
	w := newWorld(t, bob)
	p := w.session(1, &identity.Session{Account: account, PrincipalID: "AIDABOB", Issued: epoch, HomeRegion: "eu-west-1"})
	if p.ARN != bob.ARN() || p.UserID != "AIDABOB" || p.Kind != identity.IAMUser || p.HomeRegion != "eu-west-1" || !can(p, invoke) {
		t.Fatalf("got %+v", p)
	}
	if got := keys(p.Keys)["aws:username"]; got != "principal=Bob" {
		t.Fatalf("aws:username is %q", got)
	}
}

func TestKeptSessionsAreBounded(t *testing.T) {
	w := newWorld(t, role("AROAONE", "Builder"))
	s := assumed()
	for i := range 2000 {
		if _, err := w.SessionPrincipal(identity.SessionKey{0, byte(i), byte(i >> 8)}, s); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.KeptSessions(); n == 0 || n > 256 {
		t.Fatalf("%d sessions kept in one shard", n)
	}
}
