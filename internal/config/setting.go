package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// DefaultFile is read if it is there and --config names no other.
const DefaultFile = "hardpan.yaml"

// setting is one that a flag, the environment or the file can give.
type setting struct {
	flag, usage string
	isBool      bool
	path        string // where it is in the file, as a YAML path
	set         func(c *Config, text string) error
	get         func(c *Config) string
}

// settings lists all flags of serve but --config.
var settings = []setting{
	text("listen", "$.listen", "address to listen on, host:port", func(c *Config) *string { return &c.Listen }),
	text("data-dir", "$.data_dir", "folder of database, journal and keys", func(c *Config) *string { return &c.DataDir }),
	text("database-url", "$.database_url", "PostgreSQL, postgres://…, or env:NAME or file:PATH with\nits URL (default: SQLite in the data folder)", func(c *Config) *string { return (*string)(&c.DatabaseURL) }),
	text("region", "$.region", "region of the command line's own calls", func(c *Config) *string { return &c.Region }),
	text("account-id", "$.account_id", "account made at the first start, 12 digits", func(c *Config) *string { return &c.AccountID }),
	text("tls-cert", "$.tls.cert", "certificate file (PEM), reloaded on change", func(c *Config) *string { return &c.TLS.Cert }),
	text("tls-key", "$.tls.key", "key file (PEM) of the certificate", func(c *Config) *string { return &c.TLS.Key }),
	toggle("tls-self-signed", "$.tls.self_signed", "make a certificate; its CA is written to <data-dir>/ca.pem", func(c *Config) *bool { return &c.TLS.SelfSigned }),
	toggle("allow-plain-http", "$.allow_plain_http", "plain HTTP on other addresses than loopback", func(c *Config) *bool { return &c.AllowPlainHTTP }),
	text("metrics-listen", "$.metrics_listen", "address of /metrics, host:port (default none)", func(c *Config) *string { return &c.MetricsListen }),
	networks("allow-upstream", "$.allow_upstream", "networks beside the internet that URLs of identity\nproviders may lead to, as 10.0.0.0/8 (default none)", func(c *Config) *Networks { return &c.AllowUpstream }),
	text("durability", "$.durability", "what an answered call survives: power or process", func(c *Config) *string { return (*string)(&c.Durability) }),
}

func text(flag, path, usage string, field func(*Config) *string) setting {
	return setting{
		flag: flag, usage: usage, path: path,
		set: func(c *Config, v string) error { *field(c) = v; return nil },
		get: func(c *Config) string { return *field(c) },
	}
}

func toggle(flag, path, usage string, field func(*Config) *bool) setting {
	return setting{
		flag: flag, usage: usage, path: path, isBool: true,
		set: func(c *Config, v string) error {
			b, err := strconv.ParseBool(v)
			if err != nil {
				return fmt.Errorf("%q is neither true nor false", v)
			}
			*field(c) = b
			return nil
		},
		get: func(c *Config) string { return strconv.FormatBool(*field(c)) },
	}
}

// Env returns the environment variable of a flag: "data-dir" has HARDPAN_DATA_DIR.
func Env(flag string) string {
	return "HARDPAN_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// AddFlags declares every flag of serve, --config included, with its default.
func AddFlags(fs *pflag.FlagSet) {
	fs.String("config", "", "configuration file (default "+DefaultFile+", if it is there)")
	c := Default()
	for _, s := range settings {
		if s.isBool {
			fs.Bool(s.flag, s.get(c) == "true", s.usage)
		} else {
			fs.String(s.flag, s.get(c), s.usage)
		}
	}
}

// Resolve lays defaults, file, environment and the flags that were given over
// each other, and checks the whole. fs comes from [AddFlags] and is parsed.
func Resolve(fs *pflag.FlagSet, getenv func(string) (string, bool)) (*Config, error) {
	path, named := DefaultFile, false
	if v, ok := getenv(Env("config")); ok && v != "" {
		path, named = v, true
	}
	if f := fs.Lookup("config"); f != nil && f.Changed {
		path, named = f.Value.String(), true
	}
	data, err := read(path, named)
	if err != nil {
		return nil, err
	}
	c, d, err := decode(path, data)
	if err != nil {
		return nil, err
	}
	given := &givenElsewhere{document: d, by: map[string]string{}}
	for _, s := range settings {
		if err := s.override(c, fs, getenv, given); err != nil {
			return nil, err
		}
	}
	return c, c.check(given)
}

func (s *setting) override(c *Config, fs *pflag.FlagSet, getenv func(string) (string, bool), given *givenElsewhere) error {
	if v, ok := getenv(Env(s.flag)); ok && v != "" {
		if err := s.set(c, v); err != nil {
			return fmt.Errorf("%s: %w", Env(s.flag), err)
		}
		given.by[s.path] = Env(s.flag)
	}
	if f := fs.Lookup(s.flag); f != nil && f.Changed {
		if err := s.set(c, f.Value.String()); err != nil {
			return fmt.Errorf("--%s: %w", s.flag, err)
		}
		given.by[s.path] = "--" + s.flag
	}
	return nil
}

// givenElsewhere finds the place of a mistake in a flag or variable before it
// looks into the file.
type givenElsewhere struct {
	*document
	by map[string]string
}

func (g *givenElsewhere) at(path, message string) error {
	if by, ok := g.by[path]; ok {
		return fmt.Errorf("%s: %s", by, message)
	}
	return g.document.at(path, message)
}
