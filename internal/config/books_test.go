package config

import (
	"strings"
	"testing"
	"time"
)

func TestBodiesOfInvocationsAreKeptWhereItIsSaid(t *testing.T) {
	for text, want := range map[string]bool{
		"audit: {invocations: ./a}":                           false,
		"audit: {invocations: ./a, invocation_bodies: false}": false,
		"audit: {invocation_bodies: false}":                   false,
		"audit: {invocations: ./a, invocation_bodies: true}":  true,
	} {
		if c, err := Parse("f", []byte(text)); err != nil || c.Audit.InvocationBodies != want {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
}

func TestHowLongThingsAreKept(t *testing.T) {
	c, err := Parse("f", []byte("usage: {hours: 2d, days: 60d}\njournal: {retention: 90d}\naudit: {cloudtrail: ./trail}\n"))
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * time.Hour
	if k := c.Keep(); k.Hours != 2*day || k.Days != 60*day || k.Segments != 90*day || c.Audit.CloudTrail != "./trail" {
		t.Errorf("got %+v", k)
	}
	if k := Default().Keep(); k.Hours != 7*day || k.Segments != 0 {
		t.Errorf("without a word: %+v", k)
	}
	for text, want := range map[string]string{
		"usage: {hours: 1h}":                          "f:1:16: usage is kept by the hour for a day at least",
		"usage: {days: 7d}":                           "by the day for 31d at least",
		"usage: {hours: 90d, days: 60d}":              "no shorter than by the hour",
		"usage: {weeks: 3}":                           `unknown field "weeks"`,
		"journal: {retention: 1m}":                    "calls are kept for a day at least",
		"audit: {cloudtrail: ./hardpan-data/}":        "a folder of its own",
		"audit: {cloudtrail: ./a, invocations: ./a/}": "not that of cloudtrail",
		"audit: {invocation_bodies: true}":            "f:1:28: there is no invocation log for the bodies",
		"audit: {invocations: ./a, bodies: true}":     `unknown field "bodies"`,
		"audit: {invocation_bodies: please}":          "invocation_bodies",
		"telemetry: {otlp_endpoint: 127.0.0.1}":       "the http or https URL of a collector",
		"telemetry: {otlp_endpoint: http://a:b@c}":    "OTEL_EXPORTER_OTLP_HEADERS",
	} {
		if _, err := Parse("f", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
