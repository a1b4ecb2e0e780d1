package door

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"hardpan/internal/audit"
	"hardpan/internal/awserr"
	"hardpan/internal/op"
	"hardpan/internal/sigv4"
)

// visit is one request on its way through the door.
type visit struct {
	door *Door
	w    http.ResponseWriter
	r    *http.Request

	bodyDone  bool // read, or there is none
	answering bool // an answer is under way
	concluded bool // its event is written
	stranger  bool // calls an operation that takes no signature, and is not allowed it yet
	endpoint  endpoint
	service   *service // by scope, host or path; decides the form of errors
	call      *op.Call

	revision int64           // of the policies that decided
	checks   []audit.Check   // as decided, for the event
	denied   *audit.Decision // why not, if so
	failure  *awserr.Error

	firstToken int64 // µs from receipt to the first piece of a stream
}

func (d *Door) visit(w http.ResponseWriter, r *http.Request) *visit {
	v := &visit{door: d, w: w, r: r}
	v.endpoint = locate(r, func(prefix string) bool { return d.prefixes[prefix] != nil })
	v.call = &op.Call{
		ID: audit.NewCallID(), Time: d.Now(), Request: r, Header: r.Header, Query: r.URL.Query(), Directory: d.Directory,
	}
	v.call.Write = v.writeTool
	v.service = d.guess(v.endpoint)
	return v
}

// guess says whose errors a request gets that has not said, by a good
// credential scope, which service it is for.
func (d *Door) guess(e endpoint) *service {
	if s := d.prefixes[e.api]; s != nil {
		return s
	}
	if e.path == "/" {
		return d.services["sts"]
	}
	return d.services["bedrock"]
}

// serve does everything up to an answer that is ready for the wire.
func (v *visit) serve(ctx context.Context) (*op.Response, error) {
	if done, err := v.admitGuest(); done != nil || err != nil {
		return done, err
	}
	if v.call.Caller == nil {
		if err := v.authenticate(); err != nil {
			return nil, err
		}
	}
	if err := v.route(); err != nil {
		return nil, err
	}
	if v.call.Op.Unsigned != "" {
		v.stranger = true
		v.call.Introduce = v.introduce
	} else {
		v.call.Keys = requestKeys(v.r, v.call)
	}
	v.call.May = func(check op.Check) bool { return v.decide(&check).Allowed }
	prepared, err := v.call.Op.Prepare(ctx, v.service.impl[v.call.Op.API], v.call)
	if err != nil {
		return nil, err
	}
	if err := v.authorize(prepared.Checks); err != nil {
		return nil, err
	}
	v.stranger = false
	return prepared.Run(ctx)
}

// route finds the operation of an authenticated request.
func (v *visit) route() error {
	c := v.call
	if c.Op != nil {
		return nil // a guest's
	}
	if v.service.apis[0].Protocol == op.Query {
		return v.routeQuery()
	}
	// A signature covers the normalised path, so only that may be routed: else
	// one signature would be good for several operations.
	if path := v.endpoint.path; sigv4.NormalPath(path) != path {
		return awserr.Validation("The path %s has empty or dot segments; send it normalised.", path)
	}
	operation, labels := v.service.router.Match(v.r.Method, v.endpoint.path)
	if operation == nil {
		return awserr.New("UnknownOperationException", http.StatusNotFound,
			"%s has no operation at %s %s.", v.service.apis[0].Title, v.r.Method, v.endpoint.path)
	}
	c.Op, c.Labels = operation, labels
	if c.Caller.Bearer != "" && (operation.NoBearer || !operation.API.Bearer) {
		return awserr.New("AccessDeniedException", http.StatusForbidden,
			"%s cannot be called with an API key. Sign the request with an access key.", operation.Name)
	}
	return nil
}

func (v *visit) routeQuery() error {
	c := v.call
	c.Form = c.Query
	if v.r.Method == http.MethodPost {
		form, err := url.ParseQuery(string(c.Body))
		if err != nil {
			return awserr.New("MalformedQueryString", http.StatusBadRequest, "The request body is not a form.")
		}
		c.Form = form
	}
	api := v.service.apis[0]
	action := c.Form.Get("Action")
	if action == "" {
		return awserr.New("MissingAction", http.StatusBadRequest, "The request names no Action.")
	}
	c.Op = v.service.tables[api].Find(action)
	if version := c.Form.Get("Version"); c.Op == nil || (version != "" && version != api.Version) {
		return awserr.New("InvalidAction", http.StatusBadRequest,
			"Could not find operation %s for version %s", action, strings.TrimSpace(c.Form.Get("Version")))
	}
	return nil
}

// fail turns an error into the answer that AWS's protocol of the call gives.
func (v *visit) fail(e *awserr.Error) *op.Response {
	v.failure = e
	if e.Status >= 500 && e.Status != http.StatusNotImplemented {
		v.door.Log.Error("call failed", "request", v.call.ID, "error", e)
	}
	return v.api().Error(v.call.ID, e)
}

// api is the API whose protocol the answer takes.
func (v *visit) api() *op.API {
	if v.call.Op != nil {
		return v.call.Op.API
	}
	return v.service.apis[0]
}
