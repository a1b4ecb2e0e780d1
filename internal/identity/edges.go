package identity

import "slices"

// Edges are the reverse of what entities refer to, so that "who uses this?"
// is answered without looking at everybody. The sorts of edges:
const (
	attachedTo   = "attached"   // managed policy ARN -> users, groups, roles
	boundaryOf   = "boundary"   // managed policy ARN -> users, roles
	memberOf     = "member"     // group id -> users
	keyOf        = "key"        // user id, "" for the root user -> access keys
	credentialOf = "credential" // user id -> service credentials
)

// edge is the prefix of all edges of one sort to one target.
func edge(sort, target string) string { return sort + "\x00" + target + "\x00" }

func (s *Snapshot) link(sort, target string, from Ref) {
	s.edges.set(edge(sort, target)+string(from.Kind)+"\x00"+from.ID, from)
}

func (s *Snapshot) unlink(sort, target string, from Ref) {
	s.edges.remove(edge(sort, target) + string(from.Kind) + "\x00" + from.ID)
}

// relink moves the edges of one entity from its old to its new targets.
func (s *Snapshot) relink(sort string, old, next []string, from Ref) {
	if slices.Equal(old, next) {
		return
	}
	for _, target := range old {
		s.unlink(sort, target, from)
	}
	for _, target := range next {
		s.link(sort, target, from)
	}
}

// one is the list of the one target there may be.
func one(target string) []string {
	if target == "" {
		return nil
	}
	return []string{target}
}
