package ledger_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

func TestReserveSettleRelease(t *testing.T) {
	b := budget(t, "b-1", "account", "0.000000240USD", "month") // two calls at their bound
	w := newWorld(t, b)
	first, second := w.must(start), w.must(start)
	w.stands(b, start, 0, 240)
	w.refused(ledger.Spent, start)

	got := first.Settle(used, true, ledger.Complete)
	want := ledger.Settled{
		Tokens: used, Cost: 44, Priced: true, Price: model + "/regional/default",
		Budgets: []audit.Charge{{Budget: "b-1", Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC).Unix()}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	w.stands(b, start, 44, 120)
	second.Release()
	w.stands(b, start, 44, 0)

	first.Settle(used, true, ledger.Complete) // what ends twice ends once
	first.Release()
	w.stands(b, start, 44, 0)
	w.must(start).Release()
}

func TestAllBudgetsOrNone(t *testing.T) {
	wide := budget(t, "b-1", "account", "1000tokens", "day")
	tight := budget(t, "b-2", "model:"+model, "54tokens", "day")
	w := newWorld(t, wide, tight)
	e := w.refused(ledger.Spent, start)
	w.stands(wide, start, 0, 0)
	if len(w.journal.list) != 0 {
		t.Error("a refused call is written down as reserved")
	}
	for _, part := range []string{`"b-2"`, "model:" + model, "54tokens", "0tokens settled", "up to 55tokens", "2026-11-04T00:00:00Z", "hardpan:PutBudget"} {
		if !strings.Contains(e.Message, part) {
			t.Errorf("%q is not in: %s", part, e.Message)
		}
	}
	if strings.Contains(e.Message, "b-1") {
		t.Errorf("names a budget that has room: %s", e.Message)
	}
}

func TestRefusals(t *testing.T) {
	money, rate := budget(t, "b-1", "account", "1.00USD", "total"), budget(t, "b-2", "account", "2requests", "minute")
	w := newWorld(t, money, rate)
	w.must(start).Settle(used, true, ledger.Complete)
	w.must(start)
	e := w.refused(ledger.Spent, start.Add(13*time.Second))
	if e.Code != "ThrottlingException" || e.Status != 429 || e.RetryAfter != "47" {
		t.Errorf("a rate: %+v", e)
	}
	e = w.refused(ledger.Unpriced, start.Add(time.Minute), func(r *ledger.Request) { r.Call.Model = unpriced })
	if e.Code != "ServiceQuotaExceededException" || e.Status != 400 || !strings.Contains(e.Message, unpriced) || !strings.Contains(e.Message, "hardpan.yaml") {
		t.Errorf("no price: %+v", e)
	}
	// A window that was left is not entered again.
	w.must(start.Add(time.Minute))
	w.must(start)
	w.refused(ledger.Spent, start)
}

func TestUnpricedCallOutsideOfMoney(t *testing.T) {
	tell := budget(t, "b-1", "account", "1.00USD", "day")
	tell.Action = identity.Notify
	w := newWorld(t, tell, budget(t, "b-2", "account", "1000tokens", "day"))
	s := w.must(start, func(r *ledger.Request) { r.Call.Model = unpriced }).Settle(used, true, ledger.Complete)
	if s.Priced || s.Cost != 0 || s.Price != "" || len(s.Budgets) != 2 {
		t.Errorf("%+v", s)
	}
}

func TestNotifyNeverRefuses(t *testing.T) {
	b := budget(t, "b-1", "account", "1requests", "day")
	b.Action = identity.Notify
	w := newWorld(t, b)
	for range 3 {
		w.must(start).Settle(used, true, ledger.Complete)
	}
	w.stands(b, start, 3, 0)
	if d := cmp.Diff([]string{"account 80% from 2026-11-03", "account 100% from 2026-11-03"}, w.heard.list); d != "" {
		t.Error(d)
	}
	w.must(start.AddDate(0, 0, 1)).Settle(used, true, ledger.Complete) // another window, told anew
	if len(w.heard.list) != 4 {
		t.Errorf("heard %q", w.heard.list)
	}
}

func TestOneLimitForEach(t *testing.T) {
	b := budget(t, "b-1", "principal:*", "100tokens", "day")
	w := newWorld(t, b)
	bob := func(r *ledger.Request) { r.Call.Principal = "arn:aws:iam::123456789012:user/bob" }
	w.must(start)
	w.refused(ledger.Spent, start)
	w.must(start, bob)
	if list := w.Status(w.t.Context(), b, start); len(list) != 2 || list[1].Value != "arn:aws:iam::123456789012:user/bob" || list[1].Reserved != 55 {
		t.Errorf("%+v", list)
	}
}

func TestSessionAndItsSubtree(t *testing.T) {
	const parent = "arn:aws:sts::123456789012:assumed-role/dev/parent"
	b := budget(t, "b-1", "session:"+parent, "100tokens", "day")
	w := newWorld(t, b)
	w.must(start, func(r *ledger.Request) { r.Call.Session = parent })
	w.refused(ledger.Spent, start, func(r *ledger.Request) {
		r.Call.Session, r.Call.Ancestors = "arn:aws:sts::123456789012:assumed-role/dev/child", []string{parent}
	})
	w.must(start, func(r *ledger.Request) { r.Call.Session = "arn:aws:sts::123456789012:assumed-role/dev/other" })
}

func TestOverrunIsChargedAndCloses(t *testing.T) {
	b := budget(t, "b-1", "account", "1000tokens", "day")
	w := newWorld(t, b)
	s := w.must(start).Settle(usage.Tokens{Input: 4, Output: 46}, true, ledger.Complete)
	if !s.Overrun || s.Estimated || s.Cost != 96 {
		t.Errorf("%+v", s)
	}
	w.refused(ledger.Overrun, start)
	w.must(start.AddDate(0, 0, 1))
}

func TestImpossibleCountsAreChargedAtTheBound(t *testing.T) {
	for name, tokens := range map[string]usage.Tokens{
		"negative": {Input: -1, Output: 5}, "absurd": {Input: 4, Output: 4501}, "overflow": {Input: math.MaxInt64, CacheRead: math.MaxInt64},
	} {
		b := budget(t, "b-1", "account", "1000tokens", "day")
		w := newWorld(t, b)
		s := w.must(start).Settle(tokens, true, ledger.Complete)
		if s.Overrun || !s.Estimated || s.Cost != 120 || s.Tokens != (usage.Tokens{Input: 10, Output: 45}) {
			t.Errorf("%s: %+v", name, s)
		}
		w.stands(b, start, 55, 0)
	}
}

func TestNothingIsFree(t *testing.T) {
	for name, c := range map[string]struct {
		tokens  usage.Tokens
		counted bool
		outcome ledger.Outcome
		cost    int64
	}{
		"answered, but nothing is said":    {usage.Tokens{}, false, ledger.Complete, 120},
		"cut before anything was answered": {usage.Tokens{}, false, ledger.Incomplete, 30},
		"cut, and counted by Hardpan":      {used, false, ledger.Incomplete, 44},
		"a kind without a price":           {usage.Tokens{Input: 1, Seconds: 1}, true, ledger.Complete, 120},
	} {
		s := newWorld(t).must(start).Settle(c.tokens, c.counted, c.outcome)
		if s.Cost != c.cost || !s.Priced || !s.Estimated {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func TestFreeCallsCountAsRequests(t *testing.T) {
	rate, money := budget(t, "b-1", "account", "1requests", "minute"), budget(t, "b-2", "account", "0.000000001USD", "day")
	w := newWorld(t, rate, money)
	free := func(r *ledger.Request) { r.Free, r.Call.Model = true, unpriced }
	s := w.must(start, free).Settle(usage.Tokens{Input: 99}, true, ledger.Complete)
	if s.Cost != 0 || !s.Tokens.IsZero() || s.Overrun {
		t.Errorf("%+v", s)
	}
	w.refused(ledger.Spent, start, free)
}

func TestRollingWindow(t *testing.T) {
	b := budget(t, "b-1", "account", "2requests", "rolling:96m") // in pieces of a minute
	w := newWorld(t, b)
	w.must(start.Add(30*time.Second)).Settle(used, true, ledger.Complete)
	w.must(start.Add(50*time.Minute)).Settle(used, true, ledger.Complete)
	e := w.refused(ledger.Spent, start.Add(96*time.Minute+59*time.Second))
	if !strings.Contains(e.Message, "resets at 2026-11-03T13:37:00Z") {
		t.Error(e.Message)
	}
	w.must(start.Add(97 * time.Minute)).Release()
}

// A call that is longer than its window is charged to the window it began in.
func TestCallAcrossWindows(t *testing.T) {
	b := budget(t, "b-1", "account", "1requests", "day")
	w := newWorld(t, b)
	long := w.must(start)
	tomorrow := start.AddDate(0, 0, 1)
	short := w.must(tomorrow)
	if s := long.Settle(used, true, ledger.Complete); s.Budgets[0].Start == short.Settle(used, true, ledger.Complete).Budgets[0].Start {
		t.Errorf("charged to %+v", s.Budgets)
	}
	w.stands(b, tomorrow, 1, 0)
}

func TestLimitThatChanges(t *testing.T) {
	b := budget(t, "b-1", "account", "60tokens", "day")
	w := newWorld(t, b)
	open := w.must(start)
	w.refused(ledger.Spent, start)
	more := *b
	more.Limit.Amount = 110
	w.put(&more)
	w.must(start).Release()
	less := *b
	less.Limit.Amount = 10
	w.put(&less)
	w.refused(ledger.Spent, start)
	open.Settle(used, true, ledger.Complete) // it was admitted, and is charged
	w.stands(&less, start, 24, 0)
}

func TestClamp(t *testing.T) {
	b := budget(t, "b-1", "account", "0.000000170USD", "day")
	b.Clamp = true
	w := newWorld(t, b)
	can := func(r *ledger.Request) { r.Clamp = true }
	if r := w.must(start, can); r.MaxOutput() != 0 {
		t.Errorf("lowered to %d although there is room", r.MaxOutput())
	}
	w.refused(ledger.Spent, start) // a call that cannot be clamped
	r := w.must(start, can)        // 50 are left: 30 for the input, 10 tokens of output
	if r.MaxOutput() != 10 {
		t.Errorf("lowered to %d", r.MaxOutput())
	}
	w.stands(b, start, 0, 170)
	// Told is what does not fit even if clamped, and not what was asked for.
	if e := w.refused(ledger.Spent, start, can); !strings.Contains(e.Message, "needs 0.000000032USD even if it is answered with a single token") {
		t.Error(e.Message)
	}
	if s := r.Settle(usage.Tokens{Input: 10, Output: 11}, true, ledger.Complete); !s.Overrun {
		t.Error("more than the lowered bound is no overrun")
	}
}

func TestJournalThatFails(t *testing.T) {
	b := budget(t, "b-1", "account", "100tokens", "day")
	w := newWorld(t, b)
	w.journal.fail = errors.New("no space left on device")
	_, err := w.reserve(start)
	if e := awserr.From(err); e.Code != "ServiceUnavailableException" || e.Status != 503 || strings.Contains(e.Message, "device") {
		t.Errorf("%v", err)
	}
	w.stands(b, start, 0, 0)
}

func TestReservationIsWhatRecoveryNeeds(t *testing.T) {
	w := newWorld(t, budget(t, "b-1", "tag:Team=*", "100tokens", "total"))
	w.must(start, func(r *ledger.Request) {
		r.Caller = audit.Caller{ARN: "arn", Tags: []audit.Tag{{Key: "Team", Value: "a=b"}}}
		r.Call.ProfileTags = []usage.Tag{{Key: "Team", Value: "a=b"}}
	})
	want := []*audit.Reservation{{
		ID: "call-1", Time: start.UnixMicro(), Partition: "aws", Account: accountID, Region: "us-west-2", Operation: "Converse",
		Caller: audit.Caller{ARN: "arn", Tags: []audit.Tag{{Key: "Team", Value: "a=b"}}},
		Model:  model, ProfileKind: "regional", ProfileTags: []audit.Tag{{Key: "Team", Value: "a=b"}},
		InputBound: 10, OutputBound: 45, Cost: 120, Priced: true, Price: model + "/regional/default",
		Budgets: []audit.Charge{{Budget: "b-1", Instance: "a=b"}},
	}}
	if d := cmp.Diff(want, w.journal.list); d != "" {
		t.Error(d)
	}
}
