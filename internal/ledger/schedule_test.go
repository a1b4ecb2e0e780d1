package ledger_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hardpan/internal/ledger"
	"hardpan/internal/usage"
)

const (
	clients = 200
	fits    = 37 // calls
)

// Two hundred clients on a budget that fits 37 calls: never more are answered,
// however they meet, and never fewer, since what is cut or failed is tried again.
func TestNeverMoreThanFits(t *testing.T) { runSchedules(t, 100) }

func runSchedules(t *testing.T, n int) {
	calls := 0
	for seed := range n {
		synctest.Test(t, func(t *testing.T) { calls += runSchedule(t, uint64(seed)) })
	}
	t.Logf("%d schedules of %d clients, %d calls: %d answered in each", n, clients, calls, fits)
}

// schedule is one way in which clients meet.
type schedule struct {
	*world
	mu       sync.Mutex
	answered int   // calls that a client got an answer to, whole or cut
	charged  int64 // nano-dollars, as the settlements said
}

func runSchedule(t *testing.T, seed uint64) (calls int) {
	requests := budget(t, "b-1", "account", fmt.Sprintf("%drequests", fits), "month")
	money := budget(t, "b-2", "principal:*", "0.000004440USD", "month") // 37 × 120 nano-dollars
	w := newWorld(t, requests, money)
	s := &schedule{world: w}
	var all sync.WaitGroup
	for i := range clients {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		id := fmt.Sprintf("%d-%d", seed, i)
		all.Go(func() { s.client(r, id) })
	}
	all.Wait()
	now := time.Now()
	if s.answered != fits {
		t.Errorf("schedule %d: %d calls were answered, want %d", seed, s.answered, fits)
	}
	w.stands(requests, now, fits, 0)
	w.stands(money, now, s.charged, 0)
	if s.charged > money.Limit.Amount {
		t.Errorf("charged %d, over the limit of %d", s.charged, money.Limit.Amount)
	}
	return w.calls
}

// client calls until it has a whole answer or is refused. Its calls all carry
// the same id of its own making, which helps it nothing.
func (s *schedule) client(r *rand.Rand, id string) {
	for {
		time.Sleep(time.Duration(r.IntN(50)) * time.Millisecond)
		res, err := s.Reserve(s.t.Context(), s.seeded(id))
		if err != nil {
			if ledger.AsRefusal(err) == nil {
				s.t.Error(err)
				return
			}
			if !s.waitFor(r) {
				return
			}
			continue
		}
		s.hold()
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond)
		switch r.IntN(6) {
		case 0: // the backend failed before the first byte
			res.Release()
			continue
		case 1: // the stream was cut, and is tried again
			s.settled(res.Settle(usage.Tokens{Input: 10, Output: int64(r.IntN(45))}, r.IntN(2) == 0, ledger.Incomplete))
			continue
		}
		s.settled(res.Settle(usage.Tokens{Input: 10, Output: 45}, true, ledger.Complete))
		return
	}
}

// seeded is a call whose id every try of a client shares.
func (s *schedule) seeded(id string) *ledger.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.call(time.Now())
	r.ID = id
	return r
}

// waitFor reports whether a refused client should try again: calls under way
// may still end without an answer.
func (s *schedule) waitFor(r *rand.Rand) bool {
	s.mu.Lock()
	done := s.answered >= fits
	s.mu.Unlock()
	time.Sleep(time.Duration(100+r.IntN(100)) * time.Millisecond)
	return !done
}

func (s *schedule) settled(got ledger.Settled) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answered++
	s.charged += got.Cost
	if s.answered > fits {
		s.t.Errorf("answer %d", s.answered)
	}
}

// hold looks at the invariant in the middle of things.
func (s *schedule) hold() {
	snapshot := s.options(s.t).Budgets(accountID)
	for b := range snapshot.Budgets("") {
		for _, at := range s.Status(context.Background(), b, time.Now()) {
			if at.Settled+at.Reserved > at.Limit.Amount {
				s.t.Errorf("%s: %d settled and %d reserved, limit %d", b.ID, at.Settled, at.Reserved, at.Limit.Amount)
			}
		}
	}
}
