package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/invocation"
	"hardpan/internal/store"
	"hardpan/policy/condition"
	"hardpan/policy/eval"
)

// An organisation in which everyone has profiles of their own: what a decision,
// a write, a start and the memory cost, beside a small one.
const (
	crowdUsers    = 100_000
	crowdProfiles = 200_000
	hugeProfiles  = 1_000_000
	fewUsers      = 100
	crowdWrites   = 500
	crowdBatch    = 20_000 // entities a transaction
)

// throughOwn is the policy of everyone: profiles with one's own tag, and models
// through profiles only.
const throughOwn = `{"Version":"2012-10-17","Statement":[
	{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*:*:application-inference-profile/*",
	 "Condition":{"StringLike":{"aws:ResourceTag/UserEmail":"${aws:PrincipalTag/UserEmail}"}}},
	{"Effect":"Allow","Action":"bedrock:InvokeModel*","Resource":"arn:aws:bedrock:*::foundation-model/*",
	 "Condition":{"ArnEquals":{"bedrock:InferenceProfileArn":"arn:aws:bedrock:*:*:application-inference-profile/*"}}}]}`

var crowdScope = identity.Scope{Partition: "aws", Account: benchAccount}

func crowdPolicy() *identity.ManagedPolicy {
	return &identity.ManagedPolicy{
		Scope: crowdScope, ID: "ANPACROWD", Name: "through-own", Path: "/", Default: "v1", Latest: 1,
		Versions: []identity.PolicyVersion{{ID: "v1", Document: throughOwn}},
	}
}

func crowdEmail(i int) []identity.Tag {
	return []identity.Tag{{Key: "UserEmail", Value: fmt.Sprintf("user-%06d@example.com", i)}}
}

func crowdUser(i int) identity.Entity {
	return &identity.User{
		Scope: crowdScope, ID: fmt.Sprintf("AIDA%06d", i), Name: fmt.Sprintf("user-%06d", i), Path: "/",
		Tags: crowdEmail(i), Attached: []string{crowdPolicy().ARN()},
	}
}

func crowdKey(i int) identity.Entity {
	return &identity.AccessKey{Scope: crowdScope, ID: fmt.Sprintf("AKIA%06d", i), UserID: fmt.Sprintf("AIDA%06d", i), Status: identity.Active}
}

// crowdProfile is a profile of the i-th of users, as AWS's clients make one:
// with a token of 36 characters.
func crowdProfile(i, users int) *identity.InferenceProfile {
	now := time.Now()
	return &identity.InferenceProfile{
		Scope: crowdScope, Region: benchRegion, ID: fmt.Sprintf("p%011d", i), Name: fmt.Sprintf("profile-%09d", i), Source: benchModel,
		Token: fmt.Sprintf("%08x-0000-4000-8000-%012x", i, i), Created: now, Updated: now, Tags: crowdEmail(i % users),
	}
}

