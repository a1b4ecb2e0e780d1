package server

import (
	"net/http"
	"time"
)

// Limits bound what one connection can hold: a client that drips or floods. A
// zero field means the default.
type Limits struct {
	Header  time.Duration // for the headers of a request to arrive; default 10 s
	Body    time.Duration // for the body of an authenticated request; default 60 s
	Write   time.Duration // for one piece of an answer to be taken; default 60 s
	Refused time.Duration // for the body of a request refused without it; default 2 s
	Idle    time.Duration // between two requests of a connection; default 2 min
	Drain   time.Duration // for the calls under way when the server stops; default 10 min
}

// headerBytes bounds the headers of a request. A session token has up to 32 KB.
const headerBytes = 64 << 10

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field    *time.Duration
		standard time.Duration
	}{
		{&l.Header, 10 * time.Second},
		{&l.Body, time.Minute},
		{&l.Write, time.Minute},
		{&l.Refused, 2 * time.Second},
		{&l.Idle, 2 * time.Minute},
		{&l.Drain, 10 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.standard
		}
	}
	return l
}

// refuseBody bounds the wait for a body that nobody reads. net/http drains what
// is left of it before it answers; without a deadline, for as long as the
// client likes.
func (s *Server) refuseBody(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.opt.Limits.Refused))
	}
}
