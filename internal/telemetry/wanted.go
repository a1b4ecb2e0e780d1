package telemetry

import (
	"errors"
	"fmt"
	"strings"
)

// Wanted tells whether the standard environment variables ask for traces. They do
// if they name a collector or an exporter; OTEL_SDK_DISABLED and
// OTEL_TRACES_EXPORTER=none forbid them, whatever else is said. An exporter or a
// protocol that Hardpan does not have is an error. Source: OpenTelemetry
// specification, environment variables.
func Wanted(lookup func(string) (string, bool)) (asked, forbidden bool, err error) {
	get := func(names ...string) string {
		for _, name := range names {
			if value, _ := lookup(name); value != "" {
				return value
			}
		}
		return ""
	}
	exporter := get("OTEL_TRACES_EXPORTER")
	if strings.EqualFold(get("OTEL_SDK_DISABLED"), "true") || exporter == "none" {
		return false, true, nil
	}
	if exporter != "" && exporter != "otlp" {
		return false, false, fmt.Errorf("OTEL_TRACES_EXPORTER: %q is neither otlp nor none", exporter)
	}
	asked = exporter != "" || get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") != ""
	protocol := get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
	if asked && protocol != "" && protocol != "http/protobuf" {
		return false, false, errors.New("OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent as http/protobuf only, which collectors take at port 4318; " +
			"say so in OTEL_EXPORTER_OTLP_TRACES_PROTOCOL and OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, or OTEL_TRACES_EXPORTER=none for no traces")
	}
	return asked, false, nil
}
