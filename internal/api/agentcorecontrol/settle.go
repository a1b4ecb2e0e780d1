package agentcorecontrol

import (
	"context"
	"errors"
	"sync"
	"time"

	"hardpan/internal/gateway"
	"hardpan/internal/identity"
	"hardpan/internal/store"
)

const (
	settleEvery   = 2 * time.Second  // how often it is looked for what another node left unfinished
	settleTime    = 60 * time.Second // the longest that one resource may take
	settleAtOnce  = 8                // resources that are settled at the same time
	settlePending = 1024             // resources that are noted to be settled; the rest is found again later
)

// Settle carries resources to the end of what is under way with them, until ctx
// ends: those of before the start first, then each as it is written. Several
// nodes may do so at once; what one has settled, the others leave.
func (s *Service) Settle(ctx context.Context) {
	work := make(chan gateway.Resource, settlePending)
	var busy sync.Map // identity.Ref -> nothing: noted, or being settled
	var workers sync.WaitGroup
	for range settleAtOnce {
		workers.Go(func() {
			for r := range work {
				settled := s.settle(ctx, r)
				busy.Delete(r.Ref())
				if settled {
					s.wake() // it may have been changed anew meanwhile
				}
			}
		})
	}
	defer workers.Wait()
	defer close(work)
	again := time.NewTicker(settleEvery)
	defer again.Stop()
	for {
		s.note(work, &busy)
		select {
		case <-ctx.Done():
			return
		case <-s.unsettled:
		case <-again.C:
		}
	}
}

// note hands what is unfinished to the workers, as much as they take.
func (s *Service) note(work chan<- gateway.Resource, busy *sync.Map) {
	d := s.DB.Directory()
	for _, account := range d.Accounts() {
		snapshot, ok := d.Account(account)
		if !ok {
			continue
		}
		for r := range snapshot.Unfinished() {
			ours, ok := r.(gateway.Resource)
			if !ok {
				continue
			}
			if _, noted := busy.LoadOrStore(r.Ref(), nil); noted {
				continue
			}
			select {
			case work <- ours:
			default:
				busy.Delete(r.Ref())
				return
			}
		}
	}
}

func (s *Service) wake() {
	select {
	case s.unsettled <- struct{}{}:
	default: // it will be looked at anyway
	}
}

// settle carries one resource on, if nobody has meanwhile. It reports whether it
// came to an end; else it is tried again.
func (s *Service) settle(ctx context.Context, r gateway.Resource) bool {
	limited, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	m := r.Common()
	next, err := s.next(limited, r)
	if err == nil {
		err = s.DB.Write(limited, m.Account, s.Now(), func(tx *store.Tx) error { return replace(tx, r, next) })
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrUnavailable) {
		s.Log.Error("a resource could not be settled; it is tried again", "kind", r.Ref().Kind, "id", m.ID, "account", m.Account, "error", err)
	}
	return err == nil
}

// replace puts next in the place of r, or deletes r if next is nil. It does
// nothing if r is not what it was.
func replace(tx *store.Tx, r, next gateway.Resource) error {
	present, ok := tx.State().Resource(r.Ref().Kind, r.Ref().ID)
	if !ok {
		return nil
	}
	is, was := present.(gateway.Resource).Common(), r.Common()
	if is.State != was.State || !is.Updated.Equal(was.Updated) {
		return nil
	}
	if next == nil {
		return tx.Delete(r)
	}
	next.Common().Updated = tx.Now
	next.Common().Tags = is.Tags
	return tx.Put(next)
}

// next is what a resource becomes; nil if it goes.
func (s *Service) next(ctx context.Context, r gateway.Resource) (gateway.Resource, error) {
	snapshot, ok := s.DB.Directory().Account(r.Common().Account)
	if !ok {
		return nil, identity.ErrNoPrincipal
	}
	switch r := r.(type) {
	case *gateway.Gateway:
		return nextGateway(r), nil
	case *gateway.Target:
		return s.nextTarget(ctx, snapshot, r)
	case *gateway.Engine:
		return nextEngine(r), nil
	case *gateway.Policy:
		return nextPolicy(snapshot, r), nil
	}
	return r, nil
}
