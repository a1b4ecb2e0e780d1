package eval

// decide is the order of the layers (IAM User Guide, "How AWS enforcement code
// logic evaluates requests to allow or deny access"): any explicit deny, then
// RCPs, SCPs, the resource's policy, identity policies, boundary, session.
func (q *query) decide() Decision {
	if isCallerIdentity(q.request.Action) {
		return allowedBy(LayerNone, match{})
	}
	if layer, m := q.explicitDeny(); m.found() {
		return Decision{Explicit: true, Layer: layer, Policy: m.policy, Statement: m.statement.number}
	}
	if !q.controlAllows(q.rcps()) {
		return silent(LayerRCP)
	}
	if !q.controlAllows(q.subject.SCPs) {
		return silent(LayerSCP)
	}
	if q.subject.Root && !q.crossAccount() && !q.request.Trust {
		return allowedBy(LayerNone, match{})
	}
	return q.permissions()
}

// explicitDeny looks for a deny where it counts. Where several layers deny, one
// is reported: AWS does not say which, Hardpan takes the outermost.
func (q *query) explicitDeny() (Layer, match) {
	if m := q.controlDenies(q.subject.SCPs); m.found() {
		return LayerSCP, m
	}
	if m := q.controlDenies(q.rcps()); m.found() {
		return LayerRCP, m
	}
	if m := q.find(q.request.ResourcePolicy, deny); m.found() {
		return q.resourceLayer(), m
	}
	if q.subject.Root {
		return LayerNone, match{}
	}
	if m := q.find(q.subject.Identity, deny); m.found() {
		return LayerIdentity, m
	}
	if m := q.find(q.subject.Boundary, deny); m.found() {
		return LayerBoundary, m
	}
	if m := q.find(q.subject.Session, deny); m.found() {
		return LayerSession, m
	}
	return LayerNone, match{}
}

// permissions is the part of the order in which something has to grant.
func (q *query) permissions() Decision {
	resource, right := q.resourceGrant()
	needsResource := q.crossAccount() || q.request.Trust
	if needsResource && right == stranger {
		return silent(q.resourceLayer())
	}
	if q.grantIsFinal(right) {
		return allowedBy(q.resourceLayer(), resource)
	}
	granted, layer := resource, q.resourceLayer()
	if !q.replacesIdentity(right) {
		granted, layer = q.identityGrant(), LayerIdentity
		if !granted.found() && !q.subject.Root {
			return silent(LayerIdentity)
		}
	}
	if !q.boundaryAllows() {
		return silent(LayerBoundary)
	}
	if !q.sessionAllows() {
		return silent(LayerSession)
	}
	if !granted.found() {
		layer = LayerNone // a root user across accounts
	}
	return allowedBy(layer, granted)
}

func allowedBy(layer Layer, m match) Decision {
	d := Decision{Allowed: true, Layer: layer, Policy: m.policy, Statement: -1}
	if m.found() {
		d.Statement = m.statement.number
	}
	return d
}

// silent is a denial for want of an Allow in layer.
func silent(layer Layer) Decision {
	return Decision{Layer: layer, Statement: -1}
}
