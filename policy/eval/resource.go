package eval

// A resource's own policy may grant by itself. What it needs besides depends on
// whose it is and on how it names the caller (IAM User Guide, "Policy evaluation
// logic" and "Cross-account policy evaluation logic"):
//
//	same account, user or session named:    final, whatever else is silent
//	same account, role or everyone named:   boundary and session still limit
//	same account, only the account named:   identity policies decide
//	other account:                          both sides must allow

func (q *query) crossAccount() bool {
	r := q.request
	return r.ResourceAccount != "" && r.ResourceAccount != q.subject.Account
}

func (q *query) resourceLayer() Layer {
	if q.request.Trust {
		return LayerTrust
	}
	return LayerResource
}

// resourceGrant is the first statement that allows with the best right, and that
// right.
func (q *query) resourceGrant() (match, grade) {
	if q.request.ResourcePolicy == nil {
		return match{}, stranger
	}
	for right := direct; right > stranger; right-- {
		q.least = right
		m := q.find(q.request.ResourcePolicy, allow)
		q.least = stranger
		if m.found() {
			return m, right
		}
	}
	return match{}, stranger
}

// grantIsFinal: nothing that is merely silent can take the grant away.
func (q *query) grantIsFinal(right grade) bool {
	return right == direct && q.replacesIdentity(right)
}

// replacesIdentity: the grant needs no identity policy beside it. A service or
// an identity provider has none.
func (q *query) replacesIdentity(right grade) bool {
	s := q.subject
	if s.Service != "" || s.Federated != "" {
		return right == direct || right == role
	}
	return !q.crossAccount() && right >= role && !q.request.needsBothSides()
}
