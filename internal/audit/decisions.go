package audit

import (
	"container/list"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Limits bound a [Decisions]. A zero field means the default.
type Limits struct {
	Count        int           // decisions overall; default 10,000
	Bytes        int64         // of encoded decisions overall; default 16 MiB
	PerAccount   int           // decisions of one account; default 5,000
	PerPrincipal int           // decisions of one principal; default 500
	Age          time.Duration // default 7 days
}

func (l Limits) withDefaults() Limits {
	if l.Count == 0 {
		l.Count = 10_000
	}
	if l.Bytes == 0 {
		l.Bytes = 16 << 20
	}
	if l.PerAccount == 0 {
		l.PerAccount = 5_000
	}
	if l.PerPrincipal == 0 {
		l.PerPrincipal = 500
	}
	if l.Age == 0 {
		l.Age = 7 * 24 * time.Hour
	}
	return l
}

// Decisions is what is at hand of the recent denials, in memory. The journal
// has them all; here the oldest go first when a limit is reached, and when an
// overall limit is reached, the oldest of whoever holds the most room: one
// caller that is denied in a loop does not push out the denials of others.
//
// It is safe for concurrent use. It does not decide who may read what.
type Decisions struct {
	limits Limits
	now    func() time.Time

	mu    sync.Mutex
	byID  map[string]*kept
	all   list.List // of *kept, oldest first
	bytes int64
	fair  shares
}

// kept is one decision, encoded: so its size is known, and nothing else is
// held in memory by it.
type kept struct {
	id, account, caller, principal, action string
	time                                   int64 // µs
	json                                   []byte

	inAll, inAccount, inPrincipal *list.Element
}

// overhead is roughly what a kept decision takes beside its JSON.
const overhead = 512

func (k *kept) size() int64 { return int64(len(k.json)) + overhead }

// NewDecisions makes an empty view whose ages are measured by now.
func NewDecisions(limits Limits, now func() time.Time) *Decisions {
	return &Decisions{limits: limits.withDefaults(), now: now, byID: map[string]*kept{}, fair: newShares()}
}

// Add keeps d. Decisions are expected in the order of their times; a second
// one with the same id is ignored, and so is one that is already too old.
func (v *Decisions) Add(d *Decision) error {
	b, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("encoding decision %s: %w", d.ID, err)
	}
	k := &kept{id: d.ID, account: d.Account, caller: d.Caller.ARN, principal: principal(d.Caller), action: failedAction(d), time: d.Time, json: b}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.insert(k)
	v.shrink(k)
	return nil
}

// principal is whom a caller's share is counted for. The part of the id before
// the colon is the user or role; what follows is a session name, which callers
// choose freely.
func principal(c Caller) string {
	if id, _, _ := strings.Cut(c.ID, ":"); id != "" {
		return id
	}
	return c.ARN
}

func failedAction(d *Decision) string {
	if d.Failed < 0 || d.Failed >= len(d.Checks) {
		return ""
	}
	return d.Checks[d.Failed].Action
}

func (v *Decisions) insert(k *kept) {
	if _, ok := v.byID[k.id]; ok || k.time < v.oldest() {
		return
	}
	v.byID[k.id] = k
	k.inAll = insertByTime(&v.all, k)
	v.bytes += k.size()
	v.fair.add(k)
}

// insertByTime puts k behind the last one that is not younger: at the end,
// nearly always.
func insertByTime(l *list.List, k *kept) *list.Element {
	for at := l.Back(); at != nil; at = at.Prev() {
		if at.Value.(*kept).time <= k.time {
			return l.InsertAfter(k, at)
		}
	}
	return l.PushFront(k)
}

// oldest is the time before which decisions have expired.
func (v *Decisions) oldest() int64 { return v.now().Add(-v.limits.Age).UnixMicro() }

// shrink brings the view back within its limits after added came in.
func (v *Decisions) shrink(added *kept) {
	v.expire()
	if p := v.fair.principal(added); p != nil && p.list.Len() > v.limits.PerPrincipal {
		v.remove(oldestOf(&p.list))
	}
	if a := v.fair.account(added); a != nil && a.list.Len() > v.limits.PerAccount {
		v.remove(v.fair.victimIn(a))
	}
	for v.all.Len() > v.limits.Count || v.bytes > v.limits.Bytes {
		v.remove(v.fair.victim())
	}
}

func (v *Decisions) expire() {
	for limit := v.oldest(); v.all.Len() > 0 && oldestOf(&v.all).time < limit; {
		v.remove(oldestOf(&v.all))
	}
}

func (v *Decisions) remove(k *kept) {
	delete(v.byID, k.id)
	v.all.Remove(k.inAll)
	v.bytes -= k.size()
	v.fair.remove(k)
}

func oldestOf(l *list.List) *kept { return l.Front().Value.(*kept) }

// Get returns the decision with the given id, and whether it is at hand.
func (v *Decisions) Get(id string) (*Decision, bool) {
	v.mu.Lock()
	v.expire()
	k := v.byID[id]
	v.mu.Unlock()
	return decode(k)
}

// Last returns the latest decision of an account about the caller with the
// given ARN; "" means any caller.
func (v *Decisions) Last(account, callerARN string) (*Decision, bool) {
	v.mu.Lock()
	v.expire()
	found := v.find(account, 1, func(k *kept) bool { return callerARN == "" || k.caller == callerARN })
	v.mu.Unlock()
	if len(found) == 0 {
		return nil, false
	}
	return decode(found[0])
}

// Filter chooses decisions; an empty field chooses all.
type Filter struct {
	Caller       string // ARN
	Action       string // of the check that failed, e.g. "bedrock:InvokeModel"; case does not matter
	Since, Until time.Time
}

func (f *Filter) match(k *kept) bool {
	return (f.Caller == "" || f.Caller == k.caller) &&
		(f.Action == "" || strings.EqualFold(f.Action, k.action)) &&
		(f.Since.IsZero() || k.time >= f.Since.UnixMicro()) &&
		(f.Until.IsZero() || k.time < f.Until.UnixMicro())
}

// List returns up to limit decisions of an account, latest first.
func (v *Decisions) List(account string, f Filter, limit int) []*Decision {
	v.mu.Lock()
	v.expire()
	found := v.find(account, limit, f.match)
	v.mu.Unlock()
	out := make([]*Decision, 0, len(found))
	for _, k := range found {
		if d, ok := decode(k); ok {
			out = append(out, d)
		}
	}
	return out
}

// find returns up to limit decisions of an account, latest first. The caller
// holds v.mu.
func (v *Decisions) find(account string, limit int, match func(*kept) bool) []*kept {
	var found []*kept
	a := v.fair.accounts[account]
	if a == nil {
		return nil
	}
	for at := a.list.Back(); at != nil && len(found) < limit; at = at.Prev() {
		if k := at.Value.(*kept); match(k) {
			found = append(found, k)
		}
	}
	return slices.Clip(found)
}

// decode reads a kept decision, which never changes, outside of the lock.
func decode(k *kept) (*Decision, bool) {
	if k == nil {
		return nil, false
	}
	var d Decision
	if err := json.Unmarshal(k.json, &d); err != nil { // it came from Marshal, or was parsed once before
		return nil, false
	}
	return &d, true
}
