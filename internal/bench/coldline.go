package main

import (
	"math/rand/v2"
	"time"
)

// line is a cache line that leads to another.
type line struct {
	next *line
	_    [56]byte
}

// coldLine is how long it takes to follow one pointer to memory that is in no cache,
// among so many bytes, in nanoseconds: what the machine asks for each step of a
// look-up, whatever the program does. The least of several turns counts.
func coldLine(bytes float64) float64 {
	lines := make([]*line, max(2, int(bytes)/64))
	for i := range lines {
		lines[i] = new(line)
	}
	rand.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	for i := range lines {
		lines[i].next = lines[(i+1)%len(lines)]
	}
	at, least := lines[0], 0.0
	for turn := range crowdTurns {
		began := time.Now()
		for range crowdEachTurn {
			at = at.next
		}
		took := float64(time.Since(began).Nanoseconds()) / crowdEachTurn
		if turn == 0 || took < least {
			least = took
		}
	}
	if at == nil {
		return 0 // never: it keeps the walk from being left out
	}
	return least
}
