// Package door is the one place where a call is let in: it finds out where a
// request goes and who sends it, lets the operation say what must be allowed,
// decides, and only then runs it. What happened goes to the journal.
//
// The rule: every route goes through [Door.ServeHTTP], in this order. Key,
// scope and date are good before a body is read; the signature is good before
// anything is decoded; every check is allowed before a handler runs; the event
// is written before the answer's last byte leaves. Unauthenticated callers
// cause no writes.
package door

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"hardpan/internal/audit"
	"hardpan/internal/identity"
	"hardpan/internal/op"
	"hardpan/internal/seal"
	"hardpan/internal/sigv4"
)

// Door serves the APIs it was given. It is safe for concurrent use.
type Door struct {
	Directory *identity.Directory
	Box       *seal.Box // opens sealed secrets and session tokens
	Journal   *audit.Journal
	Decisions *audit.Decisions
	Now       func() time.Time
	Log       *slog.Logger
	Observe   func(*audit.Event) // metrics; may be nil

	// Trace is told of every event, and which trace its caller says that it is in
	// (W3C, Trace Context); may be nil.
	Trace func(e *audit.Event, traceparent, tracestate string)

	BodyTime    time.Duration // how long the body of an authenticated call may take to arrive
	WriteTime   time.Duration // how long one piece of an answer may take to be taken
	RefusedTime time.Duration // how long that of a call refused without it may

	services map[string]*service // by signing name
	guests   *op.Router          // the operations that let some callers in without a signature
	prefixes map[string]*service // by endpoint prefix
	keys     *sigv4.Keys
	secrets  *lru[*identity.AccessKey, string]
	sessions *lru[string, *opened]
}

// held bounds what is remembered of keys, secrets and sessions, each.
const held = 8192

// service is the APIs that share one signing name.
type service struct {
	name   string
	apis   []*op.API
	router *op.Router
	tables map[*op.API]*op.Table
	impl   map[*op.API]any

	unsigned bool // an operation takes no signature
}

// Serve adds an API: its table, and the service whose methods it lists. All
// are added before the first request.
func (d *Door) Serve(table *op.Table, impl any) {
	if d.services == nil {
		d.services, d.prefixes = map[string]*service{}, map[string]*service{}
		d.keys, d.secrets, d.sessions = sigv4.NewKeys(held), newLRU[*identity.AccessKey, string](held), newLRU[string, *opened](held)
	}
	name := table.API.SigningName
	s := d.services[name]
	if s == nil {
		s = &service{name: name, tables: map[*op.API]*op.Table{}, impl: map[*op.API]any{}}
		d.services[name] = s
	}
	s.apis = append(s.apis, table.API)
	s.tables[table.API], s.impl[table.API] = table, impl
	s.unsigned = s.unsigned || slices.ContainsFunc(table.Operations(), func(o *op.Operation) bool { return o.Unsigned != "" })
	s.router = op.NewRouter(s.allTables()...)
	d.guests = op.NewRouter(d.guestTables()...)
	if table.API.Hostless {
		return
	}
	for _, prefix := range append([]string{table.API.Name}, table.API.Hosts...) {
		d.prefixes[prefix] = s
	}
}

// guestTables are tables of the operations that let some callers in without a
// signature.
func (d *Door) guestTables() (tables []*op.Table) {
	for _, s := range d.services {
		for _, t := range s.allTables() {
			tables = append(tables, t.Only(func(o *op.Operation) bool { return o.Admit != nil }))
		}
	}
	return tables
}

func (s *service) allTables() []*op.Table {
	tables := make([]*op.Table, len(s.apis))
	for i, api := range s.apis {
		tables[i] = s.tables[api]
	}
	return tables
}

// Operations returns all operations that have a route through the door.
func (d *Door) Operations() []*op.Operation {
	var all []*op.Operation
	for _, s := range d.services {
		for _, t := range s.allTables() {
			all = append(all, t.Operations()...)
		}
	}
	return all
}

// ServeHTTP carries one request through the door.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := d.visit(w, r)
	defer v.recover()
	w.Header().Set("X-Amzn-Requestid", v.call.ID)
	response, err := v.serve(r.Context())
	if err != nil {
		response = v.fail(v.service.failure(v.refused(err)))
		v.refuseBody()
	}
	v.answer(response)
}
