package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func view(l Limits) (*Decisions, *clock) {
	c := &clock{start}
	return NewDecisions(l, c.now), c
}

// denial makes a decision of user of account at i seconds after the start.
func denial(id, account, user string, i int) *Decision {
	return &Decision{
		ID: id, Time: start.Add(time.Duration(i) * time.Second).UnixMicro(), Account: account,
		Caller: Caller{ARN: "arn:aws:iam::" + account + ":user/" + user, ID: "AIDA" + user},
		Checks: []CheckTrace{{Check: Check{Action: "bedrock:InvokeModel"}}},
	}
}

func keepAll(t *testing.T, v *Decisions, ds ...*Decision) {
	t.Helper()
	for _, d := range ds {
		if err := v.Add(d); err != nil {
			t.Fatal(err)
		}
	}
}

func listed(v *Decisions, account string, f Filter, limit int) []string {
	var out []string
	for _, d := range v.List(account, f, limit) {
		out = append(out, d.ID)
	}
	return out
}

func TestGetLastList(t *testing.T) {
	v, _ := view(Limits{})
	other := denial("d3", "111", "foo", 3)
	other.Checks[0].Action = "bedrock:Converse"
	keepAll(t, v, denial("d1", "111", "foo", 1), denial("d2", "111", "bar", 2), other, denial("d4", "222", "foo", 4), denial("d1", "111", "foo", 9))
	if d, ok := v.Get("d2"); !ok || d.Caller.ARN != "arn:aws:iam::111:user/bar" {
		t.Errorf("get d2: %+v, %v", d, ok)
	}
	if _, ok := v.Get("none"); ok {
		t.Error("an unknown id was found")
	}
	for arn, want := range map[string]string{"": "d3", "arn:aws:iam::111:user/bar": "d2", "arn:aws:iam::222:user/foo": ""} {
		d, ok := v.Last("111", arn)
		if ok != (want != "") || ok && d.ID != want {
			t.Errorf("last of %q: %+v, %v; want %s", arn, d, ok, want)
		}
	}
	equal(t, listed(v, "111", Filter{}, 10), "d3", "d2", "d1")
	equal(t, listed(v, "111", Filter{}, 2), "d3", "d2")
	equal(t, listed(v, "111", Filter{Caller: "arn:aws:iam::111:user/foo"}, 10), "d3", "d1")
	equal(t, listed(v, "111", Filter{Action: "BEDROCK:invokemodel"}, 10), "d2", "d1")
	equal(t, listed(v, "111", Filter{Since: start.Add(2 * time.Second), Until: start.Add(3 * time.Second)}, 10), "d2")
	equal(t, listed(v, "333", Filter{}, 10))
}

func TestOldDecisionsExpire(t *testing.T) {
	v, c := view(Limits{Age: time.Hour})
	keepAll(t, v, denial("d1", "111", "foo", 0), denial("d2", "111", "foo", 60))
	c.t = start.Add(time.Hour + time.Second)
	if _, ok := v.Get("d1"); ok {
		t.Error("an expired decision was found")
	}
	if _, ok := v.Get("d2"); !ok {
		t.Error("a decision was dropped before its time")
	}
	keepAll(t, v, denial("d3", "111", "foo", 0))
	equal(t, listed(v, "111", Filter{}, 10), "d2")
}

func TestOneCallerCannotPushOutOthers(t *testing.T) {
	v, _ := view(Limits{Count: 40, PerAccount: 30, PerPrincipal: 20})
	keepAll(t, v, denial("quiet", "111", "quiet", 0), denial("other", "222", "foo", 0))
	for i := range 500 {
		d := denial(fmt.Sprint("loud-", i), "111", "loud", i)
		d.Caller.ID = fmt.Sprint("AROALOUD:session-", i) // a new session name each time
		keepAll(t, v, d)
	}
	if got := len(v.List("111", Filter{}, 1000)); got != 21 {
		t.Errorf("account 111 holds %d, want 20 of the loud one and the quiet one", got)
	}
	for i := range 500 { // and now as many principals as there are calls
		keepAll(t, v, denial(fmt.Sprint("many-", i), "333", fmt.Sprint("user-", i), 500+i))
	}
	if got := len(v.List("333", Filter{}, 1000)); got > 30 {
		t.Errorf("account 333 holds %d of at most 30", got)
	}
	for _, id := range []string{"other", "loud-499", "many-499"} {
		if _, ok := v.Get(id); !ok {
			t.Errorf("%s was pushed out", id)
		}
	}
	if n := v.all.Len(); n != 40 {
		t.Errorf("%d kept, want 40", n)
	}
}

