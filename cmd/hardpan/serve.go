package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"hardpan/internal/audit"
	"hardpan/internal/config"
	"hardpan/internal/seal"
	"hardpan/internal/server"
	"hardpan/internal/telemetry"
)

func newServe(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "start the server",
		Long: `Start Hardpan: one listener that answers as Amazon Bedrock, IAM and STS do.

Each setting comes from its flag, else from its environment variable
(--data-dir: HARDPAN_DATA_DIR), else from hardpan.yaml, else from its default.

The first start makes the account and an administrator's access key, shows it
once and keeps it in <data-dir>/credentials. HARDPAN_ROOT_ACCESS_KEY_ID and
HARDPAN_ROOT_SECRET_ACCESS_KEY choose it; HARDPAN_SEAL_KEY or
HARDPAN_SEAL_KEY_FILE name the key that seals secrets.`,
		Example: `  hardpan serve
  hardpan serve --listen 127.0.0.1:0 --data-dir /var/lib/hardpan
  hardpan serve --listen :8643 --tls-self-signed`,
		Args: args(cobra.NoArgs),
	}
	config.AddFlags(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cfg, err := config.Resolve(cmd.Flags(), p.lookup)
		if err != nil {
			return err
		}
		return p.serve(cmd.Context(), cfg)
	}
	return cmd
}

func (p *program) serve(ctx context.Context, cfg *config.Config) error {
	log := slog.New(slog.NewTextHandler(p.err, nil))
	_, before := os.Stat(filepath.Join(cfg.DataDir, sealKeyFile))
	opt, err := p.options(ctx, cfg, log)
	if err != nil {
		return err
	}
	s, err := server.Open(ctx, *opt)
	if errors.Is(err, seal.ErrWrongKey) {
		if errors.Is(before, os.ErrNotExist) {
			_ = os.Remove(filepath.Join(cfg.DataDir, sealKeyFile)) // just made, and good for nothing
		}
		return failed("all servers on one database have one seal key:\nname it with HARDPAN_SEAL_KEY_FILE or HARDPAN_SEAL_KEY", "%w", err)
	}
	if err != nil {
		return err
	}
	p.greet(s, cfg)
	endpoint := filepath.Join(cfg.DataDir, endpointFile)
	if err := os.WriteFile(endpoint, []byte(s.URL()+"\n"), 0o644); err != nil {
		return errors.Join(fmt.Errorf("writing where the server is: %w", err), s.Close())
	}
	defer os.Remove(endpoint)
	defer runtime.KeepAlive(headroom())
	return s.Serve(ctx)
}

// options makes a server's options of its configuration.
func (p *program) options(ctx context.Context, cfg *config.Config, log *slog.Logger) (*server.Options, error) {
	key, err := p.sealKey(cfg.DataDir, log)
	if err != nil {
		return nil, err
	}
	database, err := cfg.DatabaseURL.Resolve(p.lookup)
	if err != nil {
		return nil, err
	}
	root, err := p.rootAccessKey()
	if err != nil {
		return nil, err
	}
	backends, err := makeBackends(ctx, cfg, p.lookup, log)
	if err != nil {
		return nil, err
	}
	prices, err := cfg.Book()
	if err != nil {
		return nil, err
	}
	webhooks, err := p.webhooks(cfg)
	if err != nil {
		return nil, err
	}
	gateways, err := toolGateways(ctx, cfg, p.lookup)
	if err != nil {
		return nil, err
	}
	traces, err := p.traces(cfg)
	if err != nil {
		return nil, err
	}
	return &server.Options{
		Listen: cfg.Listen, DataDir: cfg.DataDir, DatabaseURL: database, AccountID: cfg.AccountID,
		TLS:            server.TLS{CertFile: cfg.TLS.Cert, KeyFile: cfg.TLS.Key, SelfSigned: cfg.TLS.SelfSigned},
		AllowPlainHTTP: cfg.AllowPlainHTTP, MetricsListen: cfg.MetricsListen, AllowUpstream: cfg.AllowUpstream.Prefixes(),
		SealKey: key, Root: root,
		Durability: cfg.Durability.Journal(),
		Keep:       cfg.Keep(),
		CloudTrail: cfg.Audit.CloudTrail, Invocations: cfg.Audit.Invocations, InvocationBodies: cfg.Audit.InvocationBodies,
		Decisions: audit.Limits{Count: cfg.Decisions.Keep, Age: time.Duration(cfg.Decisions.MaxAge)},
		Backends:  backends, EnforceLifecycle: cfg.EnforceLifecycle,
		AllowedDestinations: cfg.AllowedDestinations, MaxProfiles: cfg.MaxProfiles, Prices: prices, Webhooks: webhooks,
		Traces: traces, AgentCore: gateways,
		Now: time.Now, Log: log,
	}, nil
}

