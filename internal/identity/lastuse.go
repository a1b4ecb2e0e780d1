package identity

import (
	"sync/atomic"
	"time"
)

// LastUse is when and where a credential was last used. It is kept in memory
// only and starts anew with the process.
type LastUse struct {
	At      time.Time
	Service string
	Region  string
}

// lastUseGrain is how exact LastUse.At is. AWS's own is exact to a quarter of
// an hour; a minute keeps the hot path from writing on each call.
const lastUseGrain = time.Minute

// MarkUsed notes that an access key or service credential was used.
func (d *Directory) MarkUsed(id, service, region string, at time.Time) {
	held, ok := d.used.Load(id)
	if !ok {
		held, _ = d.used.LoadOrStore(id, new(atomic.Pointer[LastUse]))
	}
	p := held.(*atomic.Pointer[LastUse])
	last := p.Load()
	if last != nil && last.Service == service && last.Region == region && at.Sub(last.At) < lastUseGrain {
		return
	}
	p.Store(&LastUse{At: at, Service: service, Region: region})
}

// LastUsed returns the last use of an access key or service credential since
// the process started.
func (d *Directory) LastUsed(id string) (LastUse, bool) {
	held, ok := d.used.Load(id)
	if !ok {
		return LastUse{}, false
	}
	last := held.(*atomic.Pointer[LastUse]).Load()
	if last == nil {
		return LastUse{}, false
	}
	return *last, true
}
