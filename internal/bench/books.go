package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/rollup"
	"hardpan/internal/store"
	"hardpan/internal/usage"
)

// What becomes of calls after they are answered: the journal is summed into
// SQLite, and the sums are asked for usage.

const (
	bookedCalls = 60_000
	bookedUsers = 200

	usageEvents = 10_000_000
	usageUsers  = 1_000
	usageDays   = 30
)

func books(ctx context.Context) (figures []Figure, err error) {
	dir, err := os.MkdirTemp("", "hardpan-bench-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	db, err := store.Open(ctx, filepath.Join(dir, "hardpan.db"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	summed, err := summing(ctx, dir, db)
	if err != nil {
		return nil, err
	}
	asked, err := asking(ctx, db)
	return append(summed, asked...), err
}

// summing writes a journal of calls, each with its reservation, and has it
// summed.
func summing(ctx context.Context, dir string, db *store.DB) (figures []Figure, err error) {
	j, err := audit.Open(dir, audit.Options{Durability: audit.Process})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	for i := range bookedCalls {
		r, e := booked(i)
		if _, err := j.AppendReservation(r); err != nil {
			return nil, err
		}
		if _, err := j.Append(e); err != nil {
			return nil, err
		}
	}
	m, err := rollup.Open(ctx, rollup.Options{DB: db, DataDir: dir, Head: j.Head, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	defer func() { stop(); <-done }()
	before, err := cpuTime(os.Getpid())
	if err != nil {
		return nil, err
	}
	began := time.Now()
	go func() { defer close(done); m.Run(running) }()
	if err := m.Flush(ctx); err != nil {
		return nil, err
	}
	took := time.Since(began)
	after, err := cpuTime(os.Getpid())
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d calls of %d people, each with its reservation, into SQLite", bookedCalls, bookedUsers)
	return []Figure{
		{Name: "ledger.background-cpu", Value: float64((after - before).Microseconds()) / bookedCalls, Unit: "µs/call", Target: AtMost(50), Note: note},
		{Name: "ledger.settled", Value: bookedCalls / took.Seconds(), Unit: "calls/s", Target: AtLeast(5000), Note: note},
	}, nil
}

// booked is a usual call.
func booked(i int) (*audit.Reservation, *audit.Event) {
	person := fmt.Sprintf("p%d@example.com", i%bookedUsers)
	who := audit.Caller{
		ARN: "arn:aws:sts::123456789012:assumed-role/Engineer/" + person, ID: "AROAEXAMPLEEXAMPLE01:" + person, Type: "AssumedRole",
		Account: "123456789012", AccessKeyID: fmt.Sprintf("ASIA%016d", i%bookedUsers),
		Tags: []audit.Tag{{Key: "UserEmail", Value: person}, {Key: "Department", Value: "Research"}},
	}
	at := time.Date(2026, 11, 3, i%24, 0, 0, 0, time.UTC)
	charges := []audit.Charge{{Budget: "b-0123456789abcdefg", Instance: person, Start: at.Unix()}}
	id := audit.NewCallID()
	r := &audit.Reservation{
		ID: id, Time: at.UnixMicro(), Account: "123456789012", Region: benchRegion, Caller: who, Model: benchModel,
		InputBound: 2000, OutputBound: 512, Cost: 1000, Priced: true, Budgets: charges,
	}
	const profile = "arn:aws:bedrock:us-west-2:123456789012:application-inference-profile/abcdefghijkl"
	e := &audit.Event{
		ID: id, Time: at.UnixMicro(), Partition: "aws", Account: "123456789012", Region: benchRegion, RegionFrom: audit.RegionFromScope,
		Service: "bedrock-runtime", Operation: "Converse", Caller: who, SourceIP: "192.0.2.1", UserAgent: "aws-sdk-go-v2/1.42.0",
		Checks: []audit.Check{
			{Action: "bedrock:InvokeModel", Resource: profile, Region: benchRegion, Allowed: true},
			{Action: "bedrock:InvokeModel", Resource: "arn:aws:bedrock:us-west-2::foundation-model/" + benchModel, Region: benchRegion, Allowed: true},
		},
		Model: profile, Profile: profile, UsedModel: benchModel, Backend: "aws", UsedRegion: benchRegion, Verdict: audit.Allow,
		Status: 200, Tokens: usage.Tokens{Input: 1000, Output: 200}, Cost: 12_345, Priced: true, Budgets: charges, Outcome: audit.OK,
	}
	return r, e
}

// asking fills the sums as ten million calls of a month would, and asks who used
// what.
func asking(ctx context.Context, db *store.DB) ([]Figure, error) {
	const account = "210987654321"
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	if err := month(ctx, db, account, start); err != nil {
		return nil, err
	}
	// As it is at the end of the month: a week by the hour, the rest by the day.
	if err := db.AgeUsage(ctx, store.Hour, store.Day, start.AddDate(0, 0, usageDays-7)); err != nil {
		return nil, err
	}
	var times []float64
	for range 5 {
		began := time.Now()
		people, calls := map[string]int64{}, int64(0)
		err := db.SumUsage(ctx, account, start, start.AddDate(0, 1, 0), func(s store.UsageSum) error {
			people[s.Key.Person] += s.Usage.Nano
			calls += s.Usage.Requests
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(people) != usageUsers || calls != usageEvents {
			return nil, fmt.Errorf("usage has %d people and %d calls", len(people), calls)
		}
		times = append(times, time.Since(began).Seconds())
	}
	return []Figure{{
		Name: "usage.by-person-of-10M-calls", Value: median(times), Unit: "s", Target: AtMost(1),
		Note: fmt.Sprintf("%d people, %d days, a week of it by the hour, on SQLite", usageUsers, usageDays),
	}}, nil
}

// month adds the sums of ten million calls, a day a batch: each person calls in
// ten hours of a day.
func month(ctx context.Context, db *store.DB, account string, start time.Time) error {
	const hours = 10
	each := int64(usageEvents / usageDays / usageUsers / hours)
	left := int64(usageEvents) - each*usageDays*usageUsers*hours // goes to the first
	at := store.Position{}
	for day := range usageDays {
		b := &store.UsageBatch{Node: "bench", From: at, To: store.Position{Seq: at.Seq + 1, Hash: "x"}, Usage: map[store.UsageCell]*store.Usage{}}
		for person := range usageUsers {
			name := fmt.Sprintf("p%d@example.com", person)
			key := store.UsageKey{
				Partition: "aws", Account: account, Region: benchRegion, Principal: "arn:aws:iam::" + account + ":role/Engineer",
				Session: "arn:aws:sts::" + account + ":assumed-role/Engineer/" + name, Person: name,
				Tags: `{"UserEmail":"` + name + `"}`, Model: benchModel, Backend: "aws",
			}
			for hour := range hours {
				n := each + left
				left = 0
				cell := store.UsageCell{Hour: start.AddDate(0, 0, day).Add(time.Duration(8+hour) * time.Hour).Unix(), Key: key}
				b.Usage[cell] = &store.Usage{Requests: n, Input: 1000 * n, Output: 200 * n, Nano: 12_345 * n}
			}
		}
		if err := db.AddUsage(ctx, b, start); err != nil {
			return err
		}
		at = b.To
	}
	return nil
}