// traces says where calls are traced to: nil for nowhere, which is the default.
// An endpoint in the environment comes before that of the file.
func (p *program) traces(cfg *config.Config) (*telemetry.Options, error) {
	asked, forbidden, err := telemetry.Wanted(p.lookup)
	if err != nil || forbidden || !asked && cfg.Telemetry.OTLPEndpoint == "" {
		return nil, err
	}
	opt := new(telemetry.Options)
	if p.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") == "" && p.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") == "" {
		opt.Endpoint = cfg.Telemetry.OTLPEndpoint
	}
	return opt, nil
}

// rootAccessKey is the administrator's key that the operator chose, if any.
func (p *program) rootAccessKey() (server.RootAccessKey, error) {
	id, secret := p.getenv("HARDPAN_ROOT_ACCESS_KEY_ID"), p.getenv("HARDPAN_ROOT_SECRET_ACCESS_KEY")
	if id == "" && secret == "" {
		return server.RootAccessKey{}, nil
	}
	key, err := server.NewRootAccessKey(id, secret)
	if err != nil {
		return key, fmt.Errorf("HARDPAN_ROOT_ACCESS_KEY_ID and HARDPAN_ROOT_SECRET_ACCESS_KEY: %w", err)
	}
	return key, nil
}

// sealKeyFile is the default place of the seal key: beside what it seals, which
// is convenient and no protection against a stolen disk.
const sealKeyFile = "seal.key"

// sealKey finds the key that seals secrets at rest, or makes it.
func (p *program) sealKey(dataDir string, log *slog.Logger) (seal.Key, error) {
	text, file := p.getenv("HARDPAN_SEAL_KEY"), p.getenv("HARDPAN_SEAL_KEY_FILE")
	if text != "" && file != "" {
		return seal.Key{}, errors.New("HARDPAN_SEAL_KEY and HARDPAN_SEAL_KEY_FILE are both set; keep one")
	}
	if text != "" {
		key, err := seal.ParseKey(text)
		if err != nil {
			return key, fmt.Errorf("HARDPAN_SEAL_KEY: %w", err)
		}
		return key, nil
	}
	if file != "" {
		return readSealKey(file)
	}
	file = filepath.Join(dataDir, sealKeyFile)
	log.Warn("the seal key lies beside the database that it seals; whoever copies the folder has both. "+
		"Set HARDPAN_SEAL_KEY_FILE to a place of its own, and leave this file out of backups", "file", file)
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return makeSealKey(dataDir, file)
	}
	return readSealKey(file)
}

func readSealKey(file string) (seal.Key, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return seal.Key{}, fmt.Errorf("reading the seal key: %w", err)
	}
	key, err := seal.ParseKey(string(text))
	if err != nil {
		return key, fmt.Errorf("reading the seal key in %s: %w", file, err)
	}
	return key, nil
}

func makeSealKey(dataDir, file string) (seal.Key, error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return seal.Key{}, fmt.Errorf("making the data folder: %w", err)
	}
	key := seal.NewKey()
	if err := os.WriteFile(file, []byte(key.Text()+"\n"), 0o600); err != nil {
		return seal.Key{}, fmt.Errorf("writing the seal key: %w", err)
	}
	return key, nil
}

// greet says where the server is and, the first time, who may administer it.
func (p *program) greet(s *server.Server, cfg *config.Config) {
	fmt.Fprintf(p.out, "Hardpan is at %s, account %s\n", s.URL(), cfg.AccountID)
	if s.First != nil {
		fmt.Fprintf(p.out, `
This is the first start. The administrator's access key, shown only now:

  AWS_ACCESS_KEY_ID=%s
  AWS_SECRET_ACCESS_KEY=%s

It is also in %s, which only you can read.
`, s.First.ID, s.First.Reveal(), server.CredentialsFile(cfg.DataDir))
	}
	fmt.Fprintf(p.out, "\nPoint a shell at it:   eval \"$(hardpan env%s)\"\n\n", dataDirFlag(cfg.DataDir))
}

func dataDirFlag(dir string) string {
	if filepath.Clean(dir) == defaultDataDir {
		return ""
	}
	return " --data-dir " + dir
}
