// Package config reads how a server is set up: hardpan.yaml, HARDPAN_…
// environment variables and flags, in that rising order, over the defaults.
//
// It knows names, forms and limits of settings, and reads the files they are in.
// It does not open sockets or data, and makes no backend: it only says which
// ones there should be.
package config

import (
	"time"

	"hardpan/internal/audit"
)

// Config is a server's set-up after everything was laid over everything, valid
// as a whole.
type Config struct {
	Listen         string      `yaml:"listen"`       // host:port; port 0 takes a free one
	DataDir        string      `yaml:"data_dir"`     // relative paths everywhere: to the working directory
	DatabaseURL    DatabaseURL `yaml:"database_url"` // empty: SQLite in the data folder
	Region         string      `yaml:"region"`       // where the CLI's own commands go; never guessed for a caller
	AccountID      string      `yaml:"account_id"`   // 12 digits
	TLS            TLS         `yaml:"tls"`
	AllowPlainHTTP bool        `yaml:"allow_plain_http"` // plain HTTP on other addresses than loopback
	MetricsListen  string      `yaml:"metrics_listen"`   // host:port, or empty: no metrics
	AllowUpstream  Networks    `yaml:"allow_upstream"`   // not on the public internet, and yet dialled for URLs that users register
	Durability     Durability  `yaml:"durability"`
	Destinations   string      `yaml:"destinations"` // All or Allowed
	// AccountDestinations is Destinations by account, where it is another.
	AccountDestinations map[string]string `yaml:"account_destinations"`
	// PrincipalDestinations is Destinations by user or role, where it is another:
	// ARNs in which * stands for any text, as a permission set's role has a name
	// with an end that nobody knows beforehand.
	PrincipalDestinations map[string]string `yaml:"principal_destinations"`
	MaxProfiles           int               `yaml:"max_profiles"` // application inference profiles of an account in a region

	EnforceLifecycle bool      `yaml:"enforce_lifecycle"` // refuse models past their end of life
	Decisions        Decisions `yaml:"decisions"`
	Usage            Usage     `yaml:"usage"`
	Journal          Journal   `yaml:"journal"`
	Audit            Audit     `yaml:"audit"`
	Telemetry        Telemetry `yaml:"telemetry"`
	Builtin          Builtin   `yaml:"builtin"`
	Backends         []Backend `yaml:"backends"`
	Routes           []Route   `yaml:"routes"`

	AgentCore AgentCore `yaml:"agentcore"`

	Prices   []Price            `yaml:"prices"`   // beside and before the catalog's
	Webhooks map[string]Webhook `yaml:"webhooks"` // by the name that budgets give
}

// TLS is where the certificate comes from: two files, or made on the spot.
type TLS struct {
	Cert       string `yaml:"cert"`
	Key        string `yaml:"key"`
	SelfSigned bool   `yaml:"self_signed"`
}

// Decisions bounds the denials that are kept to be explained.
type Decisions struct {
	Keep   int      `yaml:"keep"`    // how many
	MaxAge Duration `yaml:"max_age"` // how long
}

// Limits returns the bounds as the decision store takes them.
func (d Decisions) Limits() audit.Limits {
	return audit.Limits{Count: d.Keep, Age: time.Duration(d.MaxAge)}
}

// Builtin sets up the model that answers what no route takes.
type Builtin struct {
	Script string `yaml:"script"` // file of a reply script, or empty
}

// Backend types.
const (
	TypeBedrock   = "bedrock"
	TypeBuiltin   = "builtin"
	TypeOpenAI    = "openai"
	TypeAnthropic = "anthropic"
)

// BuiltinName is the backend that is always there.
const BuiltinName = "builtin"

// Backend is a model backend.
type Backend struct {
	Name        string      `yaml:"name"`
	Type        string      `yaml:"type"`
	Region      string      `yaml:"region"`   // short for Regions of one; bedrock needs one
	Regions     []string    `yaml:"regions"`  // after [Load]: Region included
	Endpoint    string      `yaml:"endpoint"` // bedrock: base URL; empty means AWS itself
	BaseURL     string      `yaml:"base_url"` // openai, anthropic; empty for anthropic means Anthropic itself
	APIKey      SecretRef   `yaml:"api_key"`  // openai, anthropic
	Credentials Credentials `yaml:"credentials"`
	FirstByte   Duration    `yaml:"first_byte"` // longest wait for an answer's head; 0: the backend's default
	Idle        Duration    `yaml:"idle"`       // longest wait for a further piece; 0: the backend's default
	Script      string      `yaml:"script"`     // builtin: file of a reply script
}

// Credentials say as whom a bedrock backend signs; empty means the default chain
// of the AWS SDKs.
type Credentials struct {
	Profile         string    `yaml:"profile"`
	AccessKeyID     string    `yaml:"access_key_id"`
	SecretAccessKey SecretRef `yaml:"secret_access_key"`
	SessionToken    SecretRef `yaml:"session_token"`
	RoleARN         string    `yaml:"role_arn"`
	SessionName     string    `yaml:"session_name"`
	ExternalID      string    `yaml:"external_id"`
	STSEndpoint     string    `yaml:"sts_endpoint"`
}

// Durability is what an answered call survives.
type Durability string

// The durabilities: the loss of power, or the end of the process only.
const (
	Power   Durability = "power"
	Process Durability = "process"
)

// Journal returns the durability as the journal names it.
func (d Durability) Journal() audit.Durability {
	if d == Process {
		return audit.Process
	}
	return audit.Power
}

// Default returns the set-up of a server that was told nothing.
func Default() *Config {
	return &Config{
		Listen: "127.0.0.1:8642", DataDir: "./hardpan-data", Region: "us-west-2", AccountID: "123456789012",
		Durability: Power, Destinations: All, MaxProfiles: 100_000,
		AgentCore: AgentCore{Preflight: Warn, Wire: Wire2025},
		Decisions: Decisions{Keep: 10_000, MaxAge: Duration(7 * 24 * time.Hour)},
		Usage:     Usage{Hours: Duration(7 * 24 * time.Hour), Days: Duration(400 * 24 * time.Hour)},
	}
}
