package server

import (
	"bytes"
	"context"
	"iter"
	"time"

	"hardpan/internal/audit"
)

// decided yields what tool gateways decided since a time, oldest first, out of this
// node's journal. It ends with ctx.
func (s *Server) decided(ctx context.Context, since time.Time) iter.Seq2[*audit.Event, error] {
	return func(yield func(*audit.Event, error) bool) {
		for record, err := range audit.ReadSince(s.opt.DataDir, since) {
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if !bytes.Contains(record.Payload, []byte(`"tool":{`)) { // a string would have its quotes escaped
				continue
			}
			e, err := record.Event()
			if err != nil {
				yield(nil, err)
				return
			}
			if e.Tool != nil && e.Time >= since.UnixMicro() && !yield(e, nil) {
				return
			}
		}
	}
}