// profiles measures an organisation of many with many profiles.
func profiles(ctx context.Context) ([]Figure, error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "crowd.db")
	bytesEach, ready, err := fillCrowd(ctx, path)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	few, err := fewOf()
	if err != nil {
		return nil, err
	}
	all := db.Directory()
	took, err := crowdDecisions(crowd{few, fewUsers, 1, true}, crowd{all, crowdUsers, 1, true},
		crowd{all, fewUsers, crowdUsers / fewUsers, true}, crowd{few, fewUsers, 1, false})
	if err != nil {
		return nil, err
	}
	small, large, active, bare := took[0], took[1], took[2], took[3]
	footprint := heap()
	cold := coldLine(footprint)
	write, err := crowdWrite(ctx, db)
	if err != nil {
		return nil, err
	}
	huge, loaded, err := hugeDirectory()
	if err != nil {
		return nil, err
	}
	size := fmt.Sprintf("%d users, %d profiles", crowdUsers, crowdProfiles)
	return []Figure{
		{"profiles.decision-ratio", large / small, "x", AtMost(2), fmt.Sprintf("%s, anyone may be next: %.0f ns, against %d users: %.0f ns", size, large, fewUsers, small)},
		{"profiles.decision-ratio-active", active / small, "x", AtMost(2), fmt.Sprintf("the same, while %d of them call: %.0f ns", fewUsers, active)},
		{"profiles.cold-line", cold, "ns", Target{}, fmt.Sprintf("following one pointer in %.0f MB: a decision of anyone waits for %.1f of them more than one of few", footprint/1e6, (large-small)/cold)},
		{"profiles.decision", small, "ns/op", Target{}, fmt.Sprintf("key, principal, profile and both checks; a bare model %.0f ns", bare)},
		{"profiles.write-visible-p99", ms(write), "ms", AtMost(5), fmt.Sprintf("%s, %d writes of one", size, crowdWrites)},
		{"profiles.bytes-each", bytesEach, "B", AtMost(1500), size},
		{"profiles.ready", ready.Seconds(), "s", AtMost(5), "opening the database, " + size},
		{"profiles.bytes-each-of-a-million", huge, "B", Target{}, fmt.Sprintf("loaded into memory in %.1f s", loaded.Seconds())},
	}, nil
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// fillCrowd makes the database and says how much memory a profile takes, and
// how long it takes to open.
func fillCrowd(ctx context.Context, path string) (bytesEach float64, ready time.Duration, err error) {
	db, err := store.Open(ctx, path)
	if err != nil {
		return 0, 0, err
	}
	err = errors.Join(
		put(ctx, db, 2, func(i int) identity.Entity {
			return []identity.Entity{&identity.Account{Scope: crowdScope, Name: "crowd"}, crowdPolicy()}[i]
		}),
		put(ctx, db, crowdUsers, crowdUser), put(ctx, db, crowdUsers, crowdKey), db.Close(),
	)
	if err != nil {
		return 0, 0, err
	}
	before, _, err := opened(ctx, path, func(db *store.DB) error {
		return put(ctx, db, crowdProfiles, func(i int) identity.Entity { return crowdProfile(i, crowdUsers) })
	})
	if err != nil {
		return 0, 0, err
	}
	after, ready, err := opened(ctx, path, func(*store.DB) error { return nil })
	return (after - before) / crowdProfiles, ready, err
}

// opened opens the database, says how much memory that took and how long, and
// then does something with it.
func opened(ctx context.Context, path string, do func(*store.DB) error) (bytes float64, took time.Duration, err error) {
	before, began := heap(), time.Now()
	db, err := store.Open(ctx, path)
	if err != nil {
		return 0, 0, err
	}
	took = time.Since(began)
	bytes = heap() - before
	return bytes, took, errors.Join(do(db), db.Close())
}

