package audit

import (
	"context"
	"sync"
	"time"
)

// The least time from the start of one fsync to that of the next. A call that
// comes alone does not wait for it. Those who come meanwhile share one fsync: on
// a fast disk that is the dearest part of a call, for the processor too. A disk
// that takes longer gathers by itself.
//
// What a call waits for, beside one fsync, is at most gatherFew, and half of
// gatherMany on average.
const (
	gatherFew  = 500 * time.Microsecond
	gatherMany = time.Millisecond
	many       = 4 // calls that shared one fsync
)

// syncer runs fsync for all who wait, one at a time: who comes while one runs
// shares the next.
type syncer struct {
	j    *Journal
	kick chan struct{} // holds one: somebody waits
	quit chan struct{}
	done chan struct{}

	mu     sync.Mutex
	synced uint64
	round  *round // whom the next fsync is for, or nil
}

type round struct {
	calls int // that wait
	done  chan struct{}
	err   error // valid when done is closed
}

func (s *syncer) start(j *Journal) {
	s.j, s.synced = j, 0
	s.kick, s.quit, s.done = make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	go s.run()
}

func (s *syncer) run() {
	defer close(s.done)
	next := time.NewTimer(0) // fires when the next fsync may start
	defer next.Stop()
	for {
		select {
		case <-s.kick:
		case <-s.quit:
			return
		}
		select {
		case <-next.C:
		case <-s.quit:
			return
		}
		switch calls := s.waiting(); {
		case calls == 0: // the last fsync was for them too
			next.Reset(0)
			continue
		case calls < many:
			next.Reset(gatherFew)
		default:
			next.Reset(gatherMany)
		}
		_ = s.sync()
	}
}

// waiting is how many calls the next fsync is for.
func (s *syncer) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.round == nil {
		return 0
	}
	return s.round.calls
}

// stop ends the syncer after a last fsync.
func (s *syncer) stop() error {
	close(s.quit)
	<-s.done
	return s.sync()
}

// wait returns when the record seq is on the disk.
func (s *syncer) wait(ctx context.Context, seq uint64) error {
	s.mu.Lock()
	if s.synced >= seq {
		s.mu.Unlock()
		return nil
	}
	s.j.mu.Lock()
	err := s.j.refusal()
	s.j.mu.Unlock()
	if err != nil {
		s.mu.Unlock()
		return err
	}
	if s.round == nil {
		s.round = &round{done: make(chan struct{})}
	}
	r := s.round
	r.calls++
	first := r.calls == 1
	s.mu.Unlock()
	if first { // the others need not
		select {
		case s.kick <- struct{}{}:
		default:
		}
	}
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sync runs one fsync for everyone who waits now.
func (s *syncer) sync() error {
	s.mu.Lock()
	r := s.round
	s.round = nil
	s.mu.Unlock()

	seq, err := s.fsync()
	s.mu.Lock()
	if err == nil {
		s.synced = max(s.synced, seq)
	}
	s.mu.Unlock()
	if r != nil {
		r.err = err
		close(r.done)
	}
	return err
}

// fsync returns the last record that is certainly on the disk.
func (s *syncer) fsync() (uint64, error) {
	if err := s.j.Err(); err != nil {
		return 0, err
	}
	w := &s.j.w
	seq := w.j.Head().Seq
	w.fileMu.Lock()
	defer w.fileMu.Unlock()
	// Records up to seq lie in this file, or in older ones that rotate synced.
	if err := w.file.Sync(); err != nil {
		// What the kernel could not write may be gone from its cache, so asking
		// again would prove nothing.
		return 0, s.j.fail("syncing", err)
	}
	return seq, nil
}
