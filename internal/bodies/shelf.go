package bodies

import (
	"container/list"
	"sync"
)

// Room is how much a shelf holds by default, in bytes: more than three hundred
// calls with the largest bodies, of which the log is written every second.
const Room = 64 << 20

// Shelf keeps the bodies of calls, by the ids of the calls, in memory only. When
// it is full, those of the oldest call are dropped, so that no call ever waits for
// the log. It is safe for concurrent use.
type Shelf struct {
	room int

	mu      sync.Mutex
	calls   map[string]*list.Element
	order   *list.List // of *kept, the oldest first
	size    int
	read    []string // since Forget
	dropped uint64
}

type kept struct {
	id   string
	call Call
	size int
	read bool
}

// NewShelf returns a shelf that holds bodies of about room bytes.
func NewShelf(room int) *Shelf {
	return &Shelf{room: room, calls: map[string]*list.Element{}, order: list.New()}
}

// Put keeps the bodies of a call. It is done before the journal has the call's
// event, so that who follows the journal finds them.
func (s *Shelf) Put(id string, c Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
	k := &kept{id: id, call: c, size: c.size()}
	s.calls[id] = s.order.PushBack(k)
	s.size += k.size
	for s.size > s.room {
		oldest := s.order.Front().Value.(*kept)
		if !oldest.read {
			s.dropped++
		}
		s.remove(oldest.id)
	}
}

// Read returns the bodies of a call, and whether they are there. They stay until
// [Shelf.Forget], so that they can be read again if they could not be written.
func (s *Shelf) Read(id string) (Call, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.calls[id]
	if !ok {
		return Call{}, false
	}
	k := e.Value.(*kept)
	if !k.read {
		k.read = true
		s.read = append(s.read, id)
	}
	return k.call, true
}

// Forget drops what was read.
func (s *Shelf) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.read {
		s.remove(id)
	}
	s.read = nil
}

// Dropped is of how many calls the bodies were dropped for want of room, before
// anybody read them.
func (s *Shelf) Dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dropped
}

func (s *Shelf) remove(id string) {
	if e, ok := s.calls[id]; ok {
		s.size -= e.Value.(*kept).size
		s.order.Remove(e)
		delete(s.calls, id)
	}
}