func heap() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// put writes n entities in large transactions.
func put(ctx context.Context, db *store.DB, n int, entity func(int) identity.Entity) error {
	for from := 0; from < n; from += crowdBatch {
		err := db.Write(ctx, benchAccount, time.Now(), func(tx *store.Tx) error {
			for i := from; i < min(n, from+crowdBatch); i++ {
				if err := tx.Put(entity(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fewOf is the small organisation, of the same making.
func fewOf() (*identity.Directory, error) {
	d := identity.NewDirectory()
	changes := []identity.Change{identity.Put(&identity.Account{Scope: crowdScope}), identity.Put(crowdPolicy())}
	for i := range fewUsers {
		changes = append(changes, identity.Put(crowdUser(i)), identity.Put(crowdKey(i)),
			identity.Put(crowdProfile(i, fewUsers)), identity.Put(crowdProfile(fewUsers+i, fewUsers)))
	}
	return d, d.Apply(benchAccount, 1, changes...)
}

// crowd is one organisation and who of it calls: every step-th of its users,
// through their own profile or, without one, on the bare model.
type crowd struct {
	directory *identity.Directory
	users     int
	step      int
	through   bool
}

// The decisions of several crowds are measured in turns, so that what else the
// machine does meets all of them, and the least of all turns counts: what is
// above it is somebody else's.
const (
	crowdTurns    = 15
	crowdEachTurn = 20_000
)

// crowdDecisions is the time of one allowed decision in each crowd, in
// nanoseconds. Who comes next is drawn; everybody has called before.
func crowdDecisions(crowds ...crowd) ([]float64, error) {
	for _, c := range crowds {
		for i := range c.users {
			if err := c.call(i); err != nil {
				return nil, err
			}
		}
	}
	least := make([]float64, len(crowds))
	random := rand.New(rand.NewPCG(1, 2))
	for turn := range crowdTurns {
		for k, c := range crowds {
			began := time.Now()
			for range crowdEachTurn {
				if err := c.call(random.IntN(c.users)); err != nil {
					return nil, err
				}
			}
			took := float64(time.Since(began).Nanoseconds()) / crowdEachTurn
			if turn == 0 || took < least[k] {
				least[k] = took
			}
		}
	}
	return least, nil
}

// call is one call of the i-th caller. Its identifiers are written anew, as a
// request brings its own.
func (c crowd) call(i int) error {
	i *= c.step
	return crowdCall(c.directory, string(numbered("AKIA", i, 6)), string(numbered("p", i, 11)), c.through)
}

// numbered is prefix and n in so many digits.
func numbered(prefix string, n, digits int) []byte {
	text := append(make([]byte, 0, 16), prefix...)
	text = text[:len(prefix)+digits]
	for i := len(text) - 1; i >= len(prefix); i-- {
		text[i] = byte('0' + n%10)
		n /= 10
	}
	return text
}

var errDecision = errors.New("the call was not decided as it should be")

// crowdCall decides one call as the door does: who has the key, what the model
// identifier stands for, and whether each check is allowed.
func crowdCall(d *identity.Directory, keyID, profileID string, through bool) error {
	signer, ok := d.Signer(keyID)
	if !ok || signer.Key.Status != identity.Active {
		return errDecision
	}
	who, err := signer.Principal()
	if err != nil {
		return err
	}
	at := invocation.Place{Partition: "aws", Region: benchRegion, Account: benchAccount}
	if !through {
		target, err := invocation.Resolve(at, benchModel)
		if err != nil {
			return err
		}
		return decideAll(who, target, nil, false)
	}
	own, ok := signer.Snapshot.InferenceProfile(benchRegion, profileID)
	if !ok {
		return errDecision
	}
	target, err := invocation.Through(at, own.ARN(), own.Source)
	if err != nil {
		return err
	}
	return decideAll(who, target, own.Tags, true)
}

func decideAll(who *identity.Principal, target *invocation.Target, tags []identity.Tag, want bool) error {
	request := condition.NewContext(who.Keys)
	request.Set(invocation.RegionKey, "call", benchRegion)
	for _, check := range target.Checks(invocation.InvokeModel) {
		keys := condition.NewContext(request)
		if check.Profile != "" {
			keys.Set(invocation.ProfileKey, "call", check.Profile)
		} else {
			for _, t := range tags {
				keys.Set("aws:ResourceTag/"+t.Key, "resource", t.Value)
			}
		}
		r := eval.Request{Action: check.Action, Resource: check.Resource, Context: keys, ResourceAccount: benchAccount}
		if who.Subject.Evaluate(&r).Allowed != want {
			return errDecision
		}
	}
	return nil
}

// crowdWrite is the 99th percentile of the time until one new profile can be
// called.
func crowdWrite(ctx context.Context, db *store.DB) (time.Duration, error) {
	took := make([]time.Duration, crowdWrites)
	for i := range took {
		p := crowdProfile(crowdProfiles+i, crowdUsers)
		began := time.Now()
		if err := db.Write(ctx, benchAccount, began, func(tx *store.Tx) error { return tx.Put(p) }); err != nil {
			return 0, err
		}
		state, _ := db.Directory().Account(benchAccount)
		if _, ok := state.InferenceProfile(benchRegion, p.ID); !ok {
			return 0, errDecision
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	return took[len(took)*99/100], nil
}

// hugeDirectory says how much memory a profile takes among a million.
func hugeDirectory() (bytesEach float64, took time.Duration, err error) {
	before, began := heap(), time.Now()
	d := identity.NewDirectory()
	err = d.Apply(benchAccount, 1, identity.Put(&identity.Account{Scope: crowdScope}))
	for from := 0; from < hugeProfiles && err == nil; from += crowdBatch {
		changes := make([]identity.Change, crowdBatch)
		for i := range changes {
			changes[i] = identity.Put(crowdProfile(from+i, crowdUsers))
		}
		err = d.Apply(benchAccount, 1, changes...)
	}
	took = time.Since(began)
	bytesEach = (heap() - before) / hugeProfiles
	runtime.KeepAlive(d)
	return bytesEach, took, err
}
