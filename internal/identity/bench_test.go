package identity_test

import (
	"fmt"
	"testing"

	"hardpan/internal/identity"
)

// crowd is an account of n users who share one managed policy.
func crowd(b *testing.B, n int) *identity.Directory {
	d := identity.NewDirectory()
	changes := []identity.Change{
		identity.Put(&identity.Account{Scope: scope}),
		identity.Put(managed("ANPA1", "use", allow("bedrock:*"))),
	}
	for i := range n {
		u := user(fmt.Sprintf("AIDA%06d", i), fmt.Sprintf("user-%06d", i))
		u.Attached = []string{"arn:aws:iam::123456789012:policy/use"}
		changes = append(changes, identity.Put(u), identity.Put(&identity.AccessKey{Scope: scope, ID: fmt.Sprintf("AKIA%06d", i), UserID: u.ID}))
	}
	if err := d.Apply(account, 1, changes...); err != nil {
		b.Fatal(err)
	}
	return d
}

func BenchmarkWriteAmong100000Users(b *testing.B) {
	d := crowd(b, 100_000)
	b.ReportAllocs()
	n := int64(1)
	for b.Loop() {
		n++
		u := user(fmt.Sprintf("AIDA%06d", n%100_000), fmt.Sprintf("user-%06d", n%100_000))
		if err := d.Apply(account, n, identity.Put(u)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPolicyChangeFor100000Users(b *testing.B) {
	d := crowd(b, 100_000)
	n := int64(1)
	for b.Loop() {
		n++
		if err := d.Apply(account, n, identity.Put(managed("ANPA1", "use", allow("bedrock:*")))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLookUpAmong100000Users(b *testing.B) {
	d := crowd(b, 100_000)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			key, s, ok := d.AccessKey("AKIA000777")
			if !ok {
				b.Fatal("no key")
			}
			if _, err := s.KeyPrincipal(key); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFirstLookUp(b *testing.B) {
	d := crowd(b, 1)
	s, _ := d.Account(account)
	b.ReportAllocs()
	n := int64(1)
	for b.Loop() {
		n++
		u := user("AIDA000000", "user-000000")
		u.Attached = []string{"arn:aws:iam::123456789012:policy/use"}
		next, err := s.With(identity.Put(u))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := next.UserPrincipal(u.ID); err != nil {
			b.Fatal(err)
		}
	}
}
