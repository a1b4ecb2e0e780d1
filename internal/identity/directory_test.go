package identity_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/identity"
)

func names(users func(func(*identity.User) bool)) string {
	var list []string
	for u := range users {
		list = append(list, u.Name)
	}
	return strings.Join(list, " ")
}

func TestNamesAreFoundWithoutCaseAndListedInOrder(t *testing.T) {
	in := func(id, name, path string) *identity.User {
		u := user(id, name)
		u.Path = path
		return u
	}
	w := newWorld(t, in("AIDA1", "carol", "/eng/"), in("AIDA2", "Bob", "/eng/red/"), in("AIDA3", "alice", "/ops/"), in("AIDA4", "Bobby", "/"))
	s := w.snapshot()
	if u, ok := s.User("BOB"); !ok || u.Name != "Bob" {
		t.Fatalf("got %v, %v", u, ok)
	}
	for _, c := range []struct{ prefix, after, want string }{
		{"/", "", "alice Bob Bobby carol"}, {"", "bob", "Bobby carol"}, {"/eng/", "", "Bob carol"}, {"/eng/", "BOB", "carol"},
	} {
		if got := names(s.Users(c.prefix, c.after)); got != c.want {
			t.Errorf("under %q after %q: %s, want %s", c.prefix, c.after, got, c.want)
		}
	}
	for arn, want := range map[string]bool{
		"arn:aws:iam::123456789012:user/eng/red/Bob": true, "arn:aws:iam::123456789012:user/Bob": false,
		"arn:aws:iam::123456789012:user/eng/red/BOB": false, "arn:aws:iam::999999999999:user/eng/red/Bob": false,
		"arn:aws:iam::aws:policy/AmazonBedrockFullAccess": true, "arn:aws:iam::123456789012:role/Bob": false,
	} {
		if _, ok := s.Find(arn); ok != want {
			t.Errorf("%s found: %v, want %v", arn, ok, want)
		}
	}
}

func TestARenameFreesTheOldName(t *testing.T) {
	w := newWorld(t, user("AIDA1", "old"))
	w.put(user("AIDA1", "new"))
	w.apply(identity.Put(user("AIDA2", "old")), identity.Put(user("AIDA1", "newer")))
	s := w.snapshot()
	if got := names(s.Users("/", "")); got != "newer old" {
		t.Fatalf("got %s", got)
	}
	if u, _ := s.User("old"); u.ID != "AIDA2" {
		t.Fatalf("old is %s", u.ID)
	}
}

func TestReverseLookUps(t *testing.T) {
	bob := user("AIDABOB", "Bob")
	bob.Groups, bob.Attached, bob.Boundary = []string{"AGPA1"}, []string{"arn:aws:iam::123456789012:policy/p"}, "arn:aws:iam::123456789012:policy/p"
	w := newWorld(t, managed("ANPA1", "p", allow("*")), &identity.Group{Scope: scope, ID: "AGPA1", Name: "g", Path: "/"}, bob,
		&identity.AccessKey{Scope: scope, ID: "AKIA1", UserID: "AIDABOB"}, &identity.AccessKey{Scope: scope, ID: "AKIA2"})
	check := func(members, attached, fenced, keys, rootKeys int) {
		t.Helper()
		s := w.snapshot()
		got := []int{
			len(s.Members("AGPA1")), len(slices.Collect(s.AttachedTo("arn:aws:iam::123456789012:policy/p"))),
			len(slices.Collect(s.BoundaryOf("arn:aws:iam::123456789012:policy/p"))), len(s.AccessKeysOf("AIDABOB")), len(s.AccessKeysOf("")),
		}
		if diff := cmp.Diff([]int{members, attached, fenced, keys, rootKeys}, got); diff != "" {
			t.Fatal(diff)
		}
	}
	check(1, 1, 1, 1, 1)
	plain := user("AIDABOB", "Bob")
	w.put(plain)
	check(0, 0, 0, 1, 1)
	w.put(bob)
	w.apply(identity.Delete(&identity.AccessKey{Scope: scope, ID: "AKIA1"}), identity.Delete(plain))
	check(0, 0, 0, 0, 1)
}

