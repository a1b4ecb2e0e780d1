package lint

import "fmt"

// Severity is how bad a finding is. A higher one is worse.
type Severity uint8

// The severities.
const (
	Note    Severity = iota // worth knowing; may be meant
	Warning                 // probably not what is meant
	Error                   // does not do what it says, or opens a hole
)

var severityNames = [...]string{Note: "note", Warning: "warning", Error: "error"}

// String is the severity's name, as SARIF has it too.
func (s Severity) String() string { return severityNames[s] }

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severityNames {
		if name == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not a severity: those are note, warning and error", text)
}
