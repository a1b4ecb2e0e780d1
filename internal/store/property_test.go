package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"hardpan/internal/identity"
	"hardpan/internal/store"
)

// deltaEqualsReload writes at random, and checks that the directory changed
// write by write is the one that a restart would load. Writes that break a
// rule are part of it: they must change neither.
func deltaEqualsReload(t *testing.T, db *store.DB) {
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "writes") {
			err := db.Write(t.Context(), account, now, func(tx *store.Tx) error {
				for range rapid.IntRange(1, 4).Draw(rt, "changes") {
					if err := change(rt, tx); err != nil {
						return err
					}
				}
				return nil
			})
			var v *store.ConstraintError
			if err != nil && !errors.As(err, &v) && !errors.Is(err, store.ErrNotFound) {
				rt.Fatal(err)
			}
		}
		loaded, err := db.LoadAgain(t.Context())
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(describe(db.Directory()), describe(loaded), structs); diff != "" {
			rt.Fatalf("the directories differ (-changed by delta +loaded):\n%s", diff)
		}
	})
}

func change(t *rapid.T, tx *store.Tx) error {
	e := entities.Draw(t, "entity")
	if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
		return tx.Delete(e)
	}
	return tx.Put(e)
}

// Few ids and names, so that writes meet.
func digit(t *rapid.T, label string) int { return rapid.IntRange(1, 3).Draw(t, label) }

func some(t *rapid.T, label, format string) []string {
	var list []string
	for i := 1; i <= 3; i++ {
		if rapid.IntRange(0, 2).Draw(t, label) == 0 {
			list = append(list, fmt.Sprintf(format, i))
		}
	}
	return list
}

const policyARN = "arn:aws:iam::123456789012:policy/p/p%d"

var entities = rapid.Custom(func(t *rapid.T) identity.Entity {
	id, name := digit(t, "id"), digit(t, "name")
	switch rapid.IntRange(0, 7).Draw(t, "kind") {
	case 0:
		u := user(fmt.Sprintf("AIDA%d", id), fmt.Sprintf("u%d", name))
		u.Attached, u.Groups = some(t, "attached", policyARN), some(t, "groups", "AGPA%d")
		if rapid.Bool().Draw(t, "fenced") {
			u.Boundary = fmt.Sprintf(policyARN, digit(t, "boundary"))
		}
		return u
	case 1:
		return &identity.Group{
			Scope: scope(account), ID: fmt.Sprintf("AGPA%d", id), Name: fmt.Sprintf("g%d", name), Path: "/",
			Created: now, Attached: some(t, "attached", policyARN),
		}
	case 2:
		return &identity.Role{
			Scope: scope(account), ID: fmt.Sprintf("AROA%d", id), Name: fmt.Sprintf("r%d", name), Path: "/",
			Created: now, Trust: "{}", MaxSession: time.Hour, Attached: some(t, "attached", policyARN),
		}
	case 3: // the name of a managed policy never changes
		return managed(fmt.Sprintf("ANPA%d", id), fmt.Sprintf("p%d", id))
	case 4: // nor does the owner of a key
		return &identity.AccessKey{
			Scope: scope(account), ID: fmt.Sprintf("AKIA%d", id), UserID: fmt.Sprintf("AIDA%d", id), Created: now,
			Sealed: []byte{byte(name)}, Status: rapid.SampledFrom([]identity.Status{identity.Active, identity.Inactive}).Draw(t, "status"),
		}
	case 5:
		return &identity.ServiceCredential{
			Scope: scope(account), ID: fmt.Sprintf("ACCA%d", id), UserID: fmt.Sprintf("AIDA%d", id), Created: now,
			Alias: fmt.Sprintf("a%d", name), Hash: identity.HashSecret(fmt.Sprint(name)), Status: identity.Active,
		}
	case 6:
		return aGatewayResource(t)
	}
	if rapid.Bool().Draw(t, "budget") {
		b := budget(fmt.Sprintf("b-%d", id), fmt.Sprintf("b%d", name))
		b.Limit.Amount, b.Covers.Each = int64(name), false
		return b
	}
	return &identity.InferenceConfig{
		Scope: scope(account), PrincipalARN: fmt.Sprintf("arn:aws:iam::123456789012:user/u%d", id),
		HomeRegion: fmt.Sprintf("eu-west-%d", name),
	}
})
