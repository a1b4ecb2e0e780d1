package agentcorecontrol

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockagentcorecontrol/types"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/store"
)

const account = "123456789012"

var now = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// asked is a [Discoverer] that gives one answer.
type asked struct {
	offer *gateway.Offer
	err   error
	count int
}

func (a *asked) Discover(context.Context, *gateway.Gateway, *gateway.Target) (*gateway.Offer, error) {
	a.count++
	return a.offer, a.err
}

// stage is a service with a gateway, over a database of its own.
func stage(t *testing.T, d Discoverer) *Service {
	t.Helper()
	db, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hardpan.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := New(Options{DB: db, Discover: d, Now: func() time.Time { return now.Add(time.Minute) }, Log: slog.New(slog.DiscardHandler)})
	g := &gateway.Gateway{Meta: meta("g", "us-west-2", "g", "READY")}
	put(t, s, &identity.Account{Scope: g.Scope, Created: now}, g)
	return s
}

func meta(id, within, name, state string) gateway.Meta {
	return gateway.Meta{
		Scope: identity.Scope{Partition: "aws", Account: account}, Region: "us-west-2", ID: id, Within: within, Name: name,
		State: state, Created: now, Updated: now,
	}
}

func put(t *testing.T, s *Service, entities ...identity.Entity) {
	t.Helper()
	err := s.DB.Write(t.Context(), account, now, func(tx *store.Tx) error {
		for _, e := range entities {
			if err := tx.Put(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// present is a resource as it is stored now.
func present[R gateway.Resource](t *testing.T, s *Service, r R) R {
	t.Helper()
	snapshot, _ := s.DB.Directory().Account(account)
	found, ok := snapshot.Resource(r.Ref().Kind, r.Ref().ID)
	if !ok {
		t.Fatalf("%v is gone", r.Ref())
	}
	return found.(R)
}

func serverTarget(state string) *gateway.Target {
	t := &gateway.Target{Meta: meta("T", "g", "server", state)}
	t.Detail.TargetConfiguration = &types.TargetConfigurationMemberMcp{Value: &types.McpTargetConfigurationMemberMcpServer{
		Value: types.McpServerTargetConfiguration{Endpoint: aws.String("https://mcp.example.com/mcp")},
	}}
	return t
}

func TestATargetIsAsked(t *testing.T) {
	s := stage(t, &asked{offer: &gateway.Offer{Tools: []gateway.Tool{{Name: "echo", Input: []byte(`{}`)}}, Resources: true}})
	put(t, s, serverTarget("CREATING"))
	if !s.settle(t.Context(), serverTarget("CREATING")) {
		t.Fatal("not settled")
	}
	if got := present(t, s, serverTarget("")); got.State != "READY" || len(got.Tools) != 1 || !got.Resources || got.Detail.LastSynchronizedAt == nil {
		t.Errorf("it is %+v", got)
	}
}

// What a target once offered stays when it cannot be asked any more.
func TestATargetThatCannotBeAsked(t *testing.T) {
	for was, becomes := range map[string]string{
		"CREATING": "FAILED", "UPDATING": "UPDATE_UNSUCCESSFUL", "SYNCHRONIZING": "SYNCHRONIZE_UNSUCCESSFUL",
	} {
		for about, c := range map[string]struct {
			d      Discoverer
			reason string
		}{
			"it does not answer":     {&asked{err: errors.New("it does not answer")}, "it does not answer"},
			"nothing can ask":        {nil, "nothing that could ask"},
			"a tool's name is none":  {&asked{offer: &gateway.Offer{Tools: []gateway.Tool{{Name: "a b"}}}}, "The tool name 'a b'"},
			"two tools have a name":  {&asked{offer: &gateway.Offer{Tools: []gateway.Tool{{Name: "a"}, {Name: "a"}}}}, "Two tools"},
			"more tools than it may": {&asked{offer: &gateway.Offer{Tools: make([]gateway.Tool, 10_000)}}, "it may have 1000"},
			"a very long reason":     {&asked{err: errors.New(strings.Repeat("x", 5000))}, "…"},
		} {
			s, target := stage(t, c.d), serverTarget(was)
			target.Tools = []gateway.Tool{{Name: "old", Input: []byte(`{}`)}}
			put(t, s, target)
			if !s.settle(t.Context(), target) {
				t.Fatal("not settled")
			}
			got := present(t, s, target)
			if got.State != becomes || len(got.Detail.StatusReasons) != 1 || !strings.Contains(got.Detail.StatusReasons[0], c.reason) || len(got.Tools) != 1 {
				t.Errorf("%s, %s: it is %s %v with %d tools", was, about, got.State, got.Detail.StatusReasons, len(got.Tools))
			}
		}
	}
}

// When a server stops while a target is asked, the target stays as it is, to be
// asked again after the start.
func TestStoppingLeavesATargetForLater(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := stage(t, &asked{err: context.Canceled})
	put(t, s, serverTarget("CREATING"))
	if s.settle(ctx, serverTarget("CREATING")) || present(t, s, serverTarget("")).State != "CREATING" {
		t.Errorf("it is %s", present(t, s, serverTarget("")).State)
	}
}

// Of two nodes that settle one resource the second changes nothing.
func TestWhatWasChangedMeanwhileIsLeft(t *testing.T) {
	s := stage(t, &asked{offer: &gateway.Offer{}})
	changed := serverTarget("DELETING")
	changed.Updated = now.Add(time.Second)
	put(t, s, changed)
	if !s.settle(t.Context(), serverTarget("CREATING")) || present(t, s, changed).State != "DELETING" {
		t.Errorf("it is %s", present(t, s, changed).State)
	}
	if !s.settle(t.Context(), changed) {
		t.Error("not settled")
	}
	if snapshot, _ := s.DB.Directory().Account(account); !gone(snapshot, changed) {
		t.Error("it is still there")
	}
}

func gone(s *identity.Snapshot, r gateway.Resource) bool {
	_, ok := s.Resource(r.Ref().Kind, r.Ref().ID)
	return !ok
}

// The head of a statement is read by Cedar's own parser: a comment or a text
// names no gateway.
func TestScope(t *testing.T) {
	for statement, want := range map[string]string{
		`permit(principal, action, resource == AgentCore::Gateway::"arn");`:                                    "arn",
		`permit(principal, action, resource is AgentCore::Gateway);`:                                           "",
		"// resource == AgentCore::Gateway::\"a\"\npermit(principal, action, resource is AgentCore::Gateway);": "",
		`nothing`: "",
	} {
		if got := scope(statement); got != want {
			t.Errorf("%s names %q, want %q", statement, got, want)
		}
	}
}

// Gateways, engines and policies that are being deleted go.
func TestWhatIsDeletedGoes(t *testing.T) {
	s := stage(t, nil)
	engine := &gateway.Engine{Meta: meta("e", "us-west-2", "e", "ACTIVE")}
	policy := &gateway.Policy{Meta: meta("p", "e", "p", "DELETING")}
	other := &gateway.Gateway{Meta: meta("h", "us-west-2", "h", "DELETING")}
	put(t, s, engine, policy, other)
	for _, r := range []gateway.Resource{policy, other} {
		if !s.settle(t.Context(), r) {
			t.Errorf("%v is not settled", r.Ref())
		}
		if snapshot, _ := s.DB.Directory().Account(account); !gone(snapshot, r) {
			t.Errorf("%v is still there", r.Ref())
		}
	}
}
