// Package server puts the parts together: store, journal, door and services
// behind one listener. The wiring is all in this file; there are no globals.
//
// It knows how to start, to say that it is ready, and to stop: on the end of
// its context no new call is taken, and those under way, streams included, are
// answered to the end.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"hardpan/internal/api/agentcorecontrol"
	"hardpan/internal/api/bedrock"
	"hardpan/internal/api/bedrockruntime"
	"hardpan/internal/api/hardpan"
	"hardpan/internal/api/iam"
	"hardpan/internal/api/sts"
	"hardpan/internal/audit"
	"hardpan/internal/bodies"
	"hardpan/internal/cloudtrail"
	"hardpan/internal/door"
	"hardpan/internal/egress"
	"hardpan/internal/ledger"
	"hardpan/internal/mcp/target"
	"hardpan/internal/model"
	"hardpan/internal/oidc"
	"hardpan/internal/op"
	"hardpan/internal/rollup"
	"hardpan/internal/seal"
	"hardpan/internal/store"
	"hardpan/internal/telemetry"
	"hardpan/internal/usage"
	"hardpan/internal/webhook"
)

// Options is all that a server is made of.
type Options struct {
	Listen         string // host:port; port 0 takes a free one
	DataDir        string
	DatabaseURL    string // of a PostgreSQL; empty: SQLite in DataDir
	AccountID      string // twelve digits; made at the first start
	TLS            TLS
	AllowPlainHTTP bool   // plain HTTP on other addresses than loopback
	MetricsListen  string // empty: no metrics

	// AllowUpstream are networks, beside the public internet, to which URLs that
	// users register may lead.
	AllowUpstream []netip.Prefix

	SealKey seal.Key      // seals what is stored
	Root    RootAccessKey // empty: made at the first start

	Durability       audit.Durability
	Decisions        audit.Limits
	Keep             rollup.Keep
	CloudTrail       string // folder for files in CloudTrail's form; empty: none
	Invocations      string // folder for files in the form of Bedrock's invocation log; empty: none
	InvocationBodies bool   // prompts and answers are in those
	Backends         model.Routes
	EnforceLifecycle bool // refuse models past their end of life

	// AllowedDestinations tells for which accounts calls are routed only where
	// the caller may; nil: for none, every destination has to be allowed.
	AllowedDestinations func(account, principal string) bool
	MaxProfiles         int // application inference profiles of an account in a region; 0: the default

	Prices   *usage.Book               // what models cost; nil: as the catalog says
	Webhooks map[string]webhook.Target // told of budgets' thresholds, by the name that budgets give

	Traces *telemetry.Options // where calls are traced to; nil: nowhere

	AgentCore AgentCore

	Limits Limits

	Now func() time.Time
	Log *slog.Logger
}

// Server is a running Hardpan, from [Open] to the end of [Server.Serve].
type Server struct {
	// First is the root user's new access key, on the first start only.
	First *RootAccessKey

	opt      Options
	db       *store.DB
	journal  *audit.Journal
	ledger   *ledger.Ledger
	rollup   *rollup.Materialiser
	trails   []*cloudtrail.Trail // files of calls; mostly none
	bodies   *bodies.Shelf       // for the invocation log; nil: none are kept
	outbox   *webhook.Outbox
	traces   *telemetry.Tracer // nil: none
	control  *agentcorecontrol.Service
	door     *door.Door
	targets  *target.Pool // of tool gateways
	metrics  *metrics
	listener net.Listener
	scrapes  net.Listener // for metrics; nil: none
	tls      *tls.Config  // nil: plain HTTP
	draining atomic.Bool
	calls    sync.WaitGroup // under way in the door
}