func TestCredentialsAreFoundAmongAllAccounts(t *testing.T) {
	w := newWorld(t, user("AIDABOB", "Bob"))
	other := identity.Scope{Partition: "aws", Account: "999999999999"}
	err := w.Apply(other.Account, 1, identity.Put(&identity.Account{Scope: other}), identity.Put(&identity.AccessKey{Scope: other, ID: "AKIA9"}))
	if err != nil {
		t.Fatal(err)
	}
	cred := &identity.ServiceCredential{Scope: scope, ID: "ACCA1", UserID: "AIDABOB", Alias: "a", Hash: identity.HashSecret("s")}
	w.put(cred)
	if k, s, ok := w.AccessKey("AKIA9"); !ok || k.Account != other.Account || s.Account().Account != other.Account {
		t.Fatal("the key of the other account is not found")
	}
	c, _, ok := w.ServiceCredential("a")
	if !ok || !c.Matches("s") || c.Matches("t") {
		t.Fatalf("got %v, %v", c, ok)
	}
	renamed := *cred
	renamed.Alias = "b"
	w.put(&renamed)
	if _, _, ok := w.ServiceCredential("a"); ok {
		t.Fatal("the old alias is found")
	}
	if err := w.Replace(account, 9, []identity.Entity{&identity.Account{Scope: scope}}); err != nil {
		t.Fatal(err)
	}
	if _, _, ok := w.ServiceCredential("b"); ok || w.snapshot().Revision() != 9 {
		t.Fatal("the account was not replaced")
	}
	if _, _, ok := w.AccessKey("AKIA9"); !ok {
		t.Fatal("replacing one account touched another")
	}
}

func TestAFailedApplyPublishesNothing(t *testing.T) {
	w := newWorld(t)
	before := w.snapshot()
	err := w.Apply(account, 99, identity.Put(user("AIDA1", "a")), identity.Delete(&identity.Account{Scope: scope}))
	if err == nil || w.snapshot() != before {
		t.Fatalf("got %v", err)
	}
	if err := w.Apply("111111111111", 1, identity.Delete(&identity.Account{})); err == nil {
		t.Fatal("accepted")
	}
	if _, ok := w.Account("111111111111"); ok || len(w.Accounts()) != 1 {
		t.Fatal("a failed write made an account")
	}
}

func TestLastUseIsKeptToTheMinute(t *testing.T) {
	w := newWorld(t)
	if _, ok := w.LastUsed("AKIA1"); ok {
		t.Fatal("used before it was")
	}
	for _, use := range []struct {
		service string
		after   time.Duration
		want    time.Duration
	}{{"bedrock", 0, 0}, {"bedrock", time.Second, 0}, {"iam", 2 * time.Second, 2 * time.Second}, {"iam", 2 * time.Minute, 2 * time.Minute}} {
		w.MarkUsed("AKIA1", use.service, "us-west-2", epoch.Add(use.after))
		if got, _ := w.LastUsed("AKIA1"); got.At != epoch.Add(use.want) || got.Service != use.service {
			t.Fatalf("after %v: got %+v", use.after, got)
		}
	}
}

func TestIDsHaveAWSsShapes(t *testing.T) {
	for prefix, c := range map[string]struct {
		make func() string
		size int
	}{
		"AIDA": {identity.NewUserID, 21}, "AGPA": {identity.NewGroupID, 21}, "AROA": {identity.NewRoleID, 21},
		"ANPA": {identity.NewPolicyID, 21}, "ACCA": {identity.NewServiceCredentialID, 21},
		"AKIA": {identity.NewAccessKeyID, 20}, "ASIA": {identity.NewSessionKeyID, 20},
	} {
		a, b := c.make(), c.make()
		if a == b || len(a) != c.size || !strings.HasPrefix(a, prefix) || strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			t.Errorf("%s: %s and %s", prefix, a, b)
		}
	}
	if s := identity.NewSecret(); len(s) != 40 || s == identity.NewSecret() {
		t.Errorf("secret of %d characters", len(s))
	}
}

// Readers must always see a whole write: the two users of each write carry the
// same tag.
func TestReadersAndWritersAtOnce(t *testing.T) {
	w := newWorld(t, managed("ANPA1", "use", allow("bedrock:*")))
	tagged := func(id, value string) *identity.User {
		u := user(id, id)
		u.Attached = []string{"arn:aws:iam::123456789012:policy/use"}
		u.Tags = []identity.Tag{{Key: "n", Value: value}}
		return u
	}
	w.apply(identity.Put(tagged("AIDA1", "0")), identity.Put(tagged("AIDA2", "0")))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				s, _ := w.Account(account)
				var seen []string
				for _, id := range []string{"AIDA1", "AIDA2"} {
					p, err := s.UserPrincipal(id)
					if err != nil {
						t.Error(err)
						return
					}
					seen = append(seen, keys(p.Keys)["aws:PrincipalTag/n"])
				}
				if seen[0] != seen[1] {
					t.Errorf("half a write: %v", seen)
					return
				}
				if _, err := s.With(identity.Put(user("AIDA3", "what-if"))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 500 {
		value := fmt.Sprint(i)
		w.apply(identity.Put(tagged("AIDA1", value)), identity.Put(tagged("AIDA2", value)))
		if i%10 == 0 {
			w.put(managed("ANPA1", "use", allow("bedrock:*")))
		}
	}
	close(done)
	readers.Wait()
}
