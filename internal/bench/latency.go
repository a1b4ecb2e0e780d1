package main

import (
	"context"
	"fmt"
	"time"
)

// What a call waits for Hardpan, when it is alone: one client after another call
// of its own, against the same through the bare proxy.

const (
	latencyRounds = 7
	latencyTime   = 400 * time.Millisecond
)

// addedLatency compares the medians. fsync is what the disk takes for one, in
// milliseconds, measured beside.
func (s *stage) addedLatency(ctx context.Context, fsync float64) ([]Figure, error) {
	body := bodyOf(1 << 10)
	times := make([][]float64, len(s.contenders)) // milliseconds
	for round := range latencyRounds + 1 {
		for i := range s.contenders {
			at := (i + round) % len(s.contenders)
			took, err := s.contenders[at].oneByOne(ctx, body)
			if err != nil {
				return nil, err
			}
			if round > 0 { // the first warms
				times[at] = append(times[at], took...)
			}
		}
	}
	bare := median(times[0])
	figure := func(name string, at int, target Target) Figure {
		return Figure{
			Name: name, Value: median(times[at]) - bare, Unit: "ms", Target: target,
			Note: fmt.Sprintf("median %.3f ms, %s %.3f ms; one fsync %.3f ms", median(times[at]), s.contenders[0].name, bare, fsync),
		}
	}
	return []Figure{
		figure("latency.added", 1, AtMost(fsync+0.5)),
		figure("latency.added.durability-process", 2, AtMost(0.4)),
	}, nil
}

// oneByOne sends calls on one connection, each after the answer to the one
// before, and returns how long they took.
func (c *contender) oneByOne(ctx context.Context, body []byte) (times []float64, err error) {
	request, err := render(ctx, c.url, "invoke", body, c.creds)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	last := began
	err = repeat(ctx, c.url, request, func() bool {
		now := time.Now()
		times = append(times, now.Sub(last).Seconds()*1e3)
		last = now
		return now.Sub(began) < latencyTime
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name, err)
	}
	return times, nil
}