// Open opens the data folder, the journal and the listener. Calls are answered
// when [Server.Serve] runs.
func Open(ctx context.Context, opt Options) (_ *Server, err error) {
	opt.Limits = opt.Limits.withDefaults()
	s := &Server{opt: opt, metrics: newMetrics()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.listener, err = listen(ctx, opt); err != nil {
		return nil, err
	}
	if opt.MetricsListen != "" {
		if s.scrapes, err = new(net.ListenConfig).Listen(ctx, "tcp", opt.MetricsListen); err != nil {
			return nil, fmt.Errorf("listening for metrics on %s: %w", opt.MetricsListen, err)
		}
	}
	if s.db, err = openStore(ctx, opt); err != nil {
		return nil, err
	}
	box, err := s.db.Box(ctx, opt.SealKey)
	if err != nil {
		return nil, err
	}
	if s.First, err = firstStart(ctx, s.db, box, opt); err != nil {
		return nil, err
	}
	if s.journal, err = audit.Open(opt.DataDir, audit.Options{Durability: opt.Durability, Now: opt.Now}); err != nil {
		return nil, err
	}
	if torn := s.journal.Torn(); torn.Bytes > 0 {
		opt.Log.Warn("the journal ended in a record that a crash left unfinished; it was cut off, and no confirmed call was in it",
			"segment", torn.Segment, "offset", torn.Offset, "bytes", torn.Bytes)
	}
	if err := s.openBooks(ctx); err != nil {
		return nil, err
	}
	s.outbox = s.openOutbox()
	if s.ledger, err = s.openLedger(ctx); err != nil {
		return nil, err
	}
	if s.tls, err = opt.TLS.config(opt); err != nil {
		return nil, err
	}
	if opt.Traces != nil {
		where := *opt.Traces
		where.Log = opt.Log
		if s.traces, err = telemetry.Open(ctx, where); err != nil {
			return nil, err
		}
		s.metrics.untraced(s.traces.Dropped)
	}
	s.build(box)
	return s, nil
}

// build declares every API that is served.
func (s *Server) build(box *seal.Box) {
	decisions := audit.NewDecisions(s.opt.Decisions, s.opt.Now)
	s.door = &door.Door{
		Directory: s.db.Directory(), Box: box, Journal: s.journal, Decisions: decisions,
		Now: s.opt.Now, Log: s.opt.Log, Observe: s.metrics.observe,
		BodyTime: s.opt.Limits.Body, WriteTime: s.opt.Limits.Write, RefusedTime: s.opt.Limits.Refused,
	}
	if s.traces != nil {
		s.door.Trace = s.traces.Record
	}
	s.door.Serve(sts.Table(), &sts.Service{DB: s.db, Box: box, Web: s.webIdentities(), Decisions: decisions, Now: s.opt.Now})
	s.door.Serve(iam.Table(), &iam.Service{DB: s.db, Box: box, Now: s.opt.Now})
	s.door.Serve(bedrock.Table(), &bedrock.Service{DB: s.db, MaxProfiles: s.opt.MaxProfiles})
	s.door.Serve(bedrockruntime.Table(), &bedrockruntime.Service{
		Backends: s.opt.Backends, Ledger: s.ledger, EnforceLifecycle: s.opt.EnforceLifecycle,
		AllowedDestinations: s.opt.AllowedDestinations, Bodies: s.bodies,
	})
	s.targets = s.openTargets(box)
	plane := s.serveGateways(box)
	s.control = s.makeControl(box)
	s.door.Serve(agentcorecontrol.Table(), s.control)
	s.door.Serve(hardpan.Table(), &hardpan.Service{DB: s.db, Decisions: decisions, Now: s.opt.Now, Count: s.rollup.Flush, Standing: s.ledger.Status, Webhooks: s.webhookNames(), Gateways: plane, Decided: s.decided})
}

// webIdentities verifies the tokens of outside identity providers.
func (s *Server) webIdentities() *oidc.Verifier {
	v := oidc.NewVerifier(egress.NewGuard(s.opt.AllowUpstream...), s.opt.Now)
	v.Failed = func(p oidc.Provider, err error) {
		s.opt.Log.Warn("the keys of an identity provider could not be fetched", "issuer", p.Issuer, "error", err)
	}
	return v
}

// Operations returns all operations that have a route through the door, built
// and unbuilt.
func (s *Server) Operations() []*op.Operation { return s.door.Operations() }

// URL is where clients reach the server.
func (s *Server) URL() string {
	scheme := "http"
	if s.tls != nil {
		scheme = "https"
	}
	return urlOf(scheme, s.listener)
}

// MetricsURL is where metrics are scraped, or "".
func (s *Server) MetricsURL() string {
	if s.scrapes == nil {
		return ""
	}
	return urlOf("http", s.scrapes) + "/metrics"
}

func urlOf(scheme string, l net.Listener) string {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Serve answers calls until ctx ends, then drains and closes everything.
func (s *Server) Serve(ctx context.Context) (err error) {
	defer func() { err = errors.Join(err, s.close()) }()
	limits := s.opt.Limits
	main := &http.Server{
		Handler: s.handler(), TLSConfig: s.tls, ErrorLog: slog.NewLogLogger(s.opt.Log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: limits.Header, IdleTimeout: limits.Idle, MaxHeaderBytes: headerBytes, Protocols: protocols(),
	}
	defer s.serveMetrics()()
	defer s.keepBooks(ctx)()
	defer s.keepLeases(ctx)()
	defer s.tellWebhooks(ctx)()
	defer s.settleGateways(ctx)()
	refill := s.refillDecisions(ctx)
	defer refill()

	done := make(chan error, 1)
	go func() { done <- serve(main, s.listener) }()
	select {
	case err := <-done:
		return fmt.Errorf("serving %s: %w", s.listener.Addr(), err)
	case <-ctx.Done():
	}
	s.draining.Store(true)
	s.opt.Log.Info("draining: no new calls, those under way are finished", "at most", limits.Drain)
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), limits.Drain)
	defer cancel()
	if err := main.Shutdown(limit); err != nil {
		err = errors.Join(fmt.Errorf("calls were still under way after %s: %w", limits.Drain, err), main.Close())
		s.settle(limits.Refused)
		return err
	}
	return nil
}

// settle gives calls that were cut time to be written down, before the journal
// is closed under them.
func (s *Server) settle(most time.Duration) {
	written := make(chan struct{})
	go func() { s.calls.Wait(); close(written) }()
	select {
	case <-written:
	case <-time.After(most):
	}
}

func serve(srv *http.Server, l net.Listener) error {
	if srv.TLSConfig != nil {
		return srv.ServeTLS(l, "", "")
	}
	return srv.Serve(l)
}

// handler is the whole route table: two public routes, and the door.
func (s *Server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/healthz":
			s.refuseBody(w, r)
			s.healthz(w, r)
		case "/readyz":
			s.refuseBody(w, r)
			s.readyz(w, r)
		default:
			s.calls.Add(1)
			defer s.calls.Done()
			s.door.ServeHTTP(w, r)
		}
	})
}

// Close frees a server that is not going to serve.
func (s *Server) Close() error { return s.close() }

func (s *Server) close() error {
	var errs []error
	for _, l := range []net.Listener{s.listener, s.scrapes} {
		if l == nil {
			continue
		}
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.targets != nil {
		s.targets.Close()
	}
	errs = append(errs, s.traces.Close())
	if s.journal != nil {
		errs = append(errs, s.journal.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	return errors.Join(errs...)
}
