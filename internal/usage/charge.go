package usage

// Charge says where in a budget a call counts: in which instance of it, and in
// which bucket of time. Nothing else is needed to count it again.
type Charge struct {
	Budget   string `json:"b"`           // id, "b-…"
	Instance string `json:"v,omitempty"` // the value, of a budget for each value
	Start    int64  `json:"s,omitempty"` // beginning of the bucket, seconds since 1970; 0 for a total
}
