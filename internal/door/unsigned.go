package door

import (
	"io"
	"net/http"
	"net/url"
	"time"

	"hardpan/internal/awserr"
	"hardpan/internal/catalog"
	"hardpan/internal/op"
)

// Operations that take no signature, such as sts:AssumeRoleWithWebIdentity: who
// calls is proven by what the request brings, and is known only when the
// operation has looked at it. Until such a caller is found to be allowed they
// are a stranger: nothing is written down for them, and what is read of them is
// small.

// maxUnsigned is the largest body of an unsigned request, in bytes: a token and
// a policy, escaped.
const maxUnsigned = 128 << 10

// unsigned reads a request without a signature, if it is for an operation that
// takes none; else missing, which says that there is no signature, is the answer.
func (v *visit) unsigned(missing error) error {
	form := v.call.Query
	if v.r.Method == http.MethodPost {
		if v.r.ContentLength > maxUnsigned {
			return v.notProven(missing)
		}
		body, err := v.readUnsigned()
		if err != nil {
			return err
		}
		v.call.Body = body
		if form, err = url.ParseQuery(string(body)); err != nil {
			return v.notProven(missing)
		}
	}
	operation := v.service.tables[v.service.apis[0]].Find(form.Get("Action"))
	if operation == nil || operation.Unsigned == "" {
		return v.notProven(missing)
	}
	e := v.endpoint
	if e.clash || e.region != "" && !catalog.IsRegion(e.region) {
		return awserr.New("ValidationError", http.StatusBadRequest, "The endpoint names a region that does not exist, or two.")
	}
	v.call.Region, v.call.RegionFrom = e.region, e.regionFrom
	return nil
}

// readUnsigned reads a small body within the time that a refused one has.
func (v *visit) readUnsigned() ([]byte, error) {
	control := http.NewResponseController(v.w)
	_ = control.SetReadDeadline(time.Now().Add(v.door.RefusedTime))
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxUnsigned))
	if err != nil {
		return nil, awserr.New("RequestTimeoutException", http.StatusRequestTimeout,
			"The body of an unsigned request has at most %d bytes and arrives within %s.", maxUnsigned, v.door.RefusedTime).Because(err)
	}
	_ = control.SetReadDeadline(time.Time{})
	v.bodyDone = true
	return body, nil
}

// introduce notes who calls an operation that takes no signature. Whoever signed
// the request all the same plays no part in it.
func (v *visit) introduce(who *op.Caller) {
	c := v.call
	c.Caller, c.Partition, c.Account = who, who.Partition, who.Account
	v.revision = v.door.revision(c.Account)
	c.Keys = requestKeys(v.r, c)
}

// remember keeps a stranger's denial at hand, so that it can be explained to who
// may read decisions. What is at hand is bounded, and nobody's denials push out
// another's; the journal does not hear of it.
func (v *visit) remember() {
	v.concluded = true
	if v.denied == nil {
		return
	}
	if err := v.door.Decisions.Add(v.denied); err != nil {
		v.door.Log.Debug("a stranger's denial is not kept at hand", "error", err)
	}
}
