package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// A Converse call that Hardpan translates for a server with OpenAI's API, against a
// bare reverse proxy that carries the same bytes to the same server and reads none of
// them; the first token of a stream; and many streams at once.

const (
	delayCalls  = 400 // streams whose first token is timed, one after the other
	heldStreams = 2000
)

func translation(ctx context.Context) (figures []Figure, err error) {
	s, err := newStage(ctx, "chat", func(upstream string) string {
		return fmt.Sprintf("type: openai, base_url: %q", upstream+"/v1")
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	figures, err = s.compare(ctx, comparison{"translation.converse-1KB", "converse", benchModel, bodyOf(1 << 10), AtMost(2)})
	if err != nil {
		return nil, err
	}
	delay, err := s.firstToken(ctx)
	if err != nil {
		return nil, err
	}
	held, err := s.holdStreams(ctx)
	return append(figures, delay, held), err
}

// firstToken times the first token of a stream from the server's hand to the
// client's, through Hardpan and through the bare proxy in turn.
func (s *stage) firstToken(ctx context.Context) (Figure, error) {
	proxy, hardpan := s.contenders[0], s.contenders[1]
	taken := map[*contender][]float64{}
	for range delayCalls {
		for _, c := range []*contender{proxy, hardpan} {
			request, err := render(ctx, c.url, "converse-stream", bodyOf(1<<10), c.creds)
			if err != nil {
				return Figure{}, err
			}
			stream, err := openStream(ctx, c.url, request)
			if err != nil {
				return Figure{}, fmt.Errorf("%s: %w", c.name, err)
			}
			taken[c] = append(taken[c], milliseconds(stream.delay))
			if err := stream.Close(); err != nil {
				return Figure{}, err
			}
		}
	}
	own, bare := taken[hardpan], median(taken[proxy])
	middle := median(own)
	slices.Sort(own)
	return Figure{
		Name: "translation.first-token-delay", Value: middle, Unit: "ms", Target: AtMost(1),
		Note: fmt.Sprintf("from the server's write to the client's read, median of %d; 99 of 100 within %.2f ms; reverse proxy %.2f ms", delayCalls, own[len(own)*99/100], bare),
	}, nil
}

// holdStreams opens many streams, waits for the first token of each, and reads the
// most memory that Hardpan has had by then.
func (s *stage) holdStreams(ctx context.Context) (f Figure, err error) {
	c := s.contenders[1]
	request, err := render(ctx, c.url, "converse-stream", bodyOf(1<<10), c.creds)
	if err != nil {
		return f, err
	}
	streams, err := openStreams(ctx, c.url, request, heldStreams)
	defer func() {
		for _, stream := range streams {
			err = errors.Join(err, stream.Close())
		}
	}()
	if err != nil {
		return f, fmt.Errorf("%s: %w", c.name, err)
	}
	now, err := residentBytes(c.pid)
	if err != nil {
		return f, err
	}
	most, err := memory(c.pid, "VmHWM:")
	return Figure{
		Name: "translation.streams-2000-rss", Value: float64(most) / 1e6, Unit: "MB", Target: AtMost(300),
		Note: fmt.Sprintf("the most until all %d had their first token, after the calls above; then %.0f MB", heldStreams, float64(now)/1e6),
	}, err
}
