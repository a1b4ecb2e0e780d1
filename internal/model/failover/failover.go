// Package failover is the model backend that stands for several: each call goes
// to the first that is well, and before its first byte on to the next.
//
// It knows which failures are a backend's own and which are the call's, and how
// each backend did lately. It must not know what a backend is: it sees only
// [model.Backend].
//
// The rule: once a byte of an answer is on its way, the answer is that backend's,
// to the end. A model does not go on with what another one began.
package failover

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/model"
)

// Backend is a list of backends, tried in order. It is safe for concurrent use.
type Backend struct {
	name    string
	members []*member
	now     func() time.Time
}

var _ model.Backend = (*Backend)(nil)

// New makes one of at least one backend.
func New(backends ...model.Backend) *Backend {
	b := &Backend{now: time.Now}
	var names []string
	for _, m := range backends {
		names = append(names, m.Name())
		b.members = append(b.members, &member{backend: m})
	}
	b.name = strings.Join(names, ",")
	return b
}

// Name implements [model.Backend]: all names, in order.
func (b *Backend) Name() string { return b.name }

// Answer implements [model.Backend]. If every backend fails, the failure is the
// last one's.
func (b *Backend) Answer(ctx context.Context, call *model.Call) (*model.Answer, error) {
	var answer *model.Answer
	var err error
	for _, m := range b.order() {
		if answer != nil {
			answer.Body.Close()
		}
		answer, err = m.backend.Answer(ctx, call)
		if answer != nil && answer.Backend == "" {
			answer.Backend = m.backend.Name()
		}
		if ctx.Err() != nil {
			return answer, err // nobody listens; it says nothing about the backend
		}
		if !m.note(outcomeOf(answer, err), b.now()) {
			break
		}
	}
	return answer, err
}

// order is the backends to try: those that are well, or all if none is.
func (b *Backend) order() []*member {
	now := b.now()
	well := make([]*member, 0, len(b.members))
	for _, m := range b.members {
		if m.well(now) {
			well = append(well, m)
		}
	}
	if len(well) == 0 {
		return b.members
	}
	return well
}

// outcome is what one answer says about its backend.
type outcome uint8

const (
	fine   outcome = iota // it answered, if only to refuse the call
	busy                  // it has no room now: another may have
	failed                // it is in trouble
)

// outcomeOf sorts what came before the first byte. A denial, an unknown model or
// an invalid body would be the same elsewhere.
func outcomeOf(a *model.Answer, err error) outcome {
	status := http.StatusOK
	switch {
	case err != nil:
		status = awserr.From(err).Status
	case a != nil:
		status = a.Status
	}
	switch {
	case status == http.StatusTooManyRequests:
		return busy
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusFailedDependency:
		return failed
	}
	return fine
}

// member is one backend, and how it did lately.
type member struct {
	backend model.Backend

	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // it is left alone
}

// A backend that failed as often in a row is left alone for a while. Then one
// call tries it.
const (
	tolerated = 3
	leftAlone = 15 * time.Second
)

func (m *member) well(now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failures < tolerated {
		return true
	}
	if now.Before(m.until) {
		return false
	}
	m.until = now.Add(leftAlone) // for all calls but this one
	return true
}

// note remembers an outcome, and reports whether the next backend is to be tried.
func (m *member) note(o outcome, now time.Time) (next bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch o {
	case fine:
		m.failures = 0
	case failed:
		if m.failures++; m.failures >= tolerated {
			m.until = now.Add(leftAlone)
		}
	}
	return o != fine
}
