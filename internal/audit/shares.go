package audit

import (
	"container/heap"
	"container/list"
	"math"
	"math/bits"
)

// shares says who holds how much of a [Decisions]: each account, and in it each
// principal. The largest is found at once, however many there are.
type shares struct {
	accounts map[string]*share
	largest  shareHeap
}

// share is what one account, or one principal of it, holds.
type share struct {
	name  string
	bytes int64
	list  list.List // of *kept, oldest first
	index int       // in the heap

	principals map[string]*share // of an account
	largest    shareHeap
}

func newShares() shares { return shares{accounts: map[string]*share{}} }

func (s *shares) account(k *kept) *share { return s.accounts[k.account] }

func (s *shares) principal(k *kept) *share {
	if a := s.account(k); a != nil {
		return a.principals[k.principal]
	}
	return nil
}

func (s *shares) add(k *kept) {
	a := s.accounts[k.account]
	if a == nil {
		a = &share{name: k.account, principals: map[string]*share{}}
		s.accounts[a.name] = a
		heap.Push(&s.largest, a)
	}
	p := a.principals[k.principal]
	if p == nil {
		p = &share{name: k.principal}
		a.principals[p.name] = p
		heap.Push(&a.largest, p)
	}
	k.inAccount, k.inPrincipal = insertByTime(&a.list, k), insertByTime(&p.list, k)
	a.bytes += k.size()
	p.bytes += k.size()
	heap.Fix(&a.largest, p.index)
	heap.Fix(&s.largest, a.index)
}

func (s *shares) remove(k *kept) {
	a := s.accounts[k.account]
	p := a.principals[k.principal]
	a.list.Remove(k.inAccount)
	p.list.Remove(k.inPrincipal)
	a.bytes -= k.size()
	p.bytes -= k.size()
	if a.largest.settle(p) {
		delete(a.principals, p.name)
	}
	if s.largest.settle(a) {
		delete(s.accounts, a.name)
	}
}

// victim is the decision to give up when there is no room for all: the oldest
// of the largest principal of the largest account.
func (s *shares) victim() *kept { return s.victimIn(s.largest[0]) }

func (s *shares) victimIn(account *share) *kept { return oldestOf(&account.largest[0].list) }

// shareHeap is a heap of shares with the largest on top. Shares within the same
// power of two count as equal; of those, the one with the oldest decision comes
// first, so that among many small holders the newest is not the victim.
type shareHeap []*share

func (h shareHeap) Len() int { return len(h) }

// Less implements heap.Interface.
func (h shareHeap) Less(i, j int) bool {
	if a, b := bits.Len64(uint64(h[i].bytes)), bits.Len64(uint64(h[j].bytes)); a != b {
		return a > b
	}
	return h[i].oldest() < h[j].oldest()
}

// oldest is the time of the oldest decision of s.
func (s *share) oldest() int64 {
	if s.list.Len() == 0 {
		return math.MaxInt64
	}
	return oldestOf(&s.list).time
}

// Swap implements heap.Interface.
func (h shareHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

// Push implements heap.Interface.
func (h *shareHeap) Push(x any) {
	s := x.(*share)
	s.index = len(*h)
	*h = append(*h, s)
}

// Pop implements heap.Interface.
func (h *shareHeap) Pop() any {
	old := *h
	s := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return s
}

// settle puts s, which became smaller, in its place, or removes it when it
// holds nothing any more, and reports that.
func (h *shareHeap) settle(s *share) (removed bool) {
	if s.list.Len() > 0 {
		heap.Fix(h, s.index)
		return false
	}
	heap.Remove(h, s.index)
	return true
}
