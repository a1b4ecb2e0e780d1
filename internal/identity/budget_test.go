package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hardpan/internal/identity"
	"hardpan/internal/usage"
)

func budget(name, covers string) *identity.Budget {
	s, err := usage.ParseScope(covers)
	if err != nil {
		panic(err)
	}
	return &identity.Budget{
		Scope: scope, ID: "b-" + name, Name: name, Covers: s, Limit: usage.Limit{Unit: usage.USD, Amount: 1},
		Period: usage.Period{Kind: usage.Day}, Action: identity.Block, Created: epoch,
	}
}

// charges are the instances that a call is charged to, in order.
func charges(s *identity.Snapshot, c *usage.Call) []string {
	var list []string
	for _, found := range s.BudgetsFor(c) {
		list = append(list, found.Instance())
	}
	slices.Sort(list)
	return list
}

func TestBudgets(t *testing.T) {
	w := newWorld(t, budget("b", "account"), budget("A", "model:m"))
	s := w.snapshot()
	if b, ok := s.Budget("a"); !ok || b.ID != "b-A" || b.ARN() != "arn:aws:hardpan::123456789012:budget/A" {
		t.Errorf("by name: %+v", b)
	}
	if b, ok := s.BudgetByID("b-b"); !ok || b.Name != "b" || s.BudgetCount() != 2 {
		t.Errorf("by id: %+v", b)
	}
	var names []string
	for b := range s.Budgets("a") {
		names = append(names, b.Name)
	}
	if !slices.Equal(names, []string{"b"}) {
		t.Errorf("after a: %q", names)
	}
}

// A change of a budget holds from the next look-up on, and not in what was
// looked up before.
func TestBudgetChanges(t *testing.T) {
	w := newWorld(t, budget("x", "model:m"))
	before, call := w.snapshot(), &usage.Call{Model: "m"}
	if got := charges(before, call); !slices.Equal(got, []string{"b-x"}) {
		t.Fatalf("%q", got)
	}
	w.put(budget("x", "model:n"), budget("y", "account"))
	if got := charges(w.snapshot(), call); !slices.Equal(got, []string{"b-y"}) {
		t.Errorf("%q", got)
	}
	w.apply(identity.Delete(budget("y", "account")))
	if got := charges(w.snapshot(), call); got != nil {
		t.Errorf("%q", got)
	}
	if got := charges(before, call); !slices.Equal(got, []string{"b-x"}) {
		t.Errorf("the snapshot before has changed: %q", got)
	}
}

// What the index finds is what the scopes say one by one.
func TestBudgetsForIsWhatScopesSay(t *testing.T) {
	letter := rapid.SampledFrom([]string{"a", "b", "c", ""})
	tags := rapid.Custom(func(t *rapid.T) []usage.Tag {
		var list []usage.Tag
		for _, key := range []string{"K", "L"} {
			if rapid.Bool().Draw(t, key) {
				list = append(list, usage.Tag{Key: rapid.SampledFrom([]string{key, strings.ToLower(key)}).Draw(t, "key"), Value: letter.Draw(t, "value")})
			}
		}
		return list
	})
	rapid.Check(t, func(rt *rapid.T) {
		var entities []identity.Entity
		for i := range rapid.IntRange(0, 12).Draw(rt, "budgets") {
			covers := rapid.SampledFrom([]string{
				"account", "principal:a", "principal:*", "session:a", "session:*", "key:b", "profile:c", "profile:*", "model:a",
				"tag:k=a", "tag:K=", "tag:L=*", "tag:k=*", "gateway:a", "gateway:*", "tool:b", "tool:*",
			}).Draw(rt, "covers")
			entities = append(entities, budget(fmt.Sprint(i), covers))
		}
		s := newWorld(t, entities...).snapshot()
		call := &usage.Call{
			Principal: letter.Draw(rt, "principal"), Session: letter.Draw(rt, "session"), Ancestors: rapid.SliceOfN(letter, 0, 3).Draw(rt, "ancestors"),
			Key: letter.Draw(rt, "key"), Profile: letter.Draw(rt, "profile"), Model: letter.Draw(rt, "model"),
			Tags: tags.Draw(rt, "tags"), ProfileTags: tags.Draw(rt, "profile tags"),
			Gateway: letter.Draw(rt, "gateway"), Tool: letter.Draw(rt, "tool"),
		}
		var want []string
		for b := range s.Budgets("") {
			for _, value := range b.Covers.Values(call) {
				want = append(want, b.Instance(value))
			}
		}
		slices.Sort(want)
		if got := charges(s, call); !slices.Equal(got, want) {
			rt.Fatalf("%+v: %q, want %q", call, got, want)
		}
	})
}

func TestNoBudgetsCostNothing(t *testing.T) {
	s := newWorld(t).snapshot()
	call := &usage.Call{Principal: "p", Tags: []usage.Tag{{Key: "Department", Value: "x"}}}
	if n := testing.AllocsPerRun(100, func() { s.BudgetsFor(call) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestNewBudgetID(t *testing.T) {
	a, b := identity.NewBudgetID(), identity.NewBudgetID()
	if len(a) != 19 || a == b || !strings.HasPrefix(a, "b-") || a != strings.ToLower(a) {
		t.Errorf("%q, %q", a, b)
	}
}
