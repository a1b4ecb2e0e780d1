// Package usage counts what a model call consumed. It is pure arithmetic: no
// I/O, no clock, no prices yet.
package usage

// Tokens are the tokens of one call by kind, as the backend reported them.
type Tokens struct {
	Input      int64 `json:"input,omitempty"`
	Output     int64 `json:"output,omitempty"`
	CacheRead  int64 `json:"cacheRead,omitempty"`
	CacheWrite int64 `json:"cacheWrite,omitempty"`
}

// Total is the sum of all kinds.
func (t Tokens) Total() int64 { return t.Input + t.Output + t.CacheRead + t.CacheWrite }

// IsZero reports whether nothing was counted.
func (t Tokens) IsZero() bool { return t == Tokens{} }
