package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/identity"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

const account = "123456789012"

var now = time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC)

func scope(account string) identity.Scope { return identity.Scope{Partition: "aws", Account: account} }

func newAccount(id string) *identity.Account {
	return &identity.Account{Scope: scope(id), Name: "test", Created: now}
}

func user(id, name string) *identity.User {
	return &identity.User{Scope: scope(account), ID: id, Name: name, Path: "/", Created: now}
}

func managed(id, name string) *identity.ManagedPolicy {
	return &identity.ManagedPolicy{
		Scope: scope(account), ID: id, Name: name, Path: "/p/", Description: "d", Created: now, Updated: now,
		Default: "v2", Latest: 10, Tags: []identity.Tag{{Key: "k", Value: "<&>"}},
		Versions: []identity.PolicyVersion{{ID: "v10", Document: "{}", Created: now}, {ID: "v2", Document: `{"a":1}`, Created: now}},
	}
}

func profile(id, name string) *identity.InferenceProfile {
	return &identity.InferenceProfile{
		Scope: scope(account), Region: "us-west-2", ID: id, Name: name, Description: "d", Source: "amazon.titan-embed-text-v2:0",
		Token: "token of " + id, Created: now, Updated: now.Add(time.Hour), Tags: []identity.Tag{{Key: "UserEmail", Value: "foo@example.com"}},
	}
}

func budget(id, name string) *identity.Budget {
	return &identity.Budget{
		Scope: scope(account), ID: id, Name: name, Covers: usage.Scope{Kind: usage.ScopeTag, Key: "UserEmail", Each: true},
		Limit: usage.Limit{Unit: usage.USD, Amount: 25e9}, Period: usage.Period{Kind: usage.Rolling, Length: 24 * time.Hour},
		Action: identity.Block, Clamp: true, Thresholds: []int{100, 80}, Notify: "ops",
		Created: now, CreatedBy: "arn:aws:iam::123456789012:user/foo", Updated: now.Add(time.Hour),
	}
}

// full is one of everything, using one another.
func full() []identity.Entity {
	p := managed("ANPA1", "Use")
	attached := []string{p.ARN(), "arn:aws:iam::aws:policy/AdministratorAccess"}
	inline := []identity.InlinePolicy{{Name: "z", Document: "{ }"}, {Name: "a", Document: `{"x":"é"}`}}
	bob := user("AIDA1", "Bob")
	bob.Tags = []identity.Tag{{Key: "b", Value: ""}, {Key: "A", Value: "1"}}
	bob.Boundary, bob.Inline, bob.Attached, bob.Groups = p.ARN(), inline, attached, []string{"AGPA1"}
	return append([]identity.Entity{
		p,
		&identity.Group{Scope: scope(account), ID: "AGPA1", Name: "G", Path: "/", Created: now, Inline: inline, Attached: attached},
		bob,
		&identity.Role{
			Scope: scope(account), ID: "AROA1", Name: "R", Path: "/r/", Description: "x", Created: now, Trust: "{}",
			MaxSession: time.Hour, Tags: bob.Tags, Boundary: attached[1], Inline: inline, Attached: attached,
		},
		&identity.AccessKey{Scope: scope(account), ID: "AKIA1", UserID: "AIDA1", Sealed: []byte{0, 1, 255}, Status: identity.Active, Created: now},
		&identity.AccessKey{Scope: scope(account), ID: "AKIA2", Sealed: []byte{7}, Status: identity.Inactive, Created: now},
		&identity.ServiceCredential{
			Scope: scope(account), ID: "ACCA1", UserID: "AIDA1", Service: "bedrock.amazonaws.com", Alias: "Bob-at-1",
			Hash: identity.HashSecret("s"), Status: identity.Active, Created: now, Expires: now.Add(time.Hour),
		},
		&identity.InferenceConfig{Scope: scope(account), PrincipalARN: bob.ARN(), HomeRegion: "eu-west-1"},
		profile("aaaaaaaaaaaa", "Foo"),
		profile("bbbbbbbbbbbb", "Bar"),
		&identity.OIDCProvider{
			Scope: scope(account), URL: "example.com/path", ClientIDs: []string{"z", "a"}, Thumbprints: []string{"b0", "a0"}, Created: now, Tags: bob.Tags,
		},
		budget("b-a", "Each engineer"),
		budget("b-b", "all"),
	}, gatewayResources()...)
}

