package op

import "net/http"

// Admission is what an operation says of a request that carries no AWS
// signature, where the resource it names has a way in of its own: a tool gateway
// with outside sign-in, or one that is open.
type Admission struct {
	// Guest is who calls. nil, with no Answer: the request has to be signed.
	Guest *Guest

	// Answer refuses the request, or is all there is to say to it. Nothing is
	// read, decided or written down then.
	Answer *Response
}

// Guest is a caller whom IAM does not know.
type Guest struct {
	*Caller
	Region string // of the resource that let the guest in
	Proof  any    // what the operation wants to know again when it runs: [Call.Proof]
}

// Admit decides on an admission from the head of a request: its body is not read
// yet. c has id, time, labels and directory.
type Admit func(svc any, c *Call, r *http.Request) (*Admission, error)

// AddGuestRoute declares an operation at a route of its own, which decides by
// itself whom it lets in without a signature. Who is sent to sign is
// authenticated and authorized as everyone else. It is for what AWS serves
// beside its APIs.
func AddGuestRoute[S any](t *Table, method, path, name string, admit func(S, *Call, *http.Request) (*Admission, error),
	plan func(S, *Call) (*Prepared, error), rule Rule[Raw],
) *Operation {
	o := AddRaw(t, name, plan, rule)
	o.Method, o.Path = method, path
	o.Admit = func(svc any, c *Call, r *http.Request) (*Admission, error) { return admit(svc.(S), c, r) }
	return o
}
