package audit

import "sync"

// slots is how far back recent events reach, in records.
const slots = 8192

// recent holds the last events as they were appended, for the one who reads the
// journal just behind its end: reading them back from JSON is dearer than all that
// is done with them.
type recent struct {
	mu    sync.Mutex
	slots [slots]slot
}

type slot struct {
	seq   uint64
	event *Event
}

func (r *recent) put(seq uint64, e *Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slots[seq%slots] = slot{seq, e}
}

// take returns the event of record seq and forgets it.
func (r *recent) take(seq uint64) *Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.slots[seq%slots]
	if s.seq != seq {
		return nil
	}
	e := s.event
	*s = slot{}
	return e
}

// Take returns the event of record seq if it was appended by this process a short
// time ago, the first time that it is asked for, and nil else: then [Record.Event]
// decodes it. The event is shared and must not be changed. Denials, which may be
// large, are not kept for it.
func (j *Journal) Take(seq uint64) *Event { return j.recent.take(seq) }