func write(t *testing.T, db *store.DB, account string, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Write(t.Context(), account, now, fn); err != nil {
		t.Fatal(err)
	}
}

func putAll(entities ...identity.Entity) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		for _, e := range entities {
			if err := tx.Put(e); err != nil {
				return err
			}
		}
		return nil
	}
}

// describe is everything a directory says: entities, revisions, and what is
// found through its indexes.
func describe(d *identity.Directory) map[string]any {
	all := map[string]any{}
	for _, id := range d.Accounts() {
		s, _ := d.Account(id)
		all[id+" revision"] = s.Revision()
		for r := range s.Unfinished() {
			all[fmt.Sprint(r.Ref(), " unfinished")] = true
		}
		for e := range s.Entities() {
			ref := e.Ref()
			all[fmt.Sprint(ref)] = e
			switch e := e.(type) {
			case identity.Resource:
				within, name := e.Place()
				all[fmt.Sprint(ref, " at its place")], _ = s.ResourceAt(ref.Kind, within, name)
				_, found, _ := d.Resource(ref.Kind, ref.ID)
				all[fmt.Sprint(ref, " is in")] = found.Account().Account
			case *identity.Group:
				all[fmt.Sprint(ref, " members")] = s.Members(e.ID)
			case *identity.User:
				all[fmt.Sprint(ref, " holds")] = []any{s.AccessKeysOf(e.ID), s.ServiceCredentialsOf(e.ID), s.GroupsOf(e)}
				all[fmt.Sprint(ref, " by name")], _ = s.User(e.Name)
			case *identity.ManagedPolicy:
				all[fmt.Sprint(ref, " used by")] = []any{collect(s.AttachedTo(e.ARN())), collect(s.BoundaryOf(e.ARN()))}
			case *identity.AccessKey:
				all[fmt.Sprint(ref, " found")], _, _ = d.AccessKey(e.ID)
			case *identity.ServiceCredential:
				all[fmt.Sprint(ref, " found")], _, _ = d.ServiceCredential(e.Alias)
			}
		}
	}
	return all
}

func collect(refs func(func(identity.Ref) bool)) (list []identity.Ref) {
	for r := range refs {
		list = append(list, r)
	}
	return list
}

func same(t *testing.T, want, got *identity.Directory) {
	t.Helper()
	if diff := cmp.Diff(describe(want), describe(got), structs); diff != "" {
		t.Fatalf("the directories differ (-changed by delta +loaded):\n%s", diff)
	}
}

// conformance is what every database engine has to pass. fresh opens an empty
// database that is closed when the test ends.
func conformance(t *testing.T, fresh func(*testing.T) *store.DB) {
	begin := func(t *testing.T, entities ...identity.Entity) *store.DB {
		db := fresh(t)
		write(t, db, account, putAll(append([]identity.Entity{newAccount(account)}, entities...)...))
		return db
	}
	t.Run("everything comes back as it went in", func(t *testing.T) { comesBack(t, begin(t, full()...)) })
	t.Run("a failed write leaves nothing", func(t *testing.T) { leavesNothing(t, begin(t)) })
	t.Run("rules of the schema", func(t *testing.T) { rules(t, begin(t, full()...)) })
	t.Run("rules of gateways", func(t *testing.T) { gatewayRules(t, begin(t, full()...)) })
	t.Run("a gateway's id is one account's", func(t *testing.T) { gatewayIDsAreUnique(t, begin(t, full()...)) })
	t.Run("references hold deletes back", func(t *testing.T) { deletes(t, begin(t, full()...)) })
	t.Run("a write sees itself", func(t *testing.T) { seesItself(t, begin(t)) })
	t.Run("accounts are apart", func(t *testing.T) { apart(t, begin(t)) })
	t.Run("writers at once", func(t *testing.T) { atOnce(t, begin(t)) })
	t.Run("a caller who leaves", func(t *testing.T) { callerLeaves(t, begin(t)) })
	t.Run("a write that panics", func(t *testing.T) { panics(t, begin(t)) })
	t.Run("an error that is passed over", func(t *testing.T) { passedOver(t, begin(t, full()...)) })
	t.Run("deliveries", func(t *testing.T) { deliveries(t, begin(t)) })
	t.Run("settings", func(t *testing.T) { settings(t, begin(t)) })
	t.Run("delta equals reload", func(t *testing.T) { deltaEqualsReload(t, begin(t)) })
}

