package config

import (
	"net/url"
	"path/filepath"
	"time"

	"hardpan/internal/rollup"
)

// Usage says how fine what calls used is kept.
type Usage struct {
	Hours Duration `yaml:"hours"` // how long by the hour; then by the day
	Days  Duration `yaml:"days"`  // how long by the day; then by the month
}

// Journal says how long calls are kept one by one.
type Journal struct {
	Retention Duration `yaml:"retention"` // 0: for ever
}

// Audit says where calls are written to beside the journal.
type Audit struct {
	CloudTrail  string `yaml:"cloudtrail"`  // a folder for files in CloudTrail's form, or empty: none
	Invocations string `yaml:"invocations"` // a folder for files in the form of Bedrock's model invocation log, or empty: none

	InvocationBodies bool `yaml:"invocation_bodies"` // prompts and answers are in those of the model invocation log
}

// Telemetry says where calls are traced to. The standard OTEL_ environment
// variables come before it.
type Telemetry struct {
	OTLPEndpoint string `yaml:"otlp_endpoint"` // base URL of an OpenTelemetry collector, or empty: none
}

// shortestDays keeps a month whole until it is summed up.
const (
	shortestHours     = Duration(24 * time.Hour)
	shortestDays      = Duration(31 * 24 * time.Hour)
	shortestRetention = Duration(24 * time.Hour)
)

// Keep returns how long things are kept, as those take it who keep them.
func (c *Config) Keep() rollup.Keep {
	return rollup.Keep{
		Hours: time.Duration(c.Usage.Hours), Days: time.Duration(c.Usage.Days), Segments: time.Duration(c.Journal.Retention),
	}
}

func (c *Config) checkBooks(l locator) error {
	switch {
	case c.Usage.Hours < shortestHours:
		return l.at("$.usage.hours", "usage is kept by the hour for a day at least; write 7d for a week")
	case c.Usage.Days < shortestDays || c.Usage.Days < c.Usage.Hours:
		return l.at("$.usage.days", "usage is kept by the day for 31d at least, and no shorter than by the hour")
	case c.Journal.Retention != 0 && c.Journal.Retention < shortestRetention:
		return l.at("$.journal.retention", "calls are kept for a day at least; write 90d, or leave it out to keep them for ever")
	case c.Audit.CloudTrail != "" && filepath.Clean(c.Audit.CloudTrail) == filepath.Clean(c.DataDir):
		return l.at("$.audit.cloudtrail", "it needs a folder of its own, not the data folder")
	case c.Audit.Invocations != "" && filepath.Clean(c.Audit.Invocations) == filepath.Clean(c.DataDir):
		return l.at("$.audit.invocations", "it needs a folder of its own, not the data folder")
	case c.Audit.Invocations != "" && filepath.Clean(c.Audit.Invocations) == filepath.Clean(c.Audit.CloudTrail):
		return l.at("$.audit.invocations", "it needs a folder of its own, not that of cloudtrail")
	case c.Audit.InvocationBodies && c.Audit.Invocations == "":
		return l.at("$.audit.invocation_bodies", "there is no invocation log for the bodies; name its folder with audit.invocations, or leave this out")
	}
	return c.checkTelemetry(l)
}

func (c *Config) checkTelemetry(l locator) error {
	if c.Telemetry.OTLPEndpoint == "" {
		return nil
	}
	u, err := url.Parse(c.Telemetry.OTLPEndpoint)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return l.at("$.telemetry.otlp_endpoint", "it is the http or https URL of a collector, as http://127.0.0.1:4318; what proves who sends goes into OTEL_EXPORTER_OTLP_HEADERS")
	}
	return nil
}
