package audit

import (
	"iter"
	"time"
)

// ReadSince is [Read] from the last segment that was begun by a time: it yields all
// records that were written since, and some from before.
func ReadSince(dir string, since time.Time) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		paths, err := segments(dir)
		if err != nil {
			yield(nil, err)
			return
		}
		at := max(0, len(paths)-1)
		for at > 0 && !begunBy(paths[at], since) {
			at--
		}
		for i := at; i < len(paths); i++ {
			if !readSegment(paths[i], 0, i == len(paths)-1, yield) {
				return
			}
		}
	}
}

// begunBy reports whether a segment was begun by a time. One that cannot be opened
// was not: what is wrong with it is said when it is read.
func begunBy(path string, t time.Time) bool {
	s, err := openSegment(path)
	if err != nil {
		return false
	}
	defer s.Close()
	return !s.created.After(t)
}