func comesBack(t *testing.T, db *store.DB) {
	want := map[string]identity.Entity{}
	for _, e := range append(full(), newAccount(account)) {
		want[fmt.Sprint(e.Ref())] = e.Canonical()
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
	s, _ := loaded.Account(account)
	got := map[string]identity.Entity{}
	for e := range s.Entities() {
		got[fmt.Sprint(e.Ref())] = e
	}
	if diff := cmp.Diff(want, got, structs); diff != "" {
		t.Fatal(diff)
	}
}

func leavesNothing(t *testing.T, db *store.DB) {
	before := describe(db.Directory())
	stop := errors.New("stop")
	err := db.Write(t.Context(), account, now, func(tx *store.Tx) error {
		if err := tx.Put(user("AIDA1", "bob")); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("got %v", err)
	}
	write(t, db, account, func(*store.Tx) error { return nil }) // changes nothing: no revision
	if diff := cmp.Diff(before, describe(db.Directory()), structs); diff != "" {
		t.Fatal(diff)
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
}

func rules(t *testing.T, db *store.DB) {
	stranger, homeless, twin, unknown := user("AIDA2", "BOB"), user("AIDA3", "c"), user("AIDA4", "d"), user("AIDA5", "e")
	homeless.Groups = []string{"AGPANONE"}
	twin.Attached = []string{"arn:aws:iam::123456789012:policy/None"}
	unknown.Boundary = "arn:aws:iam::aws:policy/None"
	for name, c := range map[string]struct {
		entity identity.Entity
		rule   store.Rule
	}{
		"name in other case":       {stranger, store.Unique},
		"unknown group":            {homeless, store.Reference},
		"unknown policy":           {twin, store.Reference},
		"unknown boundary":         {unknown, store.Reference},
		"alias is taken":           {&identity.ServiceCredential{Scope: scope(account), ID: "ACCA2", UserID: "AIDA1", Alias: "Bob-at-1"}, store.Unique},
		"key of nobody":            {&identity.AccessKey{Scope: scope(account), ID: "AKIA9", UserID: "AIDANONE"}, store.Reference},
		"policy name in use":       {managed("ANPA2", "USE"), store.Unique},
		"credential of nobody":     {&identity.ServiceCredential{Scope: scope(account), ID: "ACCA3", UserID: "AIDANONE", Alias: "x"}, store.Reference},
		"budget name in use":       {budget("b-c", "ALL"), store.Unique},
		"profile name in region":   {profile("cccccccccccc", "Foo"), store.Unique},
		"group name in other case": {&identity.Group{Scope: scope(account), ID: "AGPA2", Name: "g", Path: "/"}, store.Unique},
	} {
		err := db.Write(t.Context(), account, now, putAll(c.entity))
		var v *store.ConstraintError
		if !errors.As(err, &v) || v.Rule != c.rule {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func deletes(t *testing.T, db *store.DB) {
	all := full()
	for _, i := range []int{0, 1, 2} { // policy, group and user are in use
		err := db.Write(t.Context(), account, now, func(tx *store.Tx) error { return tx.Delete(all[i]) })
		var v *store.ConstraintError
		if !errors.As(err, &v) || v.Rule != store.Reference {
			t.Errorf("deleting %v: got %v", all[i].Ref(), err)
		}
	}
	for i := len(all) - 1; i > 2; i-- {
		write(t, db, account, func(tx *store.Tx) error { return tx.Delete(all[i]) })
	}
	for _, i := range []int{2, 1, 0} {
		write(t, db, account, func(tx *store.Tx) error { return tx.Delete(all[i]) })
		err := db.Write(t.Context(), account, now, func(tx *store.Tx) error { return tx.Delete(all[i]) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("deleting %v again: got %v", all[i].Ref(), err)
		}
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
	if n := len(describe(loaded)); n != 2 { // the account and its revision
		t.Errorf("%d things left", n)
	}
}

func seesItself(t *testing.T, db *store.DB) {
	write(t, db, account, func(tx *store.Tx) error {
		if err := tx.Put(user("AIDA1", "bob")); err != nil {
			return err
		}
		if _, ok := tx.State().User("BOB"); !ok {
			t.Error("a write does not see what it put")
		}
		if s, _ := db.Directory().Account(account); s.Revision() != 1 {
			t.Error("published before the commit")
		}
		if tx.Now != now.Truncate(time.Microsecond) {
			t.Errorf("now is %v", tx.Now)
		}
		return nil
	})
	if s, _ := db.Directory().Account(account); s.Revision() != 2 {
		t.Errorf("revision %d", s.Revision())
	}
}

func apart(t *testing.T, db *store.DB) {
	other := "999999999999"
	if err := db.Write(t.Context(), other, now, putAll(&identity.AccessKey{Scope: scope(other), ID: "AKIA1"})); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a key without an account: got %v", err)
	}
	write(t, db, other, putAll(newAccount(other)))
	if err := db.Write(t.Context(), other, now, putAll(user("AIDA1", "bob"))); err == nil {
		t.Error("a write reached into another account")
	}
	write(t, db, account, putAll(&identity.AccessKey{Scope: scope(account), ID: "AKIA1"}))
	err := db.Write(t.Context(), other, now, putAll(&identity.AccessKey{Scope: scope(other), ID: "AKIA1"}))
	var v *store.ConstraintError
	if !errors.As(err, &v) || v.Rule != store.Unique {
		t.Errorf("two accounts with one access key: got %v", err)
	}
	if s, _ := db.Directory().Account(other); s.Revision() != 1 {
		t.Errorf("a write to one account moved another to revision %d", s.Revision())
	}
}

func atOnce(t *testing.T, db *store.DB) {
	const writers, each = 4, 10
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				err := db.Write(t.Context(), account, now, putAll(user(fmt.Sprintf("AIDA%d-%d", w, i), fmt.Sprintf("u%d-%d", w, i))))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if s, _ := db.Directory().Account(account); s.Revision() != 1+writers*each {
		t.Errorf("revision %d", s.Revision())
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
}

// A write whose function takes no notice of the database's error is refused:
// half an entity may have been written before it.
func passedOver(t *testing.T, db *store.DB) {
	before := describe(db.Directory())
	homeless := user("AIDA3", "homeless")
	homeless.Groups = []string{"AGPANONE"}
	err := db.Write(t.Context(), account, now, func(tx *store.Tx) error {
		_ = tx.Put(homeless)
		return nil
	})
	var v *store.ConstraintError
	if !errors.As(err, &v) || v.Rule != store.Reference {
		t.Errorf("got %v", err)
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
	if diff := cmp.Diff(before, describe(loaded), structs); diff != "" {
		t.Error(diff)
	}
}

func settings(t *testing.T, db *store.DB) {
	if _, found, err := db.Setting(t.Context(), "x"); found || err != nil {
		t.Fatalf("got %v, %v", found, err)
	}
	for _, value := range []string{"1", "2"} {
		if err := db.PutSetting(t.Context(), "x", value); err != nil {
			t.Fatal(err)
		}
		if got, _, err := db.Setting(t.Context(), "x"); got != value || err != nil {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func callerLeaves(t *testing.T, db *store.DB) {
	ctx, leave := context.WithCancel(t.Context())
	err := db.Write(ctx, account, now, func(tx *store.Tx) error {
		defer leave()
		return tx.Put(user("AIDA1", "bob"))
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	loaded, err := db.LoadAgain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, db.Directory(), loaded)
	if s, _ := loaded.Account(account); s.Revision() != 1 {
		t.Fatalf("revision %d", s.Revision())
	}
	write(t, db, account, putAll(user("AIDA1", "bob")))
}

func panics(t *testing.T, db *store.DB) {
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = db.Write(t.Context(), account, now, func(tx *store.Tx) error {
			_ = tx.Put(user("AIDA1", "bob"))
			panic("in a handler")
		})
	}()
	write(t, db, account, func(tx *store.Tx) error {
		if _, ok := tx.State().User("bob"); ok {
			t.Error("half a write stayed")
		}
		return tx.Put(user("AIDA2", "bob"))
	})
}