func TestViewIsBoundedInBytes(t *testing.T) {
	v, _ := view(Limits{Bytes: 100 << 10})
	keepAll(t, v, denial("small", "111", "foo", 0))
	for i := range 50 {
		d := denial(fmt.Sprint("large-", i), "222", "bar", i)
		d.Checks[0].Trace = json.RawMessage(`"` + strings.Repeat("x", 20<<10) + `"`)
		keepAll(t, v, d)
	}
	if v.bytes > 100<<10 {
		t.Errorf("%d bytes kept", v.bytes)
	}
	if _, ok := v.Get("small"); !ok {
		t.Error("the small one of another account was pushed out")
	}
	equal(t, listed(v, "222", Filter{}, 2), "large-49", "large-48")
}

// Whatever comes in, the lists, the heaps and the sums agree.
func TestViewStaysConsistent(t *testing.T) {
	v, c := view(Limits{Count: 50, Bytes: 200 << 10, PerAccount: 20, PerPrincipal: 7, Age: 100 * time.Second})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 3000 {
		c.t = start.Add(time.Duration(i) * time.Second)
		d := denial(fmt.Sprint(r.IntN(2000)), fmt.Sprint(r.IntN(5)), fmt.Sprint(r.IntN(6)), i-r.IntN(150))
		d.Message = strings.Repeat("m", r.IntN(20<<10))
		keepAll(t, v, d)
		checkView(t, v)
	}
}

func checkView(t *testing.T, v *Decisions) {
	t.Helper()
	var count int
	var bytes int64
	for name, a := range v.fair.accounts {
		sum, n := int64(0), 0
		for _, p := range a.principals {
			sum, n = sum+p.bytes, n+p.list.Len()
			if p.list.Len() == 0 || p.list.Len() > 7 || a.largest[p.index] != p || a.largest.Less(p.index, 0) {
				t.Fatalf("principal %s of %s is wrong", p.name, name)
			}
		}
		if sum != a.bytes || n != a.list.Len() || n == 0 || n > 20 || len(a.largest) != len(a.principals) || v.fair.largest.Less(a.index, 0) {
			t.Fatalf("account %s is wrong: %d of %d bytes, %d of %d", name, sum, a.bytes, n, a.list.Len())
		}
		count, bytes = count+n, bytes+sum
	}
	if count != v.all.Len() || count != len(v.byID) || bytes != v.bytes || count > 50 || bytes > 200<<10 || len(v.fair.largest) != len(v.fair.accounts) {
		t.Fatalf("%d in shares, %d in order, %d by id, %d of %d bytes", count, v.all.Len(), len(v.byID), bytes, v.bytes)
	}
	last := int64(0)
	for at := v.all.Front(); at != nil; at = at.Next() {
		if k := at.Value.(*kept); k.time < last {
			t.Fatal("out of order")
		} else {
			last = k.time
		}
	}
}

func TestConcurrentUseOfTheView(t *testing.T) {
	v, _ := view(Limits{Count: 100})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := range 200 {
				if err := v.Add(denial(fmt.Sprint(w, "-", i), fmt.Sprint(w%3), "foo", i)); err != nil {
					t.Error(err)
				}
				v.Get(fmt.Sprint(w, "-", i/2))
				v.List(fmt.Sprint(w%3), Filter{}, 5)
			}
		})
	}
	wg.Wait()
	if n := v.all.Len(); n != 100 {
		t.Errorf("%d kept, want 100", n)
	}
}

func TestRefillFromTheJournalsEnd(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 4 << 10})
	var want []string
	for i := range 60 {
		e := &Event{ID: fmt.Sprint(i), UserAgent: `"denial":{`, Verdict: Allow, Outcome: OK}
		if i%3 == 0 {
			e.Denial = denial(fmt.Sprint("d", i), "111", "foo", i)
			want = append([]string{e.Denial.ID}, want...)
		}
		if _, err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	v, _ := view(Limits{})
	keepAll(t, v, denial("live", "111", "foo", 1000)) // came in before the refill
	if n, err := v.Refill(t.Context(), dir, DefaultRefill); n != 20 || err != nil {
		t.Fatalf("refill = %d, %v", n, err)
	}
	equal(t, listed(v, "111", Filter{}, 100), append([]string{"live"}, want...)...)

	part, _ := view(Limits{})
	n, err := part.Refill(t.Context(), dir, 2500)
	if err != nil || n < 3 || n > 12 {
		t.Fatalf("refill of the last 2,500 bytes = %d, %v", n, err)
	}
	equal(t, listed(part, "111", Filter{}, 100), want[:n]...)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := part.Refill(ctx, dir, DefaultRefill); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled refill: %v", err)
	}
}
