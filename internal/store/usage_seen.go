package store

import "sync"

// maxSeen bounds the ids that are remembered, and so the memory they take.
const maxSeen = 100_000

// seen remembers which usage keys are stored, so that they need not be stored
// again with every batch. Forgetting one costs a row that is there already.
type seen struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

func (s *seen) has(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.ids[id]
	return ok
}

func (s *seen) remember(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil || len(s.ids) >= maxSeen {
		s.ids = map[string]struct{}{}
	}
	s.ids[id] = struct{}{}
}
