package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// A model call through Hardpan against the same call through a bare reverse
// proxy: both are processes of their own between the same clients and the same
// upstream, loaded in turn, and what counts is the processor time of that process
// for one request. Hardpan verifies the signature, decides by ten statements,
// signs anew, and has the call's event in its journal before it answers.

const (
	rounds    = 13
	roundTime = 700 * time.Millisecond // short, so that what else the machine does meets all alike
	warmTime  = 500 * time.Millisecond
)

// comparison is one operation with one size of body.
type comparison struct {
	name      string
	operation string // the last element of its path
	model     string // its identifier
	body      []byte
	target    Target
}

// passThrough measures InvokeModel by the size of its body.
func passThrough(ctx context.Context) (figures []Figure, err error) {
	s, err := newStage(ctx, "upstream", bedrockBackend)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	fsync, err := fsyncTime(s.dir)
	if err != nil {
		return nil, err
	}
	figures = append(figures, Figure{Name: "disk.fsync", Value: fsync, Unit: "ms", Note: "append 1 KB and fsync, where the journals are; median"})
	added, err := s.addedLatency(ctx, fsync)
	if err != nil {
		return nil, err
	}
	figures = append(figures, added...)
	for _, c := range []comparison{
		{"pass-through.invoke-1KB", "invoke", benchModel, bodyOf(1 << 10), AtMost(1.5)},
		{"pass-through.invoke-87KB", "invoke", benchModel, bodyOf(87 << 10), AtMost(1.8)},
	} {
		measured, err := s.compare(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		figures = append(figures, measured...)
	}
	return figures, nil
}

// compare loads the contenders in turn, each time beginning with another one.
func (s *stage) compare(ctx context.Context, what comparison) ([]Figure, error) {
	for _, c := range s.contenders {
		c.cpu = nil
		if err := c.round(ctx, what, warmTime); err != nil {
			return nil, err
		}
		c.cpu = nil
	}
	for round := range rounds {
		for i := range s.contenders {
			if err := s.contenders[(i+round)%len(s.contenders)].round(ctx, what, roundTime); err != nil {
				return nil, err
			}
		}
	}
	proxy, power, process := s.contenders[0], s.contenders[1], s.contenders[2]
	return []Figure{
		power.against(proxy, what.name, what.target),
		process.against(proxy, what.name+".durability-process", Target{}),
	}, nil
}

// round loads the contender for a time and notes its processor time a request.
func (c *contender) round(ctx context.Context, what comparison, lasting time.Duration) error {
	request, err := renderFor(ctx, c.url, what.model, what.operation, what.body, c.creds)
	if err != nil {
		return err
	}
	before, err := cpuTime(c.pid)
	if err != nil {
		return err
	}
	n, err := load(ctx, c.url, request, lasting)
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	after, err := cpuTime(c.pid)
	if err != nil {
		return err
	}
	c.cpu = append(c.cpu, float64((after-before).Nanoseconds())/1e3/float64(n))
	return nil
}

// against is the ratio of the medians.
func (c *contender) against(proxy *contender, name string, target Target) Figure {
	own, bare := median(c.cpu), median(proxy.cpu)
	return Figure{
		Name: name, Value: own / bare, Unit: "x", Target: target,
		Note: fmt.Sprintf("processor time of %.1f µs, %s %.1f µs; medians of %d rounds", own, proxy.name, bare, rounds),
	}
}

// bodyOf makes a Converse-shaped body of about n bytes.
func bodyOf(n int) []byte {
	const head, line, tail = `{"messages":[{"role":"user","content":[{"text":"`, `Some words, a \"quote\" and a new line.\n`,
		`"}]}],"inferenceConfig":{"maxTokens":512}}`
	return []byte(head + strings.Repeat(line, (n-len(head)-len(tail))/len(line)) + tail)
}

// fsyncTime is the median of what an append and fsync take in a folder, in
// milliseconds.
func fsyncTime(dir string) (float64, error) {
	file, err := os.CreateTemp(dir, "fsync-")
	if err != nil {
		return 0, err
	}
	defer file.Close()
	var times []float64
	record := make([]byte, 1<<10)
	for range 101 {
		began := time.Now()
		if _, err := file.Write(record); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, err
		}
		times = append(times, milliseconds(time.Since(began)))
	}
	return median(times), nil
}
