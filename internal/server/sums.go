package server

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/cloudtrail"
	"hardpan/internal/op"
	"hardpan/internal/rollup"
)

// Views of the journal are kept beside serving: sums in the database, and files
// in CloudTrail's form and in that of Bedrock's model invocation log, if there are
// folders for them.

func (s *Server) openBooks(ctx context.Context) (err error) {
	opt := rollup.Options{
		DB: s.db, DataDir: s.opt.DataDir, Head: s.journal.Head, Take: s.journal.Take, Now: s.opt.Now, Log: s.opt.Log,
		Keep: s.opt.Keep, Oldest: s.oldestBucket,
	}
	operation := s.trailOperation()
	err = errors.Join(
		s.openTrail(s.opt.CloudTrail, "cloudtrail", func(e *audit.Event) any { return cloudtrail.RecordOf(e, operation(e)) }, nil),
		s.openInvocations())
	if err != nil {
		return err
	}
	opt.Exported = func() uint64 {
		last := uint64(math.MaxUint64)
		for _, t := range s.trails {
			last = min(last, t.Written())
		}
		return last
	}
	s.rollup, err = rollup.Open(ctx, opt)
	return err
}

// openTrail opens the files of one kind, if there is a folder for them. wrote, if
// there is one, is told when what record made is in them.
func (s *Server) openTrail(dir, kind string, record func(*audit.Event) any, wrote func()) error {
	if dir == "" {
		return nil
	}
	t, err := cloudtrail.Open(dir, kind, s.opt.DataDir, record, s.opt.Log)
	if err == nil {
		t.Wrote = wrote
		s.trails = append(s.trails, t)
	}
	return err
}

// keepBooks goes on until the returned function ends it, when the last call has
// been written down.
func (s *Server) keepBooks(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.rollup.Run(ctx) })
	for _, t := range s.trails {
		running.Go(func() { t.Run(ctx) })
	}
	return func() { cancel(); running.Wait() }
}

// trailOperation tells what a CloudTrail record says of the operation of a call.
// The table is made at the first call: the door is built by then.
func (s *Server) trailOperation() func(*audit.Event) cloudtrail.Operation {
	type name struct{ service, operation string }
	table := sync.OnceValue(func() map[name]cloudtrail.Operation {
		all := map[name]cloudtrail.Operation{}
		for _, o := range s.door.Operations() {
			all[name{o.API.Name, o.Name}] = cloudtrail.Operation{
				Source: o.API.EventSource, ReadOnly: o.Access == op.Read || o.Access == op.List,
			}
			all[name{o.API.Name, ""}] = cloudtrail.Operation{Source: o.API.EventSource}
		}
		return all
	})
	return func(e *audit.Event) cloudtrail.Operation {
		if o, ok := table()[name{e.Service, e.Operation}]; ok {
			return o
		}
		return table()[name{e.Service, ""}]
	}
}

// goneBudgets is how long the charges of a budget that was deleted are kept.
const goneBudgets = 400 * 24 * time.Hour

// oldestBucket tells before which time the buckets of a budget count no more.
func (s *Server) oldestBucket(account, budget string, now time.Time) time.Time {
	snapshot, ok := s.db.Directory().Account(account)
	if !ok {
		return now.Add(-goneBudgets)
	}
	b, ok := snapshot.BudgetByID(budget)
	if !ok {
		return now.Add(-goneBudgets)
	}
	start, _ := b.Period.Window(now)
	return start.AddDate(0, 0, -1) // clocks of several nodes differ
}
